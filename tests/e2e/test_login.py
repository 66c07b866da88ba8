"""Logging in and out in a real browser, and pages of other roles."""

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.workflows import logins, people
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server

PASSWORD = "correct horse battery"


@pytest.fixture
def staffed(workspace: Workspace, tmp_path) -> Workspace:
    """A project, an admin, ada, and an annotator, ann."""
    seed(workspace, tmp_path / "pictures", 4)
    people.add(workspace, "ada", "admin", password=PASSWORD)
    people.add(workspace, "ann", "annotator", display="Ann Lee", password=PASSWORD)
    return workspace


def log_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_somebody_logs_in_works_and_logs_out(page: Page, server: Server, staffed) -> None:
    server.start()
    page.goto(f"{server.url}/review?project=zoo")
    expect(page.get_by_role("heading", name="Log in to Prelabel")).to_be_visible()
    log_in(page, "nobody")
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    log_in(page, "ann")
    page.wait_for_url("**/review?project=zoo")
    page.wait_for_selector("[data-testid=review-image][data-sha]", timeout=60_000)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("outbox")).to_have_attribute("data-pending", "0", timeout=30_000)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("Ann Lee · annotator")
    for name in ("Import", "Export", "Jobs", "People"):
        expect(sidebar.get_by_role("link", name=name, exact=True)).to_have_count(0)
    sidebar.get_by_role("link", name="Account and log out").click()
    page.wait_for_url("**/account")
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url("**/login")
    page.goto(f"{server.url}/review?project=zoo")
    page.wait_for_url("**/login?next=*")


def test_a_page_of_a_lead_is_refused_to_an_annotator(page: Page, server: Server, staffed) -> None:
    server.start()
    page.goto(f"{server.url}/export?project=zoo")
    log_in(page, "ann")
    expect(page.get_by_test_id("stAlert")).to_contain_text(
        "This page needs the role lead; yours is annotator", timeout=60_000
    )
    expect(page.get_by_role("button", name="Export")).to_have_count(0)
    for path in ("/api/people", "/api/queue"):
        assert page.request.get(f"{server.url}{path}?project=zoo").status == 200
    assert page.request.get(f"{server.url}/api/upload/abcdefgh").status == 403
    page.goto(f"{server.url}/people")
    expect(page.get_by_test_id("stAlert")).to_contain_text("needs the role admin", timeout=60_000)


def test_an_open_page_of_a_closed_account_does_nothing_more(
    page: Page, server: Server, staffed: Workspace
) -> None:
    server.start()
    page.goto(f"{server.url}/projects")
    log_in(page, "ada")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible(timeout=60_000)
    people.add(staffed, "bob", "admin", password=PASSWORD)
    people.disable(staffed, "ada")
    # By script: the page may be covered by then, because it has sent something of its own.
    page.get_by_role("link", name="Jobs", exact=True).dispatch_event("click")
    expect(page.get_by_role("dialog")).to_contain_text("Your login has ended", timeout=60_000)
    page.goto(f"{server.url}/projects")
    page.wait_for_url("**/login?next=*")


def test_an_admin_adds_a_person_who_logs_in(
    page: Page, browser: Browser, server: Server, staffed: Workspace
) -> None:
    server.start()
    page.goto(f"{server.url}/people")
    log_in(page, "ada")
    page.get_by_text("Add a person").click(timeout=60_000)
    page.get_by_label("Name to log in with").fill("cem")
    page.get_by_role("button", name="Add the person").click()
    password = page.get_by_test_id("stCode").inner_text(timeout=60_000).strip()
    assert logins.log_in(staffed, "cem", password)
    other = browser.new_context()
    theirs = other.new_page()
    theirs.goto(server.url)
    theirs.get_by_label("Name").fill("cem")
    theirs.get_by_label("Password").fill(password)
    theirs.keyboard.press("Enter")
    expect(theirs.get_by_role("heading", name="Projects")).to_be_visible(timeout=60_000)
    other.close()
