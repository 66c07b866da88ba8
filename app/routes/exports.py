"""GET /api/exports/{job}: a finished export as one zip file, streamed from the disk."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.routes.request import text, workspace_of
from labeling.workflows import exports


async def archive(request: Request) -> Response:
    """Answer the zip file of an export, packed at the first call."""
    job = text(request.path_params["job"], "job")
    path = await run_in_threadpool(exports.zip_of, workspace_of(request), job)
    return FileResponse(path, media_type="application/zip", filename=path.name)
