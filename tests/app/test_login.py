"""Logging in and out by plain HTTP, and what hostile people try."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.routes.guard import SESSION_COOKIE
from app.routes.login import safe_path
from app.routes.throttle import PAIR_LIMIT
from app.serving import serve_with_worker
from labeling.class_names import parse
from labeling.errors import SettingsError
from labeling.workflows import logins, people, projects
from labeling.workspace import Workspace
from tests.app.conftest import PAGE

PASSWORD = "correct horse battery"
STREAM = "ws://127.0.0.1:8501/_stcore/stream"
Browser = Callable[..., TestClient]


@pytest.fixture
def ann(workspace: Workspace) -> str:
    """An annotator's id; an admin, ada, is there too."""
    people.add(workspace, "ada", "admin", password=PASSWORD)
    return people.add(workspace, "ann", "annotator", password=PASSWORD)["id"]


@pytest.fixture
def visitor(browser: Browser) -> TestClient:
    """A browser that nobody has logged in with."""
    return browser(logged_in=False)


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def log_in(client: TestClient, name: str = "ann", password: str = PASSWORD, **fields: str):
    page = client.get("/login", headers=PAGE)
    form = {"token": token_in(page.text), "name": name, "password": password, **fields}
    return client.post("/login", data=form, follow_redirects=False)


def cookie_of(client: TestClient) -> str:
    return client.cookies.get(SESSION_COOKIE, "")


def test_a_page_leads_to_the_login_and_back(visitor: TestClient, ann: str) -> None:
    answer = visitor.get("/review?project=a b&view=grid", headers=PAGE, follow_redirects=False)
    assert answer.status_code == 303
    login = answer.headers["location"]
    assert login.startswith("/login?next=%2Freview%3Fproject%3Da")
    page = visitor.get(login, headers=PAGE)
    form = {"token": token_in(page.text), "name": "ann", "password": PASSWORD}
    form["next"] = re.search(r'name="next" value="([^"]+)"', page.text)[1]  # type: ignore[index]
    form["next"] = form["next"].replace("&amp;", "&")
    answer = visitor.post("/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/review?project=a%20b&view=grid"
    assert visitor.get("/", headers=PAGE).json()["x-prelabel-user"] == ann
    assert visitor.get("/api/session").json()["user"] == ann


def test_whoever_is_not_logged_in_gets_nothing(visitor: TestClient, ann: str) -> None:
    visitor.get("/login", headers=PAGE)
    for path in ("/api/session", "/api/queue?project=zoo", f"/media/thumb/{'0' * 64}"):
        answer = visitor.get(path)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "login"
    for path in ("/_stcore/health", "/static/js/index.js", "/account", "/favicon.png"):
        assert visitor.get(path).status_code == 401
    assert visitor.post("/").status_code == 401
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect(STREAM):
        pass
    assert visitor.get("/healthz").status_code == 200


def test_accounts_are_asked_for_from_the_first_one_on(
    client: TestClient, workspace: Workspace
) -> None:
    assert client.get("/api/session").status_code == 200
    people.add(workspace, "ada", "admin", password=PASSWORD)
    assert client.get("/api/session").status_code == 401


def test_a_login_is_a_new_session(visitor: TestClient, ann: str) -> None:
    planted = "p" * 43
    visitor.cookies.set(SESSION_COOKIE, planted)
    answer = log_in(visitor)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert planted not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=1209600" in cookie
    visitor.cookies.clear()
    visitor.cookies.set(SESSION_COOKIE, planted)
    assert visitor.get("/api/session").status_code == 401


def test_a_wrong_password_says_what_a_wrong_name_says(visitor: TestClient, ann: str) -> None:
    wrong, unknown = log_in(visitor, password="no"), log_in(visitor, name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert "The name or the password is wrong" in wrong.text
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize("token", ["", "0" * 64, None])
def test_a_login_that_another_page_sends_is_refused(
    visitor: TestClient, ann: str, token: str | None
) -> None:
    visitor.get("/login", headers=PAGE)
    form = {"name": "ann", "password": PASSWORD} | ({"token": token} if token else {})
    answer = visitor.post("/login", data=form, follow_redirects=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    headers = {"origin": "http://evil.example"}
    assert visitor.post("/login", data=form, headers=headers).status_code == 403


def test_a_token_of_another_browser_does_not_log_in(browser: Browser, ann: str) -> None:
    attacker, victim = browser(logged_in=False), browser(logged_in=False)
    token = token_in(attacker.get("/login", headers=PAGE).text)
    victim.get("/login", headers=PAGE)
    form = {"token": token, "name": "ann", "password": PASSWORD}
    assert victim.post("/login", data=form, follow_redirects=False).status_code == 403


def test_guessing_is_braked_and_the_right_password_too(visitor: TestClient, ann: str) -> None:
    for _ in range(PAIR_LIMIT):
        assert log_in(visitor, password="guess").status_code == 401
    braked = log_in(visitor)
    assert braked.status_code == 429
    assert int(braked.headers["retry-after"]) > 0
    assert "Too many tries" in braked.text
    assert log_in(visitor, name="ada").status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/%0d%0aset-cookie:a=b\r\n",
        "evil.example",
        "/login?next=/login",
        "/logout",
        "",
        "/" + "a" * 3000,
        "//[",
    ],
)
def test_the_way_on_never_leads_elsewhere(visitor: TestClient, ann: str, path: str) -> None:
    assert safe_path(path) == "/"
    assert log_in(visitor, next=path).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/review?project=a%20b&view=grid", "/classes?x=//y"])
def test_the_way_on_leads_to_our_pages(path: str) -> None:
    assert safe_path(path) == path


def test_nobody_says_who_they_are_by_a_header(visitor: TestClient, ann: str) -> None:
    claims = {"x-prelabel-user": ann, "X-Forwarded-User": "ada", "Remote-User": "ada"}
    assert visitor.get("/api/session", headers=claims).status_code == 401
    log_in(visitor)
    seen = visitor.get("/", headers={**claims, "x-prelabel-user": "someone"}).json()
    assert seen["x-prelabel-user"] == ann
    assert "remote-user" not in seen


def test_logging_out_ends_the_login(visitor: TestClient, ann: str) -> None:
    log_in(visitor)
    cookie = cookie_of(visitor)
    token = token_in(visitor.get("/account", headers=PAGE).text)
    assert visitor.post("/logout", data={"token": "0" * 64}).status_code == 403
    answer = visitor.post("/logout", data={"token": token}, follow_redirects=False)
    assert answer.headers["location"] == "/login"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    visitor.cookies.set(SESSION_COOKIE, cookie)
    assert visitor.get("/api/session").status_code == 401


def test_logging_out_everywhere_ends_all(browser: Browser, ann: str) -> None:
    here, there = browser(logged_in=False), browser(logged_in=False)
    for one in (here, there):
        log_in(one)
    token = token_in(here.get("/account", headers=PAGE).text)
    here.post("/logout", data={"token": token, "everywhere": "yes"})
    assert there.get("/api/session").status_code == 401


def test_a_changed_password_ends_all_logins(
    visitor: TestClient, workspace: Workspace, ann: str
) -> None:
    log_in(visitor)
    form = {"token": token_in(visitor.get("/account", headers=PAGE).text), "new": "another long"}
    wrong = visitor.post("/account", data={**form, "old": "guess"})
    assert wrong.status_code == 422
    short = visitor.post("/account", data={**form, "old": PASSWORD, "new": "short"})
    assert "5 characters" in short.text
    visitor.post("/account", data={**form, "old": PASSWORD})
    assert visitor.get("/api/session").status_code == 401
    assert logins.log_in(workspace, "ann", "another long")


@pytest.mark.parametrize("change", ["disabled", "logged out", "demoted", "member"])
def test_an_open_page_is_closed_when_its_person_changes(
    browser: Browser, workspace: Workspace, ann: str, change: str
) -> None:
    client = browser(logged_in=False)
    log_in(client)
    with client.websocket_connect("ws://127.0.0.1:8501/_stcore/echo") as socket:
        socket.send_text("one")
        assert socket.receive_text() == "one"
        if change == "disabled":
            people.disable(workspace, "ann")
        elif change == "logged out":
            logins.log_out(workspace, cookie_of(client))
        elif change == "demoted":
            people.set_role(workspace, "ann", "guest")
        else:
            member_of_a_new_project(workspace)
        socket.send_text("two")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == 1008


def test_an_open_page_is_closed_when_the_first_account_comes(
    client: TestClient, workspace: Workspace
) -> None:
    with client.websocket_connect("ws://127.0.0.1:8501/_stcore/echo") as socket:
        people.add(workspace, "ada", "admin", password=PASSWORD)
        socket.send_text("one")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


def test_the_login_page_runs_no_script_and_shows_names_as_they_are(
    visitor: TestClient, ann: str
) -> None:
    answer = log_in(visitor, name='"><script>alert(1)</script>')
    assert "<script>" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&" * 50, b"x" * 20_000])
def test_a_form_that_is_none_is_refused(visitor: TestClient, ann: str, body: bytes) -> None:
    visitor.get("/login", headers=PAGE)
    assert visitor.post("/login", content=body).status_code in {413, 422}


def test_without_accounts_the_server_listens_on_loopback_only(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="without accounts"):
        serve_with_worker(workspace.settings, "0.0.0.0", 8599)


def member_of_a_new_project(ws: Workspace) -> None:
    projects.create(ws, "zoo", parse("cat,dog"))
    people.set_membership(ws, "ann", "zoo", "guest")
