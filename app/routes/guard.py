"""The door: what every HTTP request and every websocket handshake must pass.

Checked here, for Streamlit's own endpoints as well as for ours: the Host header (against DNS
rebinding), the origin of everything that changes something (against cross-site requests), and for
our own routes a token bound to the browser's session cookie.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.routes.errors import error_response

SESSION_COOKIE = "prelabel_session"
TOKEN_HEADER = "x-prelabel-token"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PREFIXES = ("/api/", "/media/")
# Streamlit answers these to anyone who asks.
_CLOSED_PATHS = ("/_stcore/metrics", "/_stcore/agent", "/st-metrics")
# Only this process may say who somebody is; a proxy's word is not taken unless it is configured.
_IDENTITY_HEADERS = ("x-prelabel-", "x-forwarded-user", "x-forwarded-email", "x-auth-request-")
_IDENTITY_NAMES = frozenset({"remote-user", "x-remote-user"})
_SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "frame-ancestors 'self'",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True)
class GuardRules:
    """What the guard lets in.

    Args:
        secret: key of the session tokens, at least 32 bytes, the same after a restart.
        hosts: names besides the loopback ones under which the server may be addressed, lower case.
        secure_cookies: set when the browser reaches the server by HTTPS.
    """

    secret: bytes
    hosts: frozenset[str] = frozenset()
    secure_cookies: bool = False

    def token(self, session: str) -> str:
        """Return the token that POST and PUT requests of this session must carry (hex)."""
        return hmac.new(self.secret, b"token " + session.encode(), hashlib.sha256).hexdigest()

    def token_fits(self, token: str, session: str | None) -> bool:
        """Return whether a token belongs to a session."""
        expected = self.token(session or "")
        return session is not None and hmac.compare_digest(token.encode(), expected.encode())

    def cookie(self, session: str, *, days: int | None = None) -> str:
        """Return the Set-Cookie header of a session.

        Args:
            session: its id; empty to take the cookie away.
            days: how long the browser keeps it; None: until the browser is closed.
        """
        age = "" if days is None else f"; Max-Age={days * 86_400}"
        secure = "; Secure" if self.secure_cookies else ""
        return f"{SESSION_COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"

    def knows_host(self, host: str | None) -> bool:
        """Return whether a Host header names this server (its port does not matter)."""
        name = _host_name(host)
        return name is not None and (name in LOOPBACK_NAMES or name in self.hosts)


@dataclass(frozen=True)
class Refusal:
    """Why a request is turned away: an HTTP status and a sentence for the person."""

    status: int
    what: str
    fix: str | None = None
    code: str | None = None


class Guard:
    """Pure ASGI middleware over HTTP and websocket; the outermost one.

    Puts the session id into ``scope["state"]["session"]`` and its token into
    ``scope["state"]["token"]``, and these rules into ``scope["state"]["rules"]``.
    """

    def __init__(self, app: ASGIApp, rules: GuardRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer why not."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        session = session_of(headers.get("cookie", ""))
        refusal = self._refusal(scope, headers, session)
        if refusal:
            await _refuse(refusal, scope, receive, send)
            return
        fresh = None if session or not _starts_a_page(scope, headers) else secrets.token_urlsafe(32)
        session = session or fresh
        state: dict[str, Any] = {**scope.get("state", {}), "session": session}
        state["token"] = self._rules.token(session) if session else None
        state["rules"] = self._rules
        inner = {**scope, "headers": _without_identity(scope["headers"]), "state": state}
        await self._app(inner, receive, self._decorated(send, scope["path"], fresh))

    def _refusal(self, scope: Scope, headers: Headers, session: str | None) -> Refusal | None:
        if not self._rules.knows_host(headers.get("host")):
            return Refusal(
                403,
                f"This server does not answer under the name {headers.get('host', '')[:80]!r}",
                "Add the name to the allowed hosts in the settings (PRELABEL_ALLOWED_HOSTS).",
            )
        path = scope["path"]
        if path.startswith(_CLOSED_PATHS):
            return Refusal(404, "There is nothing here")
        own = path.startswith(_OWN_PREFIXES)
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if (own or changes) and not _same_origin(headers):
            return Refusal(403, "This request came from another site")
        if own and changes and not self._rules.token_fits(headers.get(TOKEN_HEADER, ""), session):
            return Refusal(
                403, "The session of this page has ended", "Reload the page.", code="token"
            )
        return None

    def _decorated(self, send: Send, path: str, fresh: str | None) -> Send:
        async def decorated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if path.startswith(_OWN_PREFIXES):
                    headers.setdefault("cross-origin-resource-policy", "same-origin")
                    headers.setdefault("cache-control", "no-store")
                if fresh:
                    headers.append("set-cookie", self._rules.cookie(fresh))
            await send(message)

        return decorated


def session_of(cookie_header: str) -> str | None:
    """Return the session id in a Cookie header, None where there is none in the right form."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(cookie_header)
    except Exception:  # http.cookies raises several kinds on hostile input
        return None
    value = cookies[SESSION_COOKIE].value if SESSION_COOKIE in cookies else ""
    return value if _SESSION_ID.fullmatch(value) else None


def _host_name(host: str | None) -> str | None:
    """Return the bare, lower-case name in a Host header, None where it is malformed."""
    if not host or any(sign in host for sign in "/@?#\\ "):
        return None
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts.hostname.rstrip(".") if parts.hostname else None


def _same_origin(headers: Headers) -> bool:
    """Return whether a browser says that the request comes from our own pages.

    A client that is no browser sends neither header and is let through to the token check.
    """
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or _authority(origin) == _authority(f"//{headers.get('host', '')}")


def _authority(url: str) -> tuple[str | None, int | None]:
    """Return host and port of a URL, the port None where it is the default one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None, None
    return parts.hostname, None if port in {80, 443} else port


def _starts_a_page(scope: Scope, headers: Headers) -> bool:
    """Return whether this request loads a page or asks for a session, so that one may begin."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return scope["path"] == "/api/session" or "text/html" in headers.get("accept", "")


def _without_identity(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, value)
        for name, value in headers
        if not _claims_identity(name.decode("latin-1").lower())
    ]


def _claims_identity(name: str) -> bool:
    return name in _IDENTITY_NAMES or (name.startswith(_IDENTITY_HEADERS) and name != TOKEN_HEADER)


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.what})
        return
    response = error_response(refusal.status, refusal.what, refusal.fix, refusal.code)
    await response(scope, receive, send)
