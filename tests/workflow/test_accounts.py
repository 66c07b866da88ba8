"""People, roles and logins, on both databases."""

from datetime import timedelta

import pytest

from db.tables import LoginSession, utc_now
from labeling.class_names import parse
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.roles import Role
from labeling.workflows import accounts, logins, people, projects
from labeling.workspace import Workspace

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(ws: Workspace) -> str:
    return people.add(ws, "ada", "admin", password=PASSWORD)["id"]


def test_nobody_must_log_in_until_there_is_an_account(ws: Workspace) -> None:
    accounts.local_user(ws)
    accounts.user(ws, "named-by-a-file")
    assert not logins.are_asked(ws)
    people.add(ws, "ada", "admin", password=PASSWORD)
    assert logins.are_asked(ws)


def test_nothing_is_handed_to_the_local_user_once_people_log_in(ws: Workspace) -> None:
    local = people.show(ws, accounts.local_user(ws))["name"]
    projects.create(ws, "zoo", parse("cat,dog"))
    assert [one["name"] for one in accounts.people(ws, "zoo")] == [local]
    people.add(ws, "ada-l", "admin", password=PASSWORD)
    assert [one["name"] for one in accounts.people(ws, "zoo")] == ["ada-l"]
    people.set_password(ws, local, PASSWORD)
    assert {one["name"] for one in accounts.people(ws, "zoo")} == {"ada-l", local}


def test_the_first_account_must_be_an_admins(ws: Workspace) -> None:
    with pytest.raises(InputError, match="no admin who can log in"):
        people.add(ws, "ann", "annotator", password=PASSWORD)
    assert not logins.are_asked(ws)


def test_the_last_admin_stays(ws: Workspace, admin: str) -> None:
    for change in (
        lambda: people.disable(ws, "ada"),
        lambda: people.set_role(ws, "ada", "lead"),
    ):
        with pytest.raises(InputError, match="no admin who can log in"):
            change()
    assert accounts.role_of(ws, admin) is Role.ADMIN
    people.add(ws, "bob", "admin", password=PASSWORD)
    people.disable(ws, "ada")


def test_a_password_opens_a_login_and_only_its_hash_is_stored(ws: Workspace, admin: str) -> None:
    token = logins.log_in(ws, "ada", PASSWORD)
    found = logins.find(ws, token)
    assert found is not None
    assert found.user_id == admin
    with ws.db.read() as session:
        stored = session.query(LoginSession).one()
        person = people.users.get(session, admin)
    assert token not in (stored.id, stored.token_hash)
    assert person is not None
    assert (person.password_hash or "").startswith("$argon2id$")


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("ada", ""), ("nobody", PASSWORD), ("Ada", PASSWORD)]
)
def test_a_wrong_name_or_password_says_the_same(
    ws: Workspace, admin: str, name: str, password: str
) -> None:
    with pytest.raises(logins.LoginError, match="The name or the password is wrong"):
        logins.log_in(ws, name, password)


def test_somebody_without_a_password_cannot_log_in_with_an_empty_one(
    ws: Workspace, admin: str
) -> None:
    people.add(ws, "cvat:server", "annotator")
    with pytest.raises(logins.LoginError):
        logins.log_in(ws, "cvat:server", "")


def test_a_login_lasts_as_long_as_it_is_used(ws: Workspace, admin: str) -> None:
    token = logins.log_in(ws, "ada", PASSWORD)
    start = utc_now()
    for days in (10, 20, 30):
        ws.clock = lambda days=days: start + timedelta(days=days)  # type: ignore[misc]
        found = logins.find(ws, token)
        assert found is not None
        assert found.renewed
    ws.clock = lambda: start + timedelta(days=30, hours=1)
    assert logins.find(ws, token) == logins.Login(admin, renewed=False)
    ws.clock = lambda: start + timedelta(days=45)
    assert logins.find(ws, token) is None


def test_logins_end(ws: Workspace, admin: str) -> None:
    here, there = (logins.log_in(ws, "ada", PASSWORD) for _ in range(2))
    logins.log_out(ws, here)
    assert logins.find(ws, here) is None
    assert logins.find(ws, there) is not None
    logins.log_out_everywhere(ws, admin)
    assert logins.find(ws, there) is None


def test_a_new_password_and_a_closed_account_end_logins_at_once(ws: Workspace, admin: str) -> None:
    people.add(ws, "bob", "annotator", password=PASSWORD)
    first = logins.log_in(ws, "bob", PASSWORD)
    people.set_password(ws, "bob", "another long one")
    assert logins.find(ws, first) is None
    second = logins.log_in(ws, "bob", "another long one")
    people.disable(ws, "bob")
    assert logins.find(ws, second) is None
    with pytest.raises(logins.LoginError):
        logins.log_in(ws, "bob", "another long one")
    people.enable(ws, "bob")
    assert logins.find(ws, second) is None
    logins.log_in(ws, "bob", "another long one")


def test_ones_own_password_is_changed_with_the_old_one(ws: Workspace, admin: str) -> None:
    with pytest.raises(InputError, match="old password is wrong"):
        people.change_password(ws, admin, "a guess", "another long one")
    people.change_password(ws, admin, PASSWORD, "another long one")
    logins.log_in(ws, "ada", "another long one")


@pytest.mark.parametrize("password", ["short", "ada", "x" * 1001])
def test_a_weak_password_is_refused(ws: Workspace, password: str) -> None:
    with pytest.raises(InputError):
        people.add(ws, "ada", "admin", password=password)


@pytest.mark.parametrize("name", ["", "a b", "a" * 101, "<b>", "a\nb"])
def test_a_name_that_cannot_be_used_is_refused(ws: Workspace, name: str) -> None:
    with pytest.raises(InputError):
        people.add(ws, name, "admin", password=PASSWORD)


def test_a_taken_name_and_an_unknown_role_are_refused(ws: Workspace, admin: str) -> None:
    with pytest.raises(InputError, match="already"):
        people.add(ws, "ada", "annotator", password=PASSWORD)
    with pytest.raises(InputError, match="can't be given"):
        people.set_role(ws, "ada", "king")
    with pytest.raises(NotFoundError):
        people.set_role(ws, "nobody", "lead")


def test_a_membership_stands_in_place_of_the_role(ws: Workspace, admin: str) -> None:
    for name in ("open", "closed"):
        projects.create(ws, name, parse("cat,dog"))
    ann = people.add(ws, "ann", "annotator", password=PASSWORD)["id"]
    assert accounts.role_of(ws, ann) is Role.ANNOTATOR
    people.set_membership(ws, "ann", "open", "lead")
    people.set_membership(ws, "ann", "closed", "none")
    assert accounts.role_of(ws, ann, "open") is Role.LEAD
    assert accounts.role_of(ws, ann) is Role.LEAD
    assert accounts.project_roles(ws, ann) == {"open": Role.LEAD}
    with pytest.raises(ForbiddenError, match="not open to you"):
        accounts.role_of(ws, ann, "closed")
    with pytest.raises(NotFoundError):
        accounts.role_of(ws, ann, "nowhere")
    assert [one["name"] for one in accounts.people(ws, "open")] == ["ada", "ann"]
    assert [one["name"] for one in accounts.people(ws, "closed")] == ["ada"]
    people.set_membership(ws, "ann", "closed", None)
    assert accounts.role_of(ws, ann, "closed") is Role.ANNOTATOR


def test_somebody_without_a_role_sees_only_where_they_are_a_member(
    ws: Workspace, admin: str
) -> None:
    for name in ("open", "closed"):
        projects.create(ws, name, parse("cat,dog"))
    eve = people.add(ws, "eve", "none", password=PASSWORD)["id"]
    with pytest.raises(ForbiddenError, match="no role yet"):
        accounts.role_of(ws, eve)
    people.set_membership(ws, "eve", "open", "annotator")
    assert accounts.project_roles(ws, eve) == {"open": Role.ANNOTATOR}
    with pytest.raises(ForbiddenError):
        accounts.require(ws, eve, Role.GUEST, "closed")


def test_an_admin_is_one_in_every_project(ws: Workspace, admin: str) -> None:
    projects.create(ws, "zoo", parse("cat,dog"))
    people.set_membership(ws, "ada", "zoo", "guest")
    assert accounts.role_of(ws, admin, "zoo") is Role.ADMIN
    with pytest.raises(InputError, match="can't be given"):
        people.set_membership(ws, "ada", "zoo", "admin")
