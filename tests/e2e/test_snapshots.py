"""A snapshot in a real browser: signed off, verified and brought back, by the real worker."""

from pathlib import Path

from playwright.sync_api import Page, expect

from db import decisions, images, projects
from db.ids import new_id
from labeling.workflows import accounts, review, snapshots
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server, wait_for

LONG_MS = 60_000
WORK = 60.0  # seconds


def decide(ws: Workspace, sha: str, label: str) -> None:
    with ws.db.read() as db:
        item = images.all_by_sha(db, projects.find(db, "zoo").id)[sha]
    act = {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
    assert review.decide(ws, accounts.user(ws, "ann").id, "zoo", [act])["acknowledged"]


def labels_of(ws: Workspace, sha: str) -> list[str]:
    with ws.db.read() as db:
        project = projects.find(db, "zoo")
        item = images.all_by_sha(db, project.id)[sha]
        names = projects.class_names(db, project.id)
        return [names[c] for c in decisions.labels_of(db, item)]


def test_a_lead_signs_off_checks_and_restores(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    shas = seed(workspace, tmp_path / "pictures", 4)
    for sha in shas:
        decide(workspace, sha, "dog")
    server.start(worker=True)
    page.goto(f"{server.url}/snapshots?project=zoo")
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("v1", timeout=LONG_MS)
    name.press("Tab")
    page.get_by_role("button", name="Sign off 4 pictures").click(timeout=LONG_MS)
    wait_for(lambda: len(snapshots.listed(workspace, "zoo")) == 1, WORK)
    page.get_by_role("tab", name="Verify").click(timeout=LONG_MS)
    page.get_by_role("button", name="Verify", exact=True).click(timeout=LONG_MS)
    expect(page.get_by_text("4 pictures, all as signed off")).to_be_visible(timeout=LONG_MS)
    decide(workspace, shas[0], "owl")
    page.get_by_role("tab", name="Restore").click(timeout=LONG_MS)
    typed = page.get_by_role("textbox", name="Type the snapshot's name to confirm")
    typed.fill("v1", timeout=LONG_MS)
    typed.press("Tab")
    page.get_by_role("button", name="Restore", exact=True).click(timeout=LONG_MS)
    wait_for(lambda: labels_of(workspace, shas[0]) == ["dog"], WORK)
    expect(page.get_by_text("1 restored, 3 unchanged")).to_be_visible(timeout=LONG_MS)
