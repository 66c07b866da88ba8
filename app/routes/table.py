"""The table of our routes, and the middleware that answers them before Streamlit does."""

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app.components.modules import module
from app.routes import (
    decisions,
    exports,
    grid,
    guidelines,
    health,
    jobs,
    label_error,
    leases,
    login,
    media,
    oidc,
    pack,
    people,
    preferences,
    queue,
    upload,
)
from app.routes.access import Place, anywhere, in_body, in_query, needing, of_job
from app.routes.errors import Endpoint, answering_errors, error_response
from app.routes.throttle import Throttle
from labeling.roles import Role
from labeling.workspace import Workspace

GUEST, ANNOTATOR, LEAD = Role.GUEST, Role.ANNOTATOR, Role.LEAD


def _open(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    """A route for anybody, logged in or not: it tells nothing of people or projects."""
    return Route(path, answering_errors(endpoint), methods=[method])


def _personal(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    """A route for whoever is logged in, about nobody but themselves."""
    return Route(path, answering_errors(endpoint), methods=[method])


def _route(
    path: str, endpoint: Endpoint, method: str = "GET", *, needs: Role, place: Place = anywhere
) -> Route:
    """A route for people whose role in the project that ``place`` finds is ``needs`` or above."""
    return Route(path, answering_errors(needing(endpoint, needs, place)), methods=[method])


ROUTES = [
    _open("/healthz", health.healthz),
    _open("/login", login.show),
    _open("/login", login.submit, "POST"),
    _open(oidc.PATH, oidc.leave),
    _open(f"{oidc.PATH}/callback", oidc.come_back),
    _personal("/logout", login.log_out, "POST"),
    _personal("/account", login.account),
    _personal("/account", login.change_password, "POST"),
    _open("/assets/{version}/{component}/{file}", module),
    _route("/api/session", health.session, needs=GUEST),
    _route("/api/queue", queue.queue, needs=ANNOTATOR, place=in_query),
    _route("/api/grid", grid.by_address, needs=ANNOTATOR, place=in_query),
    _route("/api/grid/opening", grid.opening, needs=ANNOTATOR, place=in_query),
    _route("/api/grid", grid.by_body, "POST", needs=ANNOTATOR, place=in_body),
    _route("/api/pack", pack.pack, "POST", needs=ANNOTATOR),
    _route("/api/history", queue.history, needs=ANNOTATOR, place=in_query),
    _route("/api/label-error", label_error.label_error, needs=ANNOTATOR, place=in_query),
    _route("/api/decisions", decisions.decisions, "POST", needs=ANNOTATOR, place=in_body),
    _route("/api/leases/release", leases.release, "POST", needs=ANNOTATOR, place=in_body),
    _route("/api/guidelines", guidelines.guideline, needs=GUEST, place=in_query),
    _route("/api/preferences", preferences.read, needs=GUEST, place=in_query),
    _route("/api/preferences", preferences.write, "PUT", needs=GUEST, place=in_body),
    _route("/api/people", people.people, needs=ANNOTATOR, place=in_query),
    _route("/api/jobs/{job}", jobs.job, needs=LEAD, place=of_job),
    _route("/api/exports/{job}", exports.archive, needs=LEAD, place=of_job),
    _route("/api/upload/{upload}", upload.arrived, needs=LEAD),
    _route("/api/upload/{upload}", upload.cancel, "DELETE", needs=LEAD),
    _route("/api/upload/{upload}/done", upload.done, "POST", needs=LEAD, place=in_body),
    _route("/api/upload/{upload}/{name:path}", upload.put_file, "PUT", needs=LEAD),
    _route("/media/{size}/{sha}", media.media, needs=GUEST),
]


class OwnRoutes:
    """Middleware that answers our routes and passes everything else on to Streamlit.

    They are no ``routes=`` of ``st.App`` because Streamlit keeps ``/media/`` for itself, and
    because pictures need neither its session nor its compression.

    Args:
        workspace: the workspace every request works with.
    """

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self._app = app
        self._shared = {"workspace": workspace, "throttle": Throttle()}
        self._router = Router(ROUTES, redirect_slashes=False, default=app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one of our routes, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] |= self._shared
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:  # the router's: the path is ours, the method is not
            answer = error_response(error.status_code, "This address can't be called in this way")
            answer.headers.update(error.headers or {})
            await answer(scope, receive, send)
