"""GET /api/queue and /api/history: what to look at next, and what one has decided."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import client_of, listed, text, user_of, whole_number, workspace_of
from labeling.workflows import review

QUEUE_LIMIT = 200
HISTORY_LIMIT = 500
ACT_LIMIT = 1_000
"""A page of the grid with all its stacks, which is decided in one act."""


async def queue(request: Request) -> Response:
    """Answer the next items of a project, without those the client still holds."""
    query = request.query_params
    project = text(query.get("project"), "project")
    limit = whole_number(query.get("limit"), "limit", 40, 1, QUEUE_LIMIT)
    held, client = listed(query.get("held")), client_of(query.get("client"))
    answer = await run_in_threadpool(
        review.queue, workspace_of(request), user_of(request), project, limit, held, client
    )
    return JSONResponse(answer)


async def history(request: Request) -> Response:
    """Answer the person's own decisions in a project, newest first."""
    query = request.query_params
    project = text(query.get("project"), "project")
    act = text(query["act"], "act") if query.get("act") else None
    most = HISTORY_LIMIT if act is None else ACT_LIMIT
    limit = whole_number(query.get("limit"), "limit", 50, 1, most)
    answer = await run_in_threadpool(
        review.history, workspace_of(request), user_of(request), project, limit, act
    )
    return JSONResponse(answer)
