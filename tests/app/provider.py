"""A real little OpenID Connect provider: code flow with PKCE, signed ID tokens, one person."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.e2e.server import free_port

CLIENT, SECRET = "prelabel", "the secret of prelabel"


class Provider:
    """Knows one person, whom it lets in at once; tests spoil its answers.

    ``person`` are the claims; ``spoiled`` overrides claims of the ID token; with ``forger`` the
    token is signed by another key; ``in_token`` says which claims the ID token carries itself.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.person: dict[str, Any] = {
            "sub": "248289761001",
            "name": "Jane Doe",
            "preferred_username": "jane",
            "email": "Jane@labels.example",
            "email_verified": True,
        }
        self.spoiled: dict[str, Any] = {}
        self.forger = False
        self.in_token = True
        self.denies = False
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def app(self) -> Starlette:
        routes = [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
            Route("/keys", self.keys),
            Route("/userinfo", self.userinfo),
        ]
        return Starlette(routes=routes)

    async def discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.asked.append(query)
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        if self.denies:
            back = {"error": "access_denied", "state": query["state"]}
            return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}")
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        back = {"code": code, "state": query["state"]}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}")

    async def token(self, request: Request) -> Response:
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        async with request.form() as form:
            asked = self._codes.pop(str(form["code"]), None)
            verifier = str(form["code_verifier"])
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or given != f"{CLIENT}:{SECRET}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": "access",
                "token_type": "Bearer",
                "id_token": self._id_token(asked["nonce"]),
            }
        )

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [_key("own").as_dict(private=False)]})

    async def userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer access"
        return JSONResponse(self.person)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **(self.person if self.in_token else {"sub": self.person["sub"]}),
            **self.spoiled,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        key = _key("another" if self.forger else "own")
        return jwt.encode({"alg": "RS256", "kid": "one"}, kept, key)


@cache
def _key(owner: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers on a port of the loopback address."""
    port = free_port()
    provider = Provider(port)
    config = uvicorn.Config(provider.app(), host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield provider
    server.should_exit = True
    thread.join(10)
