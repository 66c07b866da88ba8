"""The guard: who gets in, and what every answer carries."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.routes.guard import SESSION_COOKIE, GuardRules, session_of
from tests.app.conftest import PAGE

Browser = Callable[..., TestClient]
STREAM = "ws://127.0.0.1:8501/_stcore/stream"  # by itself the client says "testserver"
DECISIONS = {"project": "zoo", "decisions": []}


def test_a_page_begins_a_session_with_a_cookie_that_scripts_cant_read(browser: Browser) -> None:
    answer = browser(logged_in=False).get("/", headers=PAGE)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_is_kept(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/", headers=PAGE).headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", ""])
def test_an_unknown_host_name_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/healthz", "/api/session", "/media/thumb/x"):
        assert client.get(path, headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "127.0.0.1:8501", "[::1]:8501", "labels.example:443"]
)
def test_known_host_names_are_let_in(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_can_neither_change_nor_read_nor_connect(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert client.post("/", headers=headers).status_code == 403
    assert client.post("/api/decisions", json=DECISIONS, headers=headers).status_code == 403
    assert client.get("/api/session", headers=headers).status_code == 403
    assert client.get(f"/media/thumb/{'0' * 64}", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM, headers=headers):
        pass


def test_our_own_page_connects(client: TestClient) -> None:
    headers = {"origin": "http://127.0.0.1:8501"}
    with client.websocket_connect(STREAM, headers=headers) as socket:
        assert socket.receive_text() == "hello"


def test_a_websocket_under_an_unknown_host_name_is_refused(client: TestClient) -> None:
    headers = {"host": "evil.example", "origin": "http://evil.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM, headers=headers):
        pass


def test_the_token_belongs_to_the_session(browser: Browser) -> None:
    mine, other = browser(), browser()
    headers = {"x-prelabel-token": other.headers["x-prelabel-token"]}
    for method, path in (
        ("POST", "/api/decisions"),
        ("PUT", "/api/upload/abcdefgh/a.png"),
        ("DELETE", "/api/upload/abcdefgh"),
    ):
        answer = mine.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "token"


def test_without_a_session_nothing_can_be_changed(browser: Browser) -> None:
    answer = browser(logged_in=False).post(
        "/api/decisions", json=DECISIONS, headers={"x-prelabel-token": ""}
    )
    assert answer.status_code == 403


def test_a_token_survives_a_restart_and_not_another_secret() -> None:
    token = GuardRules(b"a" * 32).token("session")
    assert token == GuardRules(b"a" * 32).token("session")
    assert token != GuardRules(b"b" * 32).token("session")


def test_claims_about_who_somebody_is_are_stripped(client: TestClient) -> None:
    claims = {
        "x-prelabel-user": "admin",
        "X-Forwarded-User": "admin",
        "x-auth-request-email": "admin@example",
        "Remote-User": "admin",
    }
    seen = client.get("/", headers={**claims, "x-harmless": "yes"}).json()
    assert seen["x-harmless"] == "yes"
    assert seen.pop("x-prelabel-user") == client.get("/api/session").json()["user"]
    assert not {name.lower() for name in claims} & set(seen)


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact"])
def test_what_streamlit_tells_anyone_is_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/healthz", "/nowhere", f"/media/thumb/{'0' * 64}"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("cookie", ["", "a=b", f"{SESSION_COOKIE}=short", "\x00;;=", "=;" * 50])
def test_what_is_no_session_cookie_is_none(cookie: str) -> None:
    assert session_of(cookie) is None
