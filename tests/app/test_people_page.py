"""The page People, by Streamlit's own test runner."""

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from labeling.class_names import parse
from labeling.workflows import logins, people, projects
from labeling.workspace import Workspace

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


def script() -> None:
    from app.views import people as page

    page.render()


@pytest.fixture
def opened(workspace: Workspace) -> Workspace:
    session.share(workspace)
    return workspace


def button(page: AppTest, label: str):
    return next(one for one in page.button if one.label == label)


def test_the_first_account_is_an_admins_and_its_password_is_shown_once(
    opened: Workspace,
) -> None:
    page = AppTest.from_function(script).run()
    assert "Nobody has an account yet" in page.info[0].value
    page.text_input(key="person-name").input("ada")
    button(page, "Add the person").click().run()
    assert not page.exception
    [password] = [code.value for code in page.code]
    assert logins.log_in(opened, "ada", password)
    assert not page.info
    page.run()
    assert [code.value for code in page.code] == [password]
    button(page, "It is noted").click().run()
    assert not page.code


def test_a_name_that_is_taken_is_explained(opened: Workspace) -> None:
    people.add(opened, "ada", "admin", password=PASSWORD)
    page = AppTest.from_function(script).run()
    page.text_input(key="person-name").input("ada")
    button(page, "Add the person").click().run()
    assert "already" in page.error[0].value
    assert not page.code


def test_roles_memberships_and_accounts_are_changed(opened: Workspace) -> None:
    people.add(opened, "ada", "admin", password=PASSWORD)
    ann = people.add(opened, "ann", "annotator", password=PASSWORD)["id"]
    projects.create(opened, "zoo", parse("cat,dog"))

    def ann_now() -> dict:
        return people.show(opened, ann)

    def page_of_ann() -> AppTest:
        page = AppTest.from_function(changing, args=(ann,))
        return page.run()

    page = page_of_ann()
    page.selectbox(key=f"role-{ann}").select("lead").run()
    button(page, "Save the role").click().run()
    assert not page.exception
    assert ann_now()["role"] == "lead"
    page.selectbox(key=f"there-{ann}-zoo").select("guest").run()
    button(page, "Save it").click().run()
    assert ann_now()["projects"] == {"zoo": "guest"}
    button(page, "Give a new password").click().run()
    assert logins.log_in(opened, "ann", page.code[0].value)
    button(page, "Close the account").click().run()
    assert ann_now()["disabled"]
    button(page, "Open the account again").click().run()
    assert not ann_now()["disabled"]


def test_the_last_admin_cannot_be_closed_here(opened: Workspace) -> None:
    ada = people.add(opened, "ada", "admin", password=PASSWORD)["id"]
    page = AppTest.from_function(changing, args=(ada,)).run()
    button(page, "Close the account").click().run()
    assert "no admin who can log in" in page.error[0].value
    assert not people.show(opened, ada)["disabled"]


def changing(person_id: str) -> None:
    from app import session
    from app.parts import person_form
    from labeling.workflows import people as workflow

    person_form.told()
    person_form.change(workflow.show(session.workspace(), person_id))
