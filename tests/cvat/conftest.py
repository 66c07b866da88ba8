"""A CVAT server for tests, and clients of it that wait no longer than they must."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from labeling.cvat.client import CvatClient, Patience
from labeling.cvat.credentials import Login, find_login
from labeling.cvat.names import server_address
from tests.cvat.server import Server, running
from tests.cvat.sites import Site
from tests.cvat.state import TOKEN
from tests.cvat.there import There
from tests.workflow.conftest import encoder, local_model, model

__all__ = ["encoder", "local_model", "model"]

LIVE = os.environ.get("PRELABEL_TEST_CVAT_URL")
"""A real server to run against too, with PRELABEL_TEST_CVAT_TOKEN, or …_USER and …_PASSWORD."""
QUICK = Patience(
    connect=2,
    read=1.0,
    write=1.0,
    tries=2,
    throttled=5,
    processing=30,
    poll=0.01,
    sleep=lambda s: None,
)


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """The token of the server, in the environment, and a server that has every task at once."""
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", TOKEN)
    server.cvat.polls = 0


@pytest.fixture
def there(server: Server) -> There:
    """People at the server."""
    return There(server)


@pytest.fixture
def client(server: Server) -> Iterator[CvatClient]:
    connected = CvatClient(server.url, Login(token=TOKEN), patience=QUICK)
    yield connected
    connected.close()


@pytest.fixture(params=["test server", pytest.param("live server", marks=pytest.mark.slow)])
def site(
    request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The test server, then a real one where PRELABEL_TEST_CVAT_URL names one.

    Nothing but the API is known of either. The login is in the environment, as people have it.
    """
    if request.param == "live server":
        if not LIVE:
            pytest.skip("PRELABEL_TEST_CVAT_URL names no server")
        given = {
            n: os.environ.get(f"PRELABEL_TEST_CVAT_{n}") for n in ("TOKEN", "USER", "PASSWORD")
        }
        url, patience = server_address(LIVE), None
    else:
        given, url, patience = {"TOKEN": TOKEN}, server.url, QUICK
        server.cvat.polls = 0
    for name, value in given.items():
        if value:
            monkeypatch.setenv(f"PRELABEL_CVAT_{name}", value)
    client = CvatClient(url, find_login(url), patience=patience)
    found = Site(client, f"prelabel-test-{os.getpid()}-{uuid4().hex[:8]}")
    yield found
    found.clean()
    client.close()
