"""GET /api/guidelines: what the lead says about each class, one key away in review."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import text, workspace_of
from labeling.workflows import guidelines


async def guideline(request: Request) -> Response:
    """Answer the guidelines of a project as they stand: ``guidelines.show``."""
    project = text(request.query_params.get("project"), "project")
    return JSONResponse(await run_in_threadpool(guidelines.show, workspace_of(request), project))
