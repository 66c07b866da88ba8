"""Who is asking: the login behind the session cookie, for HTTP and for websockets.

While nobody has an account, everybody is the local user (the server then listens on a loopback
address only). From the first account on, whoever is not logged in gets the login page, and nothing
else but the open paths. A websocket is asked again at every message, so that a login that ended, or
a role that changed, takes effect on pages that are open.
"""

from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.headers import USER_HEADER
from app.routes.errors import error_response
from app.routes.guard import GuardRules
from labeling.errors import ForbiddenError
from labeling.workflows import accounts, logins
from labeling.workflows.logins import Login
from labeling.workspace import Workspace

_ENDED = "Your login has ended: load this page again to log in."
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1


class Identity:
    """Middleware behind the guard: puts the id of the person into ``scope["state"]["user"]``.

    Args:
        workspace: where logins are looked up.
        rules: those of the guard, for the cookie.
    """

    def __init__(self, app: ASGIApp, workspace: Workspace, rules: GuardRules) -> None:
        self._app = app
        self._workspace = workspace
        self._rules = rules
        self._local = accounts.local_user(workspace)
        self._asked = logins.are_asked(workspace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its person, or answer that nobody is logged in."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        token = scope["state"]["session"]
        login = await run_in_threadpool(self._login, token)
        scope["state"]["user"] = login.user_id if login else None
        if login is None and not is_open(scope["path"]):
            await _turn_away(scope, receive, send)
            return
        if login:
            name = (USER_HEADER.encode(), login.user_id.encode())
            scope["headers"] = [*scope["headers"], name]
            if scope["type"] == "websocket":
                watch = _Watch(self, token, receive, send)
                await watch.begin()
                await self._app(scope, watch.receive, watch.send)
                return
            send = self._renewing(send, token) if login.renewed else send
        await self._app(scope, receive, send)

    def _login(self, token: str | None) -> Login | None:
        # Once asked for, logins stay so until the next start, whatever becomes of the accounts.
        self._asked = self._asked or logins.are_asked(self._workspace)
        if not self._asked:
            return Login(self._local)
        return logins.find(self._workspace, token) if token else None

    def standing(self, token: str | None) -> object:
        """Whose login it is and what they may do, to be compared; None where it has ended."""
        login = self._login(token)
        try:
            return login and (login.user_id, accounts.standing(self._workspace, login.user_id))
        except ForbiddenError:
            return None

    def _renewing(self, send: Send, token: str) -> Send:
        async def renewing(message: Message) -> None:
            if message["type"] == "http.response.start":
                days = self._workspace.settings.login_days
                cookie = self._rules.cookie(token, days=days)
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        return renewing


class _Watch:
    """The two ends of a websocket, closed as soon as its person is not who they were."""

    def __init__(self, identity: Identity, token: str | None, receive: Receive, send: Send) -> None:
        self._identity = identity
        self._token = token
        self._receive = receive
        self._send = send
        self._standing: object = None
        self._closed = False

    async def begin(self) -> None:
        """Remember what the person may do now."""
        self._standing = await run_in_threadpool(self._identity.standing, self._token)

    async def receive(self) -> Message:
        """The next message from the browser, or that the socket is closed."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        standing = await run_in_threadpool(self._identity.standing, self._token)
        if standing is not None and standing == self._standing:
            return message
        self._closed = True
        closing = {"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "login"}
        await self._send(closing)
        return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}

    async def send(self, message: Message) -> None:
        """Pass a message on to the browser while the socket is open."""
        if not self._closed:
            await self._send(message)


def is_open(path: str) -> bool:
    """Whether a path is for anybody, logged in or not."""
    return path in {"/healthz", "/login"} or path.startswith(("/login/", "/assets/"))


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": _ENDED})
        return
    await _refusal(scope)(scope, receive, send)


def _refusal(scope: Scope) -> Response:
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    if scope["path"].startswith(("/api/", "/media/")):
        return error_response(401, "You are not logged in", "Load the page again.", code="login")
    if scope["method"] != "GET" or not wants_page:
        # As JSON: Streamlit's connection dialog shows nothing else of an answer.
        return JSONResponse(_ENDED, 401)
    query = scope["query_string"].decode("latin-1")
    address = quote(scope["path"]) + (f"?{query}" if query else "")
    return RedirectResponse(f"/login?{urlencode({'next': address})}", 303)
