"""The page Accept, and the command that does the same."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import app
from db.ids import new_id
from db.tables import Item
from labeling.workflows import (
    accept,
    acceptance_job,
    acceptance_told,
    accounts,
    jobs,
    projects,
    review,
)
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.app.pages import Open, press, texts
from tests.app.seeding import CLASSES, seed

pytestmark = pytest.mark.slow

RUNNER = CliRunner()
ITEMS, AUDIT = 30, 12


@pytest.fixture
def zoo(workspace: Workspace, tmp_path: Path) -> Workspace:
    seed(workspace, tmp_path / "pictures", ITEMS)
    return workspace


def begin(ws: Workspace, **given: float) -> str:
    wish = {"alpha": 0.4, "audit": AUDIT} | given
    begun = accept.begin(ws, accounts.local_user(ws), "zoo", **wish)
    work(ws)
    return begun["acceptance"]


def work(ws: Workspace) -> None:
    """Do what waits, as the worker would."""
    for job in reversed(jobs.recent(ws, "zoo", kind=acceptance_job.KIND)):
        if job["state"] == "queued":
            run_to_end(ws, job["id"], lambda _job: None)


def decide(ws: Workspace, limit: int = AUDIT) -> None:
    """Confirm what the seeded run proposes for the next pictures."""
    with ws.db.read() as session:
        order = list(session.scalars(select(Item.id).order_by(Item.id)))
    label = {item: CLASSES[number % len(CLASSES)] for number, item in enumerate(order)}
    me = accounts.local_user(ws)
    told = review.queue(ws, me, "zoo", limit)["items"]
    acts = [
        {"id": new_id(), "item": one["item"], "kind": "correct", "labels": [label[one["item"]]]}
        for one in told
    ]
    assert not review.decide(ws, me, "zoo", acts)["rejected"]
    review.release(ws, me, "zoo", "")


def test_without_proposals_there_is_nothing_to_accept(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 2, prelabeled=False)
    page = open_page("accept", "zoo")
    assert not page.exception
    assert "No proposals yet" in texts(page)


def test_a_lead_wishes_draws_and_accepts(zoo: Workspace, open_page: Open) -> None:
    page = open_page("accept", "zoo")
    page.number_input[0].set_value(40.0)
    page = press(page, "What does it cost?")
    assert not page.exception
    assert "At most 40.0% wrong, risk 5%" in texts(page)
    assert {metric.value for metric in page.metric} == {"30", "7", "unknown"}
    [size] = [box for box in page.selectbox if box.label == "Audit"]
    page = size.set_value(max(int(one.split()[0]) for one in size.options)).run()
    [draw] = [button for button in page.button if button.label.startswith("Draw the audit")]
    page = draw.click().run()
    assert not page.exception
    work(zoo)
    [told] = acceptance_told.all_of(zoo, "zoo")
    assert told["state"] == "auditing"
    page = open_page("accept", "zoo")
    assert "wait for an answer" in texts(page)


def test_what_an_audit_allows_is_accepted_and_taken_back(zoo: Workspace, open_page: Open) -> None:
    begin(zoo)
    decide(zoo)
    page = open_page("accept", "zoo")
    assert not page.exception
    assert "18" in {metric.value for metric in page.metric}
    page = press(page, "Accept 18 pictures")
    work(zoo)
    assert projects.show(zoo, "zoo")["by_state"] == {"verified": AUDIT, "auto_accepted": 18}
    page = open_page("accept", "zoo")
    assert "18 pictures, at most" in texts(page)
    page.toggle[0].set_value(True).run()
    assert not page.exception
    page = press(page, "Take back")
    work(zoo)
    assert projects.show(zoo, "zoo")["by_state"] == {"verified": AUDIT, "proposed": 18}
    assert "taken back" in texts(open_page("accept", "zoo"))


def test_a_refusal_is_told_on_the_page(zoo: Workspace, open_page: Open) -> None:
    begin(zoo, alpha=0.1)
    decide(zoo)
    page = open_page("accept", "zoo")
    assert "allows nothing to be accepted" in page.info[0].value
    page = press(page, "Accept nothing")
    assert not page.exception
    [told] = acceptance_told.all_of(zoo, "zoo")
    assert told["state"] == "refused"
    assert "1 audit drawn so far, at a risk of 5.0%" in texts(page)


def called(ws: Workspace, *arguments: str, fails: bool = False) -> dict:
    home = str(ws.settings.root)
    answer = RUNNER.invoke(app, ["accept", "zoo", *arguments, "--home", home, "--json"])
    assert answer.exit_code == (1 if fails else 0), answer.output
    return json.loads(answer.stdout)


def test_the_command_goes_the_whole_way(zoo: Workspace) -> None:
    wish = ("--alpha", "0.4", "--delta", "0.05")
    told = called(zoo, *wish)
    assert (told["eligible"], told["accepted"], told["upper_bound"]) == (ITEMS, 0, None)
    assert told["audit_n"] > 0
    begun = called(zoo, *wish, "--audit", str(AUDIT), "--apply")
    assert (begun["state"], begun["audit_n"]) == ("auditing", AUDIT)
    assert len(begun["audit_pictures"]) == AUDIT
    assert "label" not in json.dumps(begun["audit_pictures"])
    assert "not decided yet" in called(zoo, "--apply", fails=True)["error"]["what"]
    decide(zoo)
    assert called(zoo)["acceptable"] == ITEMS - AUDIT
    done = called(zoo, *wish, "--apply")
    assert (done["state"], done["accepted"], done["alpha"]) == ("accepted", ITEMS - AUDIT, 0.4)
    assert done["upper_bound"] <= 0.4
    assert (done["together"]["attempts"], done["together"]["risk"]) == (1, 0.05)
    back = called(zoo, "--withdraw")
    assert (back["state"], back["accepted"]) == ("withdrawn", 0)


def test_the_command_says_it_in_words(zoo: Workspace) -> None:
    home = str(zoo.settings.root)
    for arguments, said in (
        (["--alpha", "0.4"], "takes at least 7 right decisions"),
        (["--alpha", "0.4", "--audit", str(AUDIT), "--apply"], "to be decided, 12 in all"),
        (["--alpha", "0.2"], "is on its way"),
        (["--apply", "--close"], "allows nothing"),
        (["--refuse"], "audit closed"),
    ):
        answer = RUNNER.invoke(app, ["accept", "zoo", *arguments, "--home", home])
        assert said in answer.output, answer.output


def test_a_command_without_a_wish_says_what_to_do(zoo: Workspace) -> None:
    assert "no error is wished for" in called(zoo, fails=True)["error"]["what"]
    assert "no acceptance yet" in called(zoo, "--withdraw", fails=True)["error"]["what"]
