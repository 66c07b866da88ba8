"""Logins through an OpenID Connect provider, against a real little one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.testclient import TestClient

from app.server import create_app, middleware
from db.tables import User
from labeling.errors import SettingsError
from labeling.settings import load_settings
from labeling.workflows import people
from labeling.workspace import Workspace, open_workspace
from tests.app import provider as little
from tests.app.conftest import PAGE, RULES
from tests.app.provider import CLIENT, SECRET, Provider

Begin = Callable[..., TestClient]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with little.running() as provider:
        yield provider


@pytest.fixture
def begin(provider: Provider, home: Path) -> Iterator[Begin]:
    """Makes a browser of a server with this provider and further settings."""
    opened: list[Workspace] = []

    def make(**given: str) -> TestClient:
        usual = {
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_domains": "labels.example",
        }
        settings = load_settings(home=home, **(usual | given))
        opened.append(open_workspace(settings))
        app = Starlette(middleware=middleware(opened[-1], RULES))
        client = TestClient(app, base_url="http://127.0.0.1:8501", follow_redirects=False)
        client.workspace = opened[-1]  # type: ignore[attr-defined]
        return client

    yield make
    for workspace in opened:
        workspace.close()


def go(client: TestClient, next_page: str = "/review?project=zoo") -> Response:
    """Go to the provider and come back; the last answer."""
    there = client.get("/login/oidc", params={"next": next_page}, headers=PAGE)
    assert there.status_code == 302, there.text
    back = httpx.get(there.headers["location"])
    parts = urlsplit(back.headers["location"])
    return client.get(f"{parts.path}?{parts.query}", headers=PAGE)  # type: ignore[return-value]


def person_of(client: TestClient) -> dict | None:
    answer = client.get("/api/session")
    if answer.status_code == 401:
        return None
    return people.show(client.workspace, answer.json()["user"])  # type: ignore[attr-defined]


def test_somebody_logs_in_and_is_added_at_the_first_login(begin: Begin) -> None:
    client = begin()
    assert client.get("/", headers=PAGE).headers["location"] == "/login?next=%2F"
    assert "Log in with single sign-on" in client.get("/login", headers=PAGE).text
    answer = go(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review?project=zoo")
    person = person_of(client)
    assert person is not None
    assert (person["name"], person["display"], person["role"]) == ("jane", "Jane Doe", "annotator")
    go(client)
    assert person_of(client) == person


def test_what_is_asked_is_proof_against_theft_and_replay(begin: Begin, provider: Provider) -> None:
    client = begin()
    go(client)
    go(client)
    first, second = provider.asked
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 20
        assert first[name] != second[name]
    assert first["redirect_uri"] == "http://127.0.0.1:8501/login/oidc/callback"


def test_the_public_address_is_what_the_provider_sends_back_to(
    begin: Begin, provider: Provider
) -> None:
    client = begin(public_url="https://labels.example/")
    client.get("/login/oidc", headers=PAGE)
    httpx.get(client.get("/login/oidc", headers=PAGE).headers["location"])
    assert provider.asked[0]["redirect_uri"] == "https://labels.example/login/oidc/callback"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another app"},
        {"aud": ["another app"], "azp": CLIENT},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_token_that_was_not_made_for_this_login_is_refused(
    begin: Begin, provider: Provider, spoiled: dict
) -> None:
    client = begin()
    provider.spoiled = spoiled
    assert go(client).status_code == 403
    assert person_of(client) is None


def test_a_forged_token_is_refused(begin: Begin, provider: Provider) -> None:
    client = begin()
    provider.forger = True
    assert go(client).status_code == 403
    assert person_of(client) is None


def test_an_answer_without_its_question_is_refused(begin: Begin) -> None:
    client, victim = begin(), begin()
    there = client.get("/login/oidc", headers=PAGE)
    parts = urlsplit(httpx.get(there.headers["location"]).headers["location"])
    stolen = victim.get(f"{parts.path}?{parts.query}", headers=PAGE)
    assert stolen.status_code == 403
    assert person_of(victim) is None
    assert client.get(f"{parts.path}?{parts.query}", headers=PAGE).status_code == 303
    again = client.get(f"{parts.path}?{parts.query}", headers=PAGE)
    assert again.status_code == 403


def test_a_provider_that_says_no_is_heard(begin: Begin, provider: Provider) -> None:
    client = begin()
    provider.denies = True
    answer = go(client)
    assert answer.status_code == 403
    assert "not completed" in answer.text  # type: ignore[attr-defined]


def test_a_provider_that_does_not_answer_is_told(begin: Begin) -> None:
    client = begin(oidc_issuer="http://127.0.0.1:9")
    answer = client.get("/login/oidc", headers=PAGE)
    assert answer.status_code == 502
    assert "can't be used now" in answer.text.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("given", "person", "status"),
    [
        ({}, {"email": "jane@evil.example"}, 403),
        ({}, {"email": "jane@labels.example.evil.example"}, 403),
        ({}, {"email": "jane@evil.example@labels.example"}, 403),
        ({}, {"email_verified": False}, 403),
        ({}, {"email_verified": "true"}, 403),
        ({}, {"email": None}, 403),
        ({"oidc_domains": "*"}, {"email": None}, 303),
        ({"oidc_domains": "other.example, LABELS.example"}, {}, 303),
        ({"oidc_domains": "", "oidc_claim": "groups=labelers"}, {"groups": ["labelers"]}, 303),
        ({"oidc_domains": "", "oidc_claim": "groups=labelers"}, {"groups": ["others"]}, 403),
        ({"oidc_domains": "", "oidc_claim": "groups=labelers"}, {"groups": "labelers"}, 303),
        ({"oidc_domains": "", "oidc_claim": "groups=labelers"}, {"groups": "not-labelers"}, 403),
        ({"oidc_claim": "groups=labelers"}, {}, 403),
    ],
)
def test_only_those_who_are_meant_get_in(
    begin: Begin, provider: Provider, given: dict, person: dict, status: int
) -> None:
    client = begin(**given)
    provider.person |= person
    assert go(client).status_code == status
    assert (person_of(client) is not None) == (status == 303)


def test_an_address_that_the_token_lacks_is_asked_for(begin: Begin, provider: Provider) -> None:
    client = begin()
    provider.in_token = False
    assert go(client).status_code == 303


def test_roles_come_from_the_settings(begin: Begin, provider: Provider) -> None:
    client = begin(oidc_role="guest", oidc_admins="boss@labels.example")
    go(client)
    assert person_of(client)["role"] == "guest"  # type: ignore[index]
    provider.person |= {"sub": "2", "email": "Boss@labels.example", "preferred_username": "boss"}
    go(client)
    assert person_of(client)["role"] == "admin"  # type: ignore[index]


def test_a_claim_gives_the_role_at_each_login(begin: Begin, provider: Provider) -> None:
    client = begin(oidc_roles="groups: labelers=annotator, /checkers=reviewer", oidc_role="guest")
    for groups, role in (
        (["labelers", "/checkers", "others"], "reviewer"),
        ("labelers", "annotator"),
        ([], "guest"),
        (None, "guest"),
        ({"labelers": True}, "guest"),
    ):
        provider.person |= {"groups": groups}
        go(client)
        assert person_of(client)["role"] == role, groups  # type: ignore[index]


def test_an_account_of_the_same_name_is_not_taken_over(begin: Begin) -> None:
    client = begin()
    ws = client.workspace  # type: ignore[attr-defined]
    local = people.add(ws, "jane", "admin", password="correct horse battery")
    go(client)
    person = person_of(client)
    assert person is not None
    assert person["id"] != local["id"]
    assert (person["name"], person["role"]) == ("jane-2", "annotator")


def test_a_closed_account_stays_closed(begin: Begin) -> None:
    client = begin()
    go(client)
    ws = client.workspace  # type: ignore[attr-defined]
    people.disable(ws, "jane")
    assert person_of(client) is None
    assert go(client).status_code == 403
    with ws.db.read() as session:
        assert session.query(User).filter(User.external_id.is_not(None)).count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "http://login.example"},
        {"oidc_client_id": ""},
        {"oidc_client_secret": ""},
        {"oidc_domains": ""},
        {"oidc_roles": "leads=lead"},
        {"oidc_roles": "groups:leads=boss"},
        {"oidc_roles": "groups:"},
    ],
)
def test_settings_that_let_in_nobody_or_everybody_are_refused_at_the_start(
    tmp_path: Path, given: dict[str, str]
) -> None:
    usable = {
        "oidc_issuer": "https://login.example",
        "oidc_client_id": "a",
        "oidc_client_secret": "b",
        "oidc_domains": "labels.example",
    }
    with pytest.raises(SettingsError):
        create_app(load_settings(home=tmp_path, **(usable | given)))


def test_without_a_provider_there_is_no_way_to_one(client: TestClient) -> None:
    for path in ("/login/oidc", "/login/oidc/callback"):
        assert client.get(path, headers=PAGE).status_code == 404
