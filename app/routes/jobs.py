"""GET /api/jobs/{id}: how far a job is."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import text, workspace_of
from labeling.workflows import jobs


async def job(request: Request) -> Response:
    """Answer state, progress and estimated time left of a job."""
    name = text(request.path_params["job"], "job")
    answer = await run_in_threadpool(jobs.show, workspace_of(request), name)
    return JSONResponse(answer)
