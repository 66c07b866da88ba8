"""GET /api/people: who may decide in a project, to hand an item to or to send it back to."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import text, workspace_of
from labeling.workflows import accounts


async def people(request: Request) -> Response:
    """Answer ``{"people": [{"name", "display", "role"}]}`` by name."""
    project = text(request.query_params.get("project"), "project")
    found = await run_in_threadpool(accounts.people, workspace_of(request), project)
    return JSONResponse({"people": found})
