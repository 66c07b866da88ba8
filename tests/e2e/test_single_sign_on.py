"""Logging in through an identity provider, in a real browser at a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labeling.workspace import Workspace
from tests.app import provider as little
from tests.app.provider import CLIENT, SECRET, Provider
from tests.app.seeding import seed
from tests.e2e.server import Server


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider that the server is told of."""
    with little.running() as provider:
        for name, value in (
            ("ISSUER", provider.url),
            ("CLIENT_ID", CLIENT),
            ("CLIENT_SECRET", SECRET),
            ("DOMAINS", "labels.example"),
            ("ADMINS", "ada@labels.example"),
        ):
            monkeypatch.setenv(f"PRELABEL_OIDC_{name}", value)
        yield provider


def come_in(page: Page) -> None:
    page.get_by_role("link", name="Log in with single sign-on").click()


def test_people_of_a_provider_come_in_with_their_role_and_log_out(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path, provider: Provider
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    server.start()
    page.goto(f"{server.url}/review?project=zoo")
    provider.person |= {"email": "eve@elsewhere.example"}
    come_in(page)
    expect(page.get_by_role("alert")).to_contain_text("This identity may not log in here")
    provider.person |= {"email": "jane@labels.example"}
    page.goto(f"{server.url}/review?project=zoo")
    come_in(page)
    page.wait_for_selector("[data-testid=review-image][data-sha]", timeout=60_000)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("Jane Doe · annotator")
    expect(sidebar.get_by_role("link", name="Jobs", exact=True)).to_have_count(0)
    page.goto(f"{server.url}/account")
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url("**/login")
    provider.person |= {"sub": "2", "name": "Ada", "email": "ada@labels.example"}
    page.goto(f"{server.url}/jobs")
    page.wait_for_url("**/login?next=*")
    come_in(page)
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible(timeout=60_000)
    expect(sidebar).to_contain_text("Ada · admin")
