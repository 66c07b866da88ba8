"""Where the login at a CVAT server is found: the environment, then the keyring of the person."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from labeling.cvat.credentials import SERVICE, Login, find_login
from labeling.errors import CvatLoginError
from labeling.workspace import Workspace
from tests.cvat.helpers import expected, labels_there, project, push
from tests.cvat.server import Server
from tests.cvat.state import PASSWORD, TOKEN

SERVER = "https://cvat.example.org"
USER = {"PRELABEL_CVAT_USER": "ann"}


class InMemory(KeyringBackend):
    """A keyring that forgets everything with the test; ``locked``: it can't be opened."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemory]:
    """The keyring of the process, with nothing in it."""
    for name in ("TOKEN", "USER", "PASSWORD"):
        monkeypatch.delenv(f"PRELABEL_CVAT_{name}", raising=False)
    before, ours = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def test_a_token_of_the_keyring_is_that_of_its_server(ring: InMemory) -> None:
    keyring.set_password(SERVICE, SERVER, "the token")
    assert find_login(SERVER, {}) == Login(token="the token")
    assert find_login(SERVER, USER) == Login(token="the token")
    with pytest.raises(CvatLoginError, match=r"no login for CVAT at https://other") as told:
        find_login("https://other.example.org", {})
    assert f"keyring set {SERVICE} URL" in told.value.fix
    keyring.delete_password(SERVICE, SERVER)
    with pytest.raises(CvatLoginError):
        find_login(SERVER, {})
    assert not ring.entries


@pytest.mark.usefixtures("ring")
def test_a_password_of_the_keyring_is_that_of_its_user() -> None:
    keyring.set_password(SERVICE, f"{SERVER} ann", "the password")
    assert find_login(SERVER, USER) == Login(user="ann", password="the password")
    for other in ({}, {"PRELABEL_CVAT_USER": "bob"}):
        with pytest.raises(CvatLoginError):
            find_login(SERVER, other)


@pytest.mark.usefixtures("ring")
def test_the_environment_comes_before_the_keyring() -> None:
    keyring.set_password(SERVICE, SERVER, "of the keyring")
    keyring.set_password(SERVICE, f"{SERVER} ann", "of the keyring")
    assert find_login(SERVER, {"PRELABEL_CVAT_TOKEN": "t"}) == Login(token="t")
    given = USER | {"PRELABEL_CVAT_PASSWORD": "p"}
    assert find_login(SERVER, given) == Login(user="ann", password="p")


def test_a_keyring_that_is_locked_is_as_none(ring: InMemory) -> None:
    keyring.set_password(SERVICE, SERVER, "the token")
    ring.locked = True
    with pytest.raises(CvatLoginError, match="no login"):
        find_login(SERVER, {})


@pytest.mark.parametrize("kind", ["token", "password"])
def test_a_push_logs_in_by_the_keyring(
    local_ws: Workspace, server: Server, ring: InMemory, tmp_path: Path, kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server.cvat.polls = 0
    labels = project(local_ws, tmp_path / "a", 2)
    if kind == "token":
        keyring.set_password(SERVICE, server.url, TOKEN)
    else:
        monkeypatch.setenv("PRELABEL_CVAT_USER", "admin1")
        keyring.set_password(SERVICE, f"{server.url} admin1", PASSWORD)
    assert push(local_ws, server)["created"] == 2
    assert labels_there(server) == expected(labels)
    assert len(ring.entries) == 1
