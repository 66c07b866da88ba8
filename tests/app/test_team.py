"""The page Team, and the commands that say the same."""

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app
from db.ids import new_id
from labeling.workflows import accounts, assignments, projects, review
from labeling.workspace import Workspace
from tests.app.pages import Open, texts
from tests.app.seeding import seed

RUNNER = CliRunner()


def decide_some(ws: Workspace, count: int = 5) -> None:
    me = accounts.local_user(ws)
    waiting = review.queue(ws, me, "zoo", count)["items"]
    given = [
        {"id": new_id(), "item": one["item"], "kind": "confirm", "labels": [one["proposal"]]}
        for one in waiting
    ]
    assert review.decide(ws, me, "zoo", given)["rejected"] == []


def test_an_empty_team_page_claims_nothing(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    page = open_page("team", "zoo")
    assert not page.exception
    assert "No decisions in this period" in texts(page)
    assert {metric.value for metric in page.metric} >= {"not known yet", "6"}


def test_the_team_page_shows_who_did_what(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 12)
    decide_some(workspace)
    page = open_page("team", "zoo")
    assert not page.exception
    sheet = page.dataframe[0].value
    assert list(sheet["Labels"]) == [5]
    assert {m.label: m.value for m in page.metric}["Waiting"] == "7"


def test_a_lead_hands_over_and_takes_back(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 12)
    ann = accounts.user(workspace, "ann")
    page = open_page("team", "zoo")
    page.selectbox[0].set_value("ann")
    page.selectbox[1].set_value("cat")
    next(button for button in page.button if button.label == "Assign").click().run()
    assert not page.exception
    (made,) = assignments.in_force(workspace, "zoo")
    assert (made["person"], made["class"], made["waiting"]) == ("ann", "cat", 2)
    assert len(review.queue(workspace, ann.id, "zoo", 2)["items"]) == 2
    next(button for button in page.button if button.label == "Take back").click().run()
    assert assignments.in_force(workspace, "zoo") == []


def test_review_settings_are_kept(workspace: Workspace, open_page: Open, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 3)
    page = open_page("team", "zoo")
    number = {field.label: field for field in page.number_input}
    number["Blind audit, %"].set_value(20.0)
    number["Shortest viewing time in seconds"].set_value(0.5)
    next(radio for radio in page.radio if radio.label == "Digits choose").set_value("code")
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    stored = projects.show(workspace, "zoo")["review"]
    kept = (stored["audit_share"], stored["shortest_seconds"], stored["digits"])
    assert kept == (0.2, 0.5, "code")


def test_the_commands_say_the_same(workspace: Workspace, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 12)
    decide_some(workspace)
    accounts.user(workspace, "ann")
    home = ["--home", str(workspace.settings.root)]
    given = RUNNER.invoke(app, ["assign", "zoo", "--to", "ann", "--class", "cat", "--json", *home])
    assert json.loads(given.stdout)[0]["person"] == "ann"
    csv = tmp_path / "sheet.csv"
    told = RUNNER.invoke(app, ["report", "zoo", "timesheet", "--csv", str(csv), "--json", *home])
    [row] = json.loads(told.stdout)
    assert (row["labels"], "labels_per_hour" in row) == (5, True)
    assert csv.read_text().splitlines()[0].startswith("day,person,active_minutes")
    quality = RUNNER.invoke(app, ["report", "zoo", "quality", *home])
    assert "error of verified labels: not known yet" in quality.stdout
    refused = RUNNER.invoke(app, ["report", "zoo", "quality", "--csv", str(csv), *home])
    assert (refused.exit_code, "no table" in refused.output) == (2, True)
    unknown = RUNNER.invoke(app, ["assign", "zoo", "--to", "nobody", *home])
    assert unknown.exit_code == 1


def test_nothing_is_handed_over_before_a_person_is_chosen(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 3)
    accounts.user(workspace, "ann")
    page = open_page("team", "zoo")
    next(button for button in page.button if button.label == "Assign").click().run()
    assert not page.exception
    assert assignments.in_force(workspace, "zoo") == []
