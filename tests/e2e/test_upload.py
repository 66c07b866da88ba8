"""Files of a folder reach the server through the drop zone, whatever breaks on the way."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from db.tables import Job
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server

FOLDER = "[data-testid=upload-folder]"
BEGUN = re.compile("The import is job")


@pytest.fixture
def folder(tmp_path: Path, workspace: Workspace) -> Path:
    """300 files in three folders, and two that no one wants."""
    seed(workspace, tmp_path / "none", 0)
    noise = np.random.default_rng(3)
    folder = tmp_path / "shots"
    for number in range(300):
        path = folder / f"day {number % 3}" / f"Größe {number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise.bytes(20_000))
    (folder / ".DS_Store").write_bytes(b"junk")
    (folder / "day 0" / ".hidden.png").write_bytes(b"junk")
    return folder


@pytest.fixture
def server(home: Path, tmp_path: Path, workspace: Workspace):
    server = Server(home, tmp_path / "server.log", Path(__file__).with_name("upload_page.py"))
    server.start()
    yield server
    server.kill()


def sent_and_stored(folder: Path, home: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    (staging,) = [path for path in (home / "uploads").iterdir() if path.is_dir()]
    return contents(folder, folder.parent), contents(staging, staging)


def contents(folder: Path, root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_a_folder_arrives_complete_although_the_server_dies(
    page: Page, server: Server, workspace: Workspace, folder: Path, home: Path
) -> None:
    page.goto(server.url)
    page.set_input_files(FOLDER, folder)
    expect(page.get_by_test_id("upload")).to_contain_text(re.compile(r"[1-9]\d* of 300 files sent"))
    server.kill()
    expect(page.get_by_test_id("upload")).to_contain_text("The server does not answer")
    server.start()
    expect(page.get_by_text(BEGUN)).to_be_visible(timeout=60_000)
    sent, stored = sent_and_stored(folder, home)
    assert stored == sent
    with workspace.db.read() as session:
        assert session.scalars(select(Job.kind)).all() == ["import"]


def test_a_cancelled_upload_goes_on_after_a_reload(
    page: Page, server: Server, folder: Path, home: Path
) -> None:
    page.goto(server.url)
    page.set_input_files(FOLDER, folder)
    zone = page.get_by_test_id("upload")
    expect(zone).to_contain_text(re.compile(r"[1-9]\d* of 300 files sent"))
    page.get_by_role("button", name="Cancel").click()
    expect(zone).to_contain_text("The upload was interrupted")
    page.reload()
    expect(zone).to_contain_text("Choose the same files again", timeout=60_000)
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*.png")}
    page.set_input_files(FOLDER, folder)
    expect(page.get_by_text(BEGUN)).to_be_visible(timeout=60_000)
    sent, stored = sent_and_stored(folder, home)
    assert stored == sent
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
