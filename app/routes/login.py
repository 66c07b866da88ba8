"""Log in with a name and a password, log out, change one's password: pages and their forms."""

import math
from urllib.parse import parse_qs, urlsplit

import anyio
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.routes import login_page
from app.routes.errors import BodyTooLargeError
from app.routes.request import user_of, workspace_of
from app.routes.throttle import Throttle
from labeling.errors import ForbiddenError, InputError
from labeling.workflows import logins, people

FORM_LIMIT = 10_000  # bytes
HASHES_AT_ONCE = 2  # each takes 64 MB and a core

_hashing = anyio.CapacityLimiter(HASHES_AT_ONCE)


async def show(request: Request) -> Response:
    """Answer the login page; whoever is logged in goes on at once."""
    next_page = safe_path(request.query_params.get("next", ""))
    if request.state.user is not None:
        return RedirectResponse(next_page, 303)
    return await answer(request, next_page)


async def submit(request: Request) -> Response:
    """Log somebody in: a new session for the browser, then on to the page they came for."""
    form = await form_of(request)
    next_page = safe_path(form.get("next", ""))
    if not token_fits(request, form):
        return await answer(request, next_page, "This page had grown old. Try again.", 403)
    name = form.get("name", "").strip()[:200]
    address = request.client.host if request.client else ""
    throttle = _throttle(request)
    wait = throttle.wait(address, name)
    if wait > 0:
        problem = f"Too many tries. Wait {math.ceil(wait / 60)} min, or ask an admin."
        refused = await answer(request, next_page, problem, 429, name)
        refused.headers["retry-after"] = str(math.ceil(wait))
        return refused
    throttle.begin(address, name)
    try:
        token = await run_sync(
            logins.log_in,
            workspace_of(request),
            name,
            form.get("password", ""),
            limiter=_hashing,
        )
    except logins.LoginError as error:
        return await answer(request, next_page, f"{error.what}. {error.fix}", 401, name)
    throttle.succeed(address, name)
    return logged_in(request, token, next_page)


async def log_out(request: Request) -> Response:
    """End the login of this browser, or all of the person's."""
    form = await form_of(request)
    require_token(request, form)
    ws = workspace_of(request)
    if form.get("everywhere"):
        await run_in_threadpool(logins.log_out_everywhere, ws, user_of(request))
    await run_in_threadpool(logins.log_out, ws, request.state.session)
    return _logged_out(request)


async def account(request: Request) -> Response:
    """Answer the page of one's own account."""
    return await _account(request)


async def change_password(request: Request) -> Response:
    """Change one's own password, which ends all of one's logins."""
    form = await form_of(request)
    require_token(request, form)
    ws, user, address = workspace_of(request), user_of(request), "change"
    throttle = _throttle(request)
    if throttle.wait(address, user) > 0:
        return await _account(request, "Too many tries. Wait some minutes.", 429)
    throttle.begin(address, user)
    old, new = form.get("old", ""), form.get("new", "")
    try:
        await run_sync(people.change_password, ws, user, old, new, limiter=_hashing)
    except InputError as error:
        problem = f"{error.what[:1].upper()}{error.what[1:]}. {error.fix or ''}"
        return await _account(request, problem, 422)
    throttle.succeed(address, user)
    return _logged_out(request)


async def answer(
    request: Request, next_page: str, problem: str = "", status: int = 200, name: str = ""
) -> Response:
    """Return the login page with a fresh token, telling a problem where there is one."""
    settings = workspace_of(request).settings
    known = await run_in_threadpool(logins.have_passwords, workspace_of(request))
    return login_page.login_page(
        token=request.state.token or "",
        next_page=next_page,
        name=name,
        problem=problem,
        provider=settings.oidc_name if settings.oidc_issuer else "",
        with_passwords=known,
        status=status,
    )


def logged_in(request: Request, token: str, next_page: str) -> Response:
    """Return the way on for somebody who has just logged in, under a session id of its own."""
    response = RedirectResponse(next_page, 303, headers={"cache-control": "no-store"})
    days = workspace_of(request).settings.login_days
    response.headers.append("set-cookie", request.state.rules.cookie(token, days=days))
    return response


async def form_of(request: Request) -> dict[str, str]:
    """Read the fields of a form, the first value of each.

    Raises:
        BodyTooLargeError: more than ``FORM_LIMIT`` bytes came.
        InputError: it is no form in UTF-8.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise BodyTooLargeError(f"The form is larger than {FORM_LIMIT} bytes")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise InputError("This is not a form") from error
    return {name: values[0] for name, values in fields.items()}


def token_fits(request: Request, form: dict[str, str]) -> bool:
    """Whether a form was made for the session that brings it back."""
    rules, session = request.state.rules, request.state.session
    return rules.token_fits(form.get("token", ""), session)


def require_token(request: Request, form: dict[str, str]) -> None:
    """Refuse a form that was not made for the session that brings it back.

    Raises:
        ForbiddenError: it was not.
    """
    if not token_fits(request, form):
        raise ForbiddenError("This page had grown old", "Load it again.")


def safe_path(path: str) -> str:
    """Return ``path`` where it leads to a page of this server, otherwise the first page."""
    plain = path.isprintable() and "\\" not in path and path.startswith("/")
    if not plain or path.startswith("//") or len(path) > 2000:
        return "/"
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    elsewhere = parts.scheme or parts.netloc or parts.path.startswith(("/login", "/logout"))
    return "/" if elsewhere else path


async def _account(request: Request, problem: str = "", status: int = 200) -> Response:
    found = await run_in_threadpool(people.show, workspace_of(request), user_of(request))
    return login_page.account_page(
        token=request.state.token or "",
        name=found["name"],
        with_password=found["password"],
        problem=problem,
        status=status,
    )


def _logged_out(request: Request) -> Response:
    response = RedirectResponse("/login", 303, headers={"cache-control": "no-store"})
    response.headers.append("set-cookie", request.state.rules.cookie("", days=0))
    return response


def _throttle(request: Request) -> Throttle:
    throttle: Throttle = request.state.throttle
    return throttle
