"""GET /healthz: whether this process can work; GET /api/session: who the browser is to us."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import user_of, workspace_of
from labeling.workflows import health


async def healthz(request: Request) -> Response:
    """Answer the schema revision and whether a worker is alive."""
    found = await run_in_threadpool(health.check, workspace_of(request))
    return JSONResponse({"ok": True, "schema": found.schema, "worker": found.worker})


async def session(request: Request) -> Response:
    """Answer the user and the token that the POST and PUT requests of this browser must carry."""
    return JSONResponse({"user": user_of(request), "token": request.state.token})
