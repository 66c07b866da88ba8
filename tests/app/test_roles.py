"""Who may call which route and open which page: every route and every page, by every role."""

import ast
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import session
from app.routes.guard import SESSION_COOKIE
from app.routes.table import ROUTES
from labeling.roles import NO_ROLE, ORDER, Role, may
from labeling.workflows import accounts, logins, people
from labeling.workflows import jobs as jobs_workflow
from labeling.workspace import Workspace
from tests.app.conftest import PAGE
from tests.app.seeding import seed

MAIN = Path(__file__).parents[2] / "app" / "main.py"
GUEST, ANNOTATOR, REVIEWER, LEAD, ADMIN = ORDER
UPLOAD = "/api/upload/abcdefgh"
IN_ZOO = {"project": "zoo"}
# What a route needs at least; NO_ROLE: a login only; None: not even that.
NEEDS: dict[tuple[str, str], str | None] = {
    ("GET", "/healthz"): None,
    ("GET", "/login"): None,
    ("POST", "/login"): None,
    ("GET", "/login/oidc"): None,
    ("GET", "/login/oidc/callback"): None,
    ("GET", "/assets/{version}/{component}/{file}"): None,
    ("POST", "/logout"): NO_ROLE,
    ("GET", "/account"): NO_ROLE,
    ("POST", "/account"): NO_ROLE,
    ("GET", "/api/session"): GUEST,
    ("GET", "/media/{size}/{sha}"): GUEST,
    ("GET", "/api/guidelines"): GUEST,
    ("GET", "/api/preferences"): GUEST,
    ("PUT", "/api/preferences"): GUEST,
    ("GET", "/api/queue"): ANNOTATOR,
    ("GET", "/api/grid"): ANNOTATOR,
    ("POST", "/api/grid"): ANNOTATOR,
    ("GET", "/api/grid/opening"): ANNOTATOR,
    ("POST", "/api/pack"): ANNOTATOR,
    ("GET", "/api/history"): ANNOTATOR,
    ("GET", "/api/label-error"): ANNOTATOR,
    ("POST", "/api/decisions"): ANNOTATOR,
    ("POST", "/api/leases/release"): ANNOTATOR,
    ("GET", "/api/people"): ANNOTATOR,
    ("GET", "/api/jobs/{job}"): LEAD,
    ("GET", "/api/exports/{job}"): LEAD,
    ("GET", "/api/upload/{upload}"): LEAD,
    ("DELETE", "/api/upload/{upload}"): LEAD,
    ("POST", "/api/upload/{upload}/done"): LEAD,
    ("PUT", "/api/upload/{upload}/{name:path}"): LEAD,
}
PAGES = {
    "projects": GUEST,
    "pictures": GUEST,
    "review": ANNOTATOR,
    "decisions": ANNOTATOR,
    "second-look": REVIEWER,
    "item": REVIEWER,
    "evaluate": REVIEWER,
    "import": LEAD,
    "find": LEAD,
    "classes": LEAD,
    "prelabel": LEAD,
    "quality": LEAD,
    "accept": LEAD,
    "team": LEAD,
    "snapshots": LEAD,
    "export": LEAD,
    "cvat": LEAD,
    "people": ADMIN,
    "jobs": ADMIN,
}
REFUSED = ("needs the role", "no role yet", "not open to you")
Call = Callable[[str, str], int]


@pytest.fixture
def zoo(workspace: Workspace, tmp_path: Path) -> list[str]:
    """A project; a person of every role, by the role's name; the pictures' SHA-256."""
    shas = seed(workspace, tmp_path / "pictures", 2)
    for role in (*reversed(ORDER), NO_ROLE):
        password = "correct horse battery" if role is ADMIN else None
        people.add(workspace, str(role), role, password=password)
    return shas


def id_of(ws: Workspace, name: str) -> str:
    return next(one["id"] for one in people.everybody(ws) if one["name"] == name)


@pytest.fixture
def as_role(
    workspace: Workspace, zoo: list[str], browser: Callable[..., TestClient]
) -> Callable[[str | None], Call]:
    """Makes what calls a route as somebody of a role (None: not logged in); its status."""
    job = jobs_workflow.recent(workspace, "zoo")[0]["id"]
    values = {"job": job, "size": "thumb", "sha": zoo[0], "upload": "abcdefgh"}
    values |= {"name:path": "a.png", "version": "x", "component": "review", "file": "main.js"}

    def made(role: str | None, headers: Mapping[str, str] | None = None) -> Call:
        client = browser(logged_in=False)
        client.get("/login", headers=PAGE)
        if role:
            client.cookies.clear()
            client.cookies.set(SESSION_COOKIE, logins.begin(workspace, id_of(workspace, role)))
            token = client.get("/api/session").json()
            client.headers["x-prelabel-token"] = token.get("token", "")

        def call(method: str, path: str) -> int:
            for name, value in values.items():
                path = path.replace(f"{{{name}}}", value)
            given = {"params": IN_ZOO} if method == "GET" else {"json": IN_ZOO}
            given["headers"] = dict(headers or {})
            answer = client.request(method, path, follow_redirects=False, **given)
            return answer.status_code

        return call

    return made


def test_every_route_is_in_the_table_of_this_test() -> None:
    assert all(isinstance(route, Route) for route in ROUTES)
    found = {(next(iter((route.methods or set()) - {"HEAD"})), route.path) for route in ROUTES}
    assert found == set(NEEDS)


@pytest.mark.parametrize("role", [*ORDER, NO_ROLE])
def test_a_route_is_refused_below_its_role_and_answers_from_it_on(
    as_role: Callable[[str | None], Call], role: str
) -> None:
    call = as_role(role)
    wrong = []
    for (method, path), needed in NEEDS.items():
        if needed in {None, NO_ROLE} or path.startswith("/login"):
            continue
        status = call(method, path)
        allowed = role != NO_ROLE and may(Role(role), Role(str(needed)))
        if allowed == (status in {401, 403}):
            wrong.append((method, path, status))
    assert wrong == []


def test_whoever_is_not_logged_in_is_refused_everywhere(
    as_role: Callable[[str | None], Call],
) -> None:
    call = as_role(None)
    statuses = {
        (method, path): call(method, path)
        for (method, path), needed in NEEDS.items()
        if needed is not None
    }
    assert set(statuses.values()) <= {401, 403}, statuses


def test_a_role_in_a_project_counts_there_only(
    as_role: Callable[[str | None], Call], workspace: Workspace
) -> None:
    people.set_membership(workspace, "guest", "zoo", "lead")
    people.set_membership(workspace, "lead", "zoo", "none")
    member, stranger = as_role("guest"), as_role("lead")
    for (method, path), needed in NEEDS.items():
        if needed in {None, NO_ROLE} or path in {"/api/session", "/api/exports/{job}"}:
            continue
        assert member(method, path) != 403, (method, path)
    for method, path in (
        ("GET", "/api/queue"),
        ("GET", "/api/jobs/{job}"),
        ("POST", "/api/decisions"),
        ("POST", "/api/upload/{upload}/done"),
        ("GET", "/api/people"),
    ):
        assert stranger(method, path) == 403, (method, path)
    assert stranger("GET", "/media/{size}/{sha}") == 404


def test_a_browser_that_has_a_picture_learns_nothing_of_others(
    as_role: Callable[..., Call], workspace: Workspace, zoo: list[str]
) -> None:
    tag = {"if-none-match": f'"thumb-{zoo[0]}"'}
    path = "/media/{size}/{sha}"
    assert as_role("lead", tag)("GET", path) == 304
    people.set_membership(workspace, "lead", "zoo", "none")
    assert as_role("lead", tag)("GET", path) == 404


@pytest.fixture
def opened(
    workspace: Workspace, zoo: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], AppTest]:
    """Opens a page as somebody of a role."""
    session.share(workspace)

    def page(address: str, role: str) -> AppTest:
        monkeypatch.setattr(session, "user_id", lambda: id_of(workspace, role))
        page = AppTest.from_file(str(MAIN), default_timeout=60)
        page._page_hash = "" if address == "projects" else calc_hash(address)
        page.query_params["project"] = "zoo"
        return page.run()

    return page


def test_every_page_is_in_the_table_of_this_test() -> None:
    found = {
        node.elts[0].value  # type: ignore[attr-defined]
        for node in rows_of_the_page_table()
    }
    assert found == set(PAGES)


@pytest.mark.slow
@pytest.mark.parametrize("role", [*ORDER, NO_ROLE])
def test_a_page_is_refused_below_its_role_and_drawn_from_it_on(
    opened: Callable[[str, str], AppTest], role: str
) -> None:
    wrong = []
    for address, needed in PAGES.items():
        page = opened(address, role)
        refused = any(words in error.value for error in page.error for words in REFUSED)
        allowed = role != NO_ROLE and may(Role(role), needed)
        if page.exception or refused == allowed:
            wrong.append(address)
    assert wrong == []


def test_who_may_only_look_is_shown_the_way_to_the_pictures(
    opened: Callable[[str, str], AppTest],
) -> None:
    def ways(role: str) -> set[str]:
        return {link.proto.label for link in opened("review", role).get("page_link")}

    assert ways("guest") == {"Look at the pictures", "Go to Projects"}
    assert ways(NO_ROLE) == {"Go to Projects"}


def test_a_lead_of_one_project_only_sees_its_pages(
    opened: Callable[[str, str], AppTest], workspace: Workspace
) -> None:
    people.set_membership(workspace, "guest", "zoo", "lead")
    assert not opened("export", "guest").error
    assert accounts.role_of(workspace, id_of(workspace, "guest"), "zoo") is Role.LEAD
    assert "needs the role admin" in opened("jobs", "guest").error[0].value


def rows_of_the_page_table() -> list:
    """The tuples of ``TABLE`` in app/main.py, which can't be imported outside of Streamlit."""
    tree = ast.parse(MAIN.read_text("utf-8"))
    [table] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "TABLE"
    ]
    return [node for node in ast.walk(table) if isinstance(node, ast.Tuple)]


def test_nobody_reads_overwrites_or_imports_what_somebody_else_uploads(
    workspace: Workspace, zoo: list[str], browser: Callable[..., TestClient]
) -> None:
    lead, admin = (_logged_in(workspace, browser, name) for name in ("lead", "admin"))
    assert lead.put(f"{UPLOAD}/a.png", content=b"mine").status_code == 200
    assert admin.get(UPLOAD).json() == {"files": {}}
    assert admin.post(f"{UPLOAD}/done", json=IN_ZOO).status_code == 404
    assert admin.put(f"{UPLOAD}/a.png", content=b"another").status_code == 200
    assert admin.delete(UPLOAD).status_code == 200
    assert lead.get(UPLOAD).json() == {"files": {"a.png": 4}}


def _logged_in(ws: Workspace, browser: Callable[..., TestClient], name: str) -> TestClient:
    client = browser(logged_in=False)
    client.cookies.set(SESSION_COOKIE, logins.begin(ws, id_of(ws, name)))
    client.headers["x-prelabel-token"] = client.get("/api/session").json()["token"]
    return client
