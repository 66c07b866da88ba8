"""GET and POST /api/grid: undecided items for which the same is proposed, leased to a tab.

Both take the same: GET in the query, with ``held`` as ids with commas between them; POST in a JSON
body, for a tab that holds more than fits an address. GET /api/grid/opening: a glance at the surest.
"""

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import (
    client_of,
    json_object,
    listed,
    text,
    texts,
    user_of,
    whole_number,
    workspace_of,
)
from labeling.workflows import grid

PAGE = 60


async def by_address(request: Request) -> Response:
    """Answer a page of the grid; what is asked for stands in the query."""
    query = dict(request.query_params)
    return await _page(request, query, listed(query.get("held")))


async def by_body(request: Request) -> Response:
    """Answer a page of the grid; what is asked for stands in the body."""
    body = await json_object(request)
    return await _page(request, body, texts(body.get("held", []), "held"))


async def opening(request: Request) -> Response:
    """Answer what is shown of the surest pictures of each class before their page is opened."""
    project = text(request.query_params.get("project"), "project")
    answer = await run_in_threadpool(grid.opening, workspace_of(request), user_of(request), project)
    return JSONResponse(answer)


async def _page(request: Request, asked: Mapping[str, Any], held: list[str]) -> Response:
    limit = asked.get("limit")
    answer = await run_in_threadpool(
        grid.page,
        workspace_of(request),
        user_of(request),
        text(asked.get("project"), "project"),
        text(asked["label"], "label") if asked.get("label") else None,
        order=text(asked.get("order", grid.CERTAIN), "order"),
        limit=whole_number(None if limit is None else str(limit), "limit", PAGE, 1, grid.MAX_PAGE),
        held=held,
        client=client_of(asked.get("client")),
    )
    return JSONResponse(answer)
