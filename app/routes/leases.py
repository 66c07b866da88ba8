"""POST /api/leases/release: a tab that is closed returns what it was offered."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.routes.request import client_of, json_object, text, texts, user_of, workspace_of
from labeling.workflows import review


async def release(request: Request) -> Response:
    """Return the leases of ``client``; those on items in ``held`` (decisions on their way) stay."""
    body = await json_object(request)
    project = text(body.get("project"), "project")
    client = client_of(text(body.get("client"), "client"))
    held = texts(body.get("held", []), "held")
    await run_in_threadpool(
        review.release, workspace_of(request), user_of(request), project, client, held
    )
    return Response(status_code=204)
