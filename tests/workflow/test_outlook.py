"""How far the policy has come, and what that says of the whole dataset."""

from pathlib import Path

import pytest
from sqlalchemy import select

from db import passing
from db.tables import AuditDraw, Item, Purpose, QueueEntry
from labeling.workflows import grid, jobs, learning_figures
from labeling.workflows.accounts import local_user
from labeling.workspace import Workspace
from tests.workflow import test_learn as learning_tests
from tests.workflow.helpers import run
from tests.workflow.test_learn import COUNT, NAME, act, decide, learn_, queue, rows, send

prepared = learning_tests.prepared
ws = learning_tests.ws


def rank(ws: Workspace) -> None:
    run(ws, jobs.enqueue(ws, "rank", learning_tests.project_of(ws).id))


def audits(ws: Workspace) -> dict[str, AuditDraw]:
    return {row.item_id: row for row in rows(ws, select(AuditDraw))}


def test_audits_have_a_place_in_the_policys_order_that_nobody_is_told(ws: Workspace) -> None:
    rank(ws)
    drawn = audits(ws)
    entries = rows(ws, select(QueueEntry).where(QueueEntry.purpose == Purpose.WORK))
    ranks = sorted(entry.rank for entry in entries)
    values = {entry.rank: entry.value for entry in entries}
    placed = [row for row in drawn.values() if row.shadow_rank is not None]
    assert len(placed) > len(drawn) / 2
    assert all(row.shadow_rank + 1 in values for row in placed)
    assert [values[rank] for rank in ranks] == sorted(values.values())
    assert not any(row.passed_seq for row in drawn.values())


def test_what_was_offered_passes_the_audits_before_it_and_they_stay_passed(ws: Workspace) -> None:
    rank(ws)
    decide(ws, 30)
    project_id = learning_tests.project_of(ws).id
    with ws.db.read() as session:
        reached = passing.frontier(session, project_id)
    before = {item: row.shadow_rank for item, row in audits(ws).items()}
    expected = {item for item, rank in before.items() if rank is not None and rank < reached}
    assert expected
    rank(ws)
    passed = {item for item, row in audits(ws).items() if row.passed_seq}
    assert passed == expected
    with ws.db.read() as session:
        assert passing.frontier(session, project_id) is None, "counted anew from each ranking on"
    learn_(ws)
    assert passed <= {item for item, row in audits(ws).items() if row.passed_seq}


def test_prefetched_items_of_an_earlier_ranking_pass_nothing_in_a_later_one(ws: Workspace) -> None:
    held = queue(ws, 40, "tab")
    rank(ws)
    passed = {item for item, row in audits(ws).items() if row.passed_seq}
    send(ws, [act(item) for item in held])
    rank(ws)
    assert passed == {item for item, row in audits(ws).items() if row.passed_seq}


def test_the_grid_passes_audits_of_the_class_that_are_as_sure(ws: Workspace) -> None:
    page = grid.page(ws, local_user(ws), NAME, limit=8, client="grid")
    acts = [act(tile | {"proposal": tile["labels"][0]}, view="grid") for tile in page["items"]]
    send(ws, acts)
    lowest = min(tile["score"] for tile in page["items"])
    project = learning_tests.project_of(ws)
    with ws.db.read() as session:
        [floor] = passing.floors(session, project.id)
    assert floor.score == pytest.approx(lowest)
    rank(ws)
    from db import proposals

    with ws.db.read() as session:
        found = proposals.of_items(session, project.run_id, audits(ws))
    surer = {
        item
        for item, proposal in found.items()
        if proposal.class_id == floor.class_id and proposal.score >= floor.score
    }
    assert {item for item, row in audits(ws).items() if row.passed_seq} == surer


def test_the_outlook_counts_every_item_once(ws: Workspace, tmp_path: Path) -> None:
    decide(ws, 120)
    learn_(ws)
    told = learning_figures.of_project(ws, NAME)
    stop = told["stop"]
    decided = len(rows(ws, select(Item.id).where(Item.decision_id.is_not(None))))
    assert stop["decisions"] == decided
    assert stop["decisions"] + stop["undecided"] + stop["passed"] == COUNT
    accuracy = stop["accuracy"]
    assert decided / COUNT <= accuracy["high"]
    assert accuracy["low"] <= accuracy["estimate"] <= accuracy["high"]
    assert stop["signal"]["decisions"] == decided, "more than a hundred are decided: a planned look"
    assert told["saved"]["difference"]["labels"] >= 20
    learn_(ws)
    assert learning_figures.of_project(ws, NAME)["stop"]["signal"] is not None
