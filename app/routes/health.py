"""GET /healthz: whether this process can work; GET /api/session: who the browser is to us."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import user_of, workspace_of
from labeling.workflows import jobs


async def healthz(request: Request) -> Response:
    """Answer the schema revision and whether a worker is alive."""
    return JSONResponse(await run_in_threadpool(jobs.health, workspace_of(request)))


async def session(request: Request) -> Response:
    """Answer the user and the token that the POST and PUT requests of this browser must carry."""
    return JSONResponse({"user": user_of(request), "token": request.state.token})
