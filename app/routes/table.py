"""The table of our routes, and the middleware that answers them before Streamlit does."""

from collections.abc import Callable

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app.components.modules import module
from app.routes import decisions, exports, health, jobs, media, queue, upload
from app.routes.errors import Endpoint, answering_errors
from labeling.workspace import Workspace


def _route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    return Route(path, answering_errors(endpoint), methods=[method])


ROUTES = [
    _route("/healthz", health.healthz),
    _route("/api/session", health.session),
    _route("/api/queue", queue.queue),
    _route("/api/history", queue.history),
    _route("/api/decisions", decisions.decisions, "POST"),
    _route("/api/jobs/{job}", jobs.job),
    _route("/api/exports/{job}", exports.archive),
    _route("/api/upload/{upload}", upload.arrived),
    _route("/api/upload/{upload}", upload.cancel, "DELETE"),
    _route("/api/upload/{upload}/done", upload.done, "POST"),
    _route("/api/upload/{upload}/{name:path}", upload.put_file, "PUT"),
    _route("/media/{size}/{sha}", media.media),
    _route("/assets/{version}/{component}/{file}", module),
]


class OwnRoutes:
    """Middleware that answers our routes and passes everything else on to Streamlit.

    They are no ``routes=`` of ``st.App`` because Streamlit keeps ``/media/`` for itself, and
    because pictures need neither its session nor its compression.

    Args:
        workspace: the workspace every request works with.
        user: the id of the person behind a request.
    """

    def __init__(self, app: ASGIApp, workspace: Workspace, user: Callable[[Scope], str]) -> None:
        self._app = app
        self._workspace = workspace
        self._user = user
        self._router = Router(ROUTES, redirect_slashes=False, default=app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one of our routes, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] |= {"workspace": self._workspace, "user": self._user(scope)}
        await self._router(scope, receive, send)
