"""Log in through an OpenID Connect provider: to it, and back with a code.

Authlib does the protocol: authorization code with PKCE (S256), state and nonce, and the checks of
the ID token's signature, issuer, audience and times. What must be known between the two requests is
kept in a signed cookie of ten minutes.
"""

import logging
from functools import lru_cache
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.routes import login
from app.routes.request import workspace_of
from labeling.errors import NotFoundError
from labeling.settings import Settings
from labeling.workflows import identities, logins
from labeling.workflows.identities import Claims

try:  # Authlib takes it where it is installed
    from httpx2 import HTTPError
except ImportError:
    from httpx import HTTPError  # type: ignore[assignment]

COOKIE = "prelabel_oidc"
PATH = "/login/oidc"
LASTS = 600  # seconds from leaving to coming back
TIMEOUT = 10.0  # seconds for the provider to answer

_LOG = logging.getLogger("prelabel.login")
_AWAY = "The identity provider can't be used now. Try again, or ask an admin."
_FAILED = (HTTPError, OAuthError, JoseError, KeyError, RuntimeError, ValueError)


async def leave(request: Request) -> Response:
    """Send the browser to the provider."""
    settings = _settings(request)
    next_page = login.safe_path(request.query_params.get("next", ""))
    request.scope["session"] = kept = {"next": next_page}
    try:
        client = await _provider(settings)
        response: Response = await client.authorize_redirect(request, _back(request, settings))
    except _FAILED as error:
        _LOG.warning("the identity provider can't be used: %r", error)
        return await login.answer(request, next_page, _AWAY, 502)
    response.headers["cache-control"] = "no-store"
    _keep(request, response, kept)
    return response


async def come_back(request: Request) -> Response:
    """Take the provider's answer: log the person in, or say why not."""
    settings = _settings(request)
    request.scope["session"] = kept = _kept(request)
    next_page = login.safe_path(kept.pop("next", ""))
    try:
        token = await _log_in(request, settings)
        response = login.logged_in(request, token, next_page)
    except logins.LoginError as error:
        response = await login.answer(request, next_page, f"{error.what}. {error.fix}", 403)
    except _FAILED as error:
        _LOG.warning("a login through the identity provider failed: %r", error)
        problem = "The login was not completed. Try again."
        response = await login.answer(request, next_page, problem, 403)
    response.delete_cookie(COOKIE, path=PATH)
    return response


async def _log_in(request: Request, settings: Settings) -> str:
    client = await _provider(settings)
    issuer = client.server_metadata["issuer"]
    audience = {"essential": True, "value": settings.oidc_client_id}
    answer = await client.authorize_access_token(
        request, claims_options={"iss": {"essential": True, "value": issuer}, "aud": audience}
    )
    said: dict[str, Any] = dict(answer["userinfo"])
    if "email" not in said and client.server_metadata.get("userinfo_endpoint"):
        more = dict(await client.userinfo(token=answer))
        said = more | said if more.get("sub") == said["sub"] else said
    claims = Claims(issuer, said["sub"], said)
    return await run_in_threadpool(identities.log_in, workspace_of(request), claims)


async def _provider(settings: Settings) -> StarletteOAuth2App:
    """Return the client of the provider, which has told about itself.

    Raises:
        ValueError: it says that it is another one.
    """
    client = _client(
        settings.oidc_issuer.rstrip("/"),
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
    )
    known = await client.load_server_metadata()
    if known["issuer"].rstrip("/") != settings.oidc_issuer.rstrip("/"):
        raise ValueError(f"the provider calls itself {known['issuer']!r}")
    return client


@lru_cache(maxsize=8)
def _client(issuer: str, client_id: str, secret: str) -> StarletteOAuth2App:
    return OAuth().register(
        "provider",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "timeout": TIMEOUT,
        },
    )


def _settings(request: Request) -> Settings:
    settings = workspace_of(request).settings
    if not settings.oidc_issuer:
        raise NotFoundError("No identity provider is set")
    return settings


def _back(request: Request, settings: Settings) -> str:
    """Return the address that the provider sends the browser back to; the guard knows its host."""
    base = settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{PATH}/callback"


def _signer(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(request.state.rules.secret, salt="oidc")


def _keep(request: Request, response: Response, kept: dict[str, Any]) -> None:
    response.set_cookie(
        COOKIE,
        _signer(request).dumps(kept),
        max_age=LASTS,
        path=PATH,
        secure=request.state.rules.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def _kept(request: Request) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = _signer(request).loads(request.cookies.get(COOKIE, ""), LASTS)
    except BadSignature:
        return {}
    return kept
