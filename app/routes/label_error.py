"""GET /api/label-error: how often the labels that people verified in a project are wrong."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import text, workspace_of
from labeling.workflows import label_error as workflow


async def label_error(request: Request) -> Response:
    """Answer ``label_error.told``: share, known, words and method."""
    project = text(request.query_params.get("project"), "project")
    return JSONResponse(await run_in_threadpool(workflow.told, workspace_of(request), project))
