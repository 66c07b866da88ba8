"""Erasing a picture from the command line and from the page of an item."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app import session
from app.cli import app
from db import images, projects
from labeling.workflows import accounts, people
from labeling.workflows.work import Runner
from labeling.workspace import Workspace
from tests.app.pages import open_at, press, texts
from tests.app.seeding import seed
from tests.workflow.helpers import pictures

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Runs `prelabel` over a home with three pictures."""

    def run(*arguments: str, typed: str = "") -> Result:
        words = [*arguments, "--home", str(tmp_path / "home")]
        return CliRunner().invoke(app, words, input=typed)

    pictures(tmp_path / "in", 3)
    for words in (
        ["project", "create", "own", "--classes", "a,b"],
        ["import", "own", str(tmp_path / "in")],
    ):
        done = run(*words)
        assert done.exit_code == 0, done.output
    return run


def test_it_asks_before_and_says_what_goes(call: Call, tmp_path: Path) -> None:
    refused = call("erase", "own", "0000.png", typed="n\n")
    assert refused.exit_code == 1
    assert "own: " in refused.stdout
    assert "nothing is erased" in refused.stderr
    assert call("erase", "own", "0000.png", "--json").exit_code == 1
    done = call("erase", "own", "0000.png", "--yes", "--reason", "asked to", "--json")
    assert done.exit_code == 0, done.output
    [sha] = json.loads(done.stdout)["erased"]
    again = json.loads(call("import", "own", str(tmp_path / "in"), "--json").stdout)
    assert (again["imported"], len(again["rejected"])) == (0, 1)
    assert "asked to" in again["rejected"][0]["detail"]
    assert call("db", "verify").exit_code == 0
    assert call("erase", "own", sha, "--lift").exit_code == 0
    again = json.loads(call("import", "own", str(tmp_path / "in"), "--json").stdout)
    assert (again["imported"], again["rejected"]) == (1, [])


def item_of(ws: Workspace, sha: str) -> str:
    with ws.db.read() as db:
        return images.all_by_sha(db, projects.find(db, "zoo").id)[sha]


def test_the_page_of_an_item_wants_its_name_typed(workspace: Workspace, tmp_path: Path) -> None:
    session.share(workspace)
    sha, *_ = seed(workspace, tmp_path / "pictures", 3)
    page = open_at("item", project="zoo", item=item_of(workspace, sha))
    assert not page.exception
    page.toggle(key=f"erase-{sha}").set_value(True).run()
    assert "Decisions stay in the log" in texts(page)
    assert page.button(key=f"erase-now-{sha}").disabled
    page.text_input(key=f"erase-reason-{sha}").set_value("asked to").run()
    page.text_input(key=f"erase-confirm-{sha}").set_value("picture_0000.png").run()
    press(page, "Erase")
    assert "begins within seconds" in texts(page)
    runner = Runner(workspace)
    while runner.step():
        pass
    assert projects_items(workspace) == 2
    assert not workspace.blobs.exists("original", sha)
    page.run()
    assert "was erased on" in page.error[0].value
    assert "asked to" in page.error[0].value


def projects_items(ws: Workspace) -> int:
    with ws.db.read() as db:
        return len(images.all_by_sha(db, projects.find(db, "zoo").id))


def test_reviewers_are_not_offered_it(workspace: Workspace, tmp_path: Path) -> None:
    session.share(workspace)
    sha, *_ = seed(workspace, tmp_path / "pictures", 1)
    me = accounts.local_user(workspace)
    people.add(workspace, "boss", "admin")
    people.set_role(workspace, name_of(workspace, me), "reviewer")
    page = open_at("item", project="zoo", item=item_of(workspace, sha))
    assert not page.exception
    assert not page.toggle


def name_of(ws: Workspace, user_id: str) -> str:
    return people.show(ws, user_id)["name"]
