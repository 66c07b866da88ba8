"""The page Team, and the commands that say the same."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from app.cli import app
from db.ids import new_id
from db.tables import Job, JobState, QueueEntry, utc_now
from labeling.workflows import accounts, assignments, jobs, projects, relabel, review
from labeling.workspace import Workspace
from tests.app.pages import Open, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow

RUNNER = CliRunner()


def decide_some(
    ws: Workspace, count: int = 5, name: str | None = None, seconds: float | None = None
) -> None:
    me = accounts.user(ws, name).id if name else accounts.local_user(ws)
    waiting = review.queue(ws, me, "zoo", count)["items"]
    answer = {"kind": "correct", "labels": ["cat"], "seconds": seconds}
    given = [answer | {"id": new_id(), "item": one["item"]} for one in waiting]
    assert review.decide(ws, me, "zoo", given)["rejected"] == []


def open_tab(page: AppTest, name: str) -> AppTest:
    page.session_state["team-tab"] = name
    return page.run()


def fields_of_charts(page: AppTest) -> list[set[str]]:
    """The columns that each chart on a page draws, in its order."""
    specs = [chart.proto.spec for chart in page.get("vega_lite_chart")]
    return [set(re.findall(r'"field": "(\w+)"', spec)) for spec in specs]


def test_only_the_open_tab_is_drawn(workspace: Workspace, open_page: Open, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    page = open_page("team", "zoo")
    assert {metric.label for metric in page.metric} == {"Labels given", "Waiting", "Work left"}
    assert not page.number_input
    page = open_tab(page, "Quality")
    assert "Error of verified labels" in {metric.label for metric in page.metric}
    assert "Waiting" not in {metric.label for metric in page.metric}


def test_speed_and_agreement_are_drawn_as_charts(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    every = {"audit_share": 0.0, "overlap_share": 1.0, "probe_share": 0.0}
    seed(workspace, tmp_path / "pictures", 12, review=every)
    now = workspace.clock()
    for number in range(10):
        workspace.clock = lambda number=number: now - timedelta(minutes=10 - number)
        decide_some(workspace, 1, seconds=2.5)
    workspace.clock = utc_now
    decide_some(workspace, 4, name="bob")
    page = open_page("team", "zoo")
    assert not page.exception
    by_hour, by_day, seconds, agreement, by_class, left = fields_of_charts(page)
    assert by_hour == {"hour", "person", "decisions"}
    assert by_day == {"day", "person", "labels_per_hour", "active_minutes"}
    assert seconds == {"day", "person", "median_seconds", "active_minutes"}
    assert agreement == {"day", "person", "estimate", "low", "high", "n"}
    assert by_class == {"class", "median_seconds", "said", "n"}
    assert left == {"day", "hours_left", "waiting", "said"}
    [person] = [box for box in page.selectbox if box.label == "Person"]
    page = person.set_value("bob").run()
    assert not page.exception
    assert set(page.dataframe[0].value["Person"]) == {"bob"}
    [day] = [box for box in page.selectbox if box.label == "Day (UTC)"]
    page = day.set_value(day.options[0]).run()
    assert not page.exception
    assert set(page.dataframe[0].value["Day (UTC)"]) == {day.options[0]}
    page = open_tab(page, "Quality")
    assert fields_of_charts(page) == [{"person", "estimate", "low", "high", "said"}]
    assert {metric.label for metric in page.metric} >= {"Krippendorff's alpha", "Fleiss' kappa"}
    pairs, people = (table.value for table in page.dataframe[-2:])
    assert list(pairs["Pictures"]) == [2]
    assert (len(people), "bob" in set(people["Person"])) == (2, True)
    told = RUNNER.invoke(
        app, ["report", "zoo", "agreement", "--json", "--home", str(workspace.settings.root)]
    )
    [pair] = json.loads(told.stdout)["pairs"]
    assert (pair["n"], "bob" in pair["people"]) == (2, True)


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
    page = open_tab(open_page("team", "zoo"), "Assignments")
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
    page = open_tab(open_page("team", "zoo"), "Settings")
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
    assert "error of verified labels: unknown until 20 second looks" in quality.stdout
    refused = RUNNER.invoke(app, ["report", "zoo", "quality", "--csv", str(csv), *home])
    assert (refused.exit_code, "no table" in refused.output) == (2, True)
    agreed = RUNNER.invoke(app, ["report", "zoo", "agreement", *home])
    assert "Krippendorff's alpha: not known yet" in agreed.stdout
    me = accounts.local_user(workspace)
    [asked] = review.queue(workspace, me, "zoo", 1)["items"]
    skip = {"id": new_id(), "item": asked["item"], "kind": "skip", "labels": [], "to": "ann"}
    assert review.decide(workspace, me, "zoo", [skip])["rejected"] == []
    freed = RUNNER.invoke(app, ["assign", "zoo", "--take-back-from", "ann", *home])
    assert "taken back from ann: 1" in freed.stdout
    assert assignments.handed_over(workspace, "zoo") == []
    unknown = RUNNER.invoke(app, ["assign", "zoo", "--to", "nobody", *home])
    assert unknown.exit_code == 1


def test_nothing_is_handed_over_before_a_person_is_chosen(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 3)
    accounts.user(workspace, "ann")
    page = open_tab(open_page("team", "zoo"), "Assignments")
    next(button for button in page.button if button.label == "Assign").click().run()
    assert not page.exception
    assert assignments.in_force(workspace, "zoo") == []


def test_gold_is_marked_and_listed_from_the_command_line(
    workspace: Workspace, tmp_path: Path
) -> None:
    shas = seed(workspace, tmp_path / "pictures", 3)
    decide_some(workspace, 1)
    home = ["--home", str(workspace.settings.root)]
    done = RUNNER.invoke(app, ["gold", "zoo", "add", shas[0], "--json", *home])
    assert json.loads(done.stdout) == {"marked": 1}, done.output
    [row] = json.loads(RUNNER.invoke(app, ["gold", "zoo", "--json", *home]).stdout)
    assert (row["sha256"], row["labels"], row["answers"]) == (shas[0], ["cat"], 0)
    named = row["path"].rsplit("/", 1)[-1]
    refused = RUNNER.invoke(app, ["gold", "zoo", "add", shas[1], *home])
    assert (refused.exit_code, "verified" in refused.output) == (1, True)
    assert RUNNER.invoke(app, ["gold", "zoo", "add", *home]).exit_code == 2
    gone = RUNNER.invoke(app, ["gold", "zoo", "remove", named, "--json", *home])
    assert json.loads(gone.stdout) == {"removed": 1}, gone.output


@pytest.mark.parametrize("mode", ["single", "multi"])
def test_a_lead_asks_what_to_look_at_next(
    workspace: Workspace, open_page: Open, tmp_path: Path, mode: str
) -> None:
    seed(workspace, tmp_path / "pictures", 3, mode=mode)
    page = open_tab(open_page("team", "zoo"), "Quality")
    next(button for button in page.button if button.label.startswith("Ask what")).click().run()
    assert not page.exception
    [job] = jobs.recent(workspace, "zoo", kind="relabel")
    assert job["state"] == "queued"


def test_a_lead_acts_on_the_advice(workspace: Workspace, open_page: Open, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 3)
    me = accounts.local_user(workspace)
    accounts.user(workspace, "bob")
    [one, *_] = review.queue(workspace, me, "zoo")["items"]
    act = {"id": new_id(), "item": one["item"], "kind": "correct", "labels": ["cat"]}
    assert review.decide(workspace, me, "zoo", [act])["rejected"] == []
    advice = {"decided": 1, "new_items": 2, "looks": 3, "relabel": 1, "new": 2}
    advice |= {"method": "test", "items": [one["item"]], "scores": [0.2]}

    def end(session: Session) -> None:
        row = projects.find(session, "zoo")
        job = Job(kind=relabel.KIND, project_id=row.id, state=JobState.DONE, result=advice)
        job.finished_at = utc_now()
        session.add(job)

    workspace.db.write(end)
    page = open_tab(open_page("team", "zoo"), "Quality")
    button = next(one for one in page.button if one.label.startswith("Put 1 decided picture"))
    button.click().run()
    assert not page.exception
    with workspace.db.read() as session:
        [entry] = session.scalars(select(QueueEntry).where(QueueEntry.purpose == "relabel"))
        assert (entry.item_id, entry.policy, entry.value) == (one["item"], "activelab", 0.2)
