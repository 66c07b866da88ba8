"""A real workspace, and clients of the routes behind the guard, without Streamlit."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import session
from app.routes.guard import GuardRules
from app.server import middleware
from labeling.settings import load_settings
from labeling.workspace import Workspace, open_workspace
from tests.app.pages import MAIN, Open

RULES = GuardRules(secret=b"s" * 32, hosts=frozenset({"labels.example"}))
PAGE = {"accept": "text/html"}


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    workspace = open_workspace(load_settings(home=home))
    yield workspace
    workspace.close()


@pytest.fixture
def browser(workspace: Workspace) -> Callable[..., TestClient]:
    """Makes clients with cookies of their own, all of the same server."""
    app = Starlette(
        routes=[
            Route("/", echo_headers, methods=["GET", "POST"]),
            WebSocketRoute("/_stcore/stream", greet),
            WebSocketRoute("/_stcore/echo", echo_texts),
        ],
        middleware=middleware(workspace, RULES),
    )

    def make(*, logged_in: bool = True, host: str = "127.0.0.1:8501") -> TestClient:
        client = TestClient(app, base_url=f"http://{host}")
        if logged_in:
            client.get("/", headers=PAGE)
            client.headers["x-prelabel-token"] = client.get("/api/session").json()["token"]
        return client

    return make


@pytest.fixture
def client(browser: Callable[..., TestClient]) -> TestClient:
    return browser()


async def echo_headers(request: Request) -> Response:
    """What a page behind the guard gets to see."""
    return JSONResponse(dict(request.headers))


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def open_page(workspace: Workspace) -> Open:
    """Opens a page as a browser does that comes to its address."""
    session.share(workspace)

    def opened(address: str = "projects", project: str | None = None) -> AppTest:
        page = AppTest.from_file(str(MAIN), default_timeout=60)
        page._page_hash = calc_hash(address) if address != "projects" else ""
        if project:
            page.query_params["project"] = project
        return page.run()

    return opened


async def echo_texts(socket: WebSocket) -> None:
    """An open page: answers every message until the other side goes."""
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)
