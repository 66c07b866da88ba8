"""How far the policy has come, and what that says of the whole dataset."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from db import heads, images, learning, passing, proposals
from db.heads import CONTROL, POLICY
from db.ids import new_id
from db.tables import AuditDraw, Item, ItemState, LearningPoint, Purpose, QueueEntry
from labeling.workflows import grid, jobs, learning_figures, projects, remaining, views
from labeling.workflows.accounts import local_user
from labeling.workspace import Workspace
from tests.workflow import test_learn as learning_tests
from tests.workflow.helpers import import_, pictures, prelabel_, run
from tests.workflow.test_learn import COUNT, NAME, act, decide, learn_, queue, rows, send

pytestmark = pytest.mark.slow

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
        [floor] = views.marks(session, project.id)
    assert isinstance(floor, passing.Floor)
    assert floor.score == pytest.approx(lowest)
    rank(ws)
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


def decide_in_random_order(ws: Workspace, count: int) -> None:
    """Decide what is undecided of the first items of the permanent random order."""
    project = learning_tests.project_of(ws)
    with ws.db.read() as session:
        order = learning.random_order(session, project.id)[:count]
        waiting = [one.item_id for one in order if one.state == ItemState.UNLABELED]
        found = proposals.of_items(session, project.run_id, waiting)
        sources = images.sources_of(session, waiting)
    told = {"proposal": None, "run": project.run_id}
    send(ws, [act({"item": item, "source": sources[item][0]} | told) for item in found])


def test_a_page_that_is_confirmed_at_once_is_one_decision_of_the_policy(ws: Workspace) -> None:
    page = grid.page(ws, local_user(ws), NAME, "surest_of_each", limit=48, client="grid")
    shown = page["items"]
    assert len(shown) > 20
    once = {"view": "grid", "act_id": new_id()}
    send(ws, [act(tile | {"proposal": tile["labels"][0]}, **once) for tile in shown])
    decide(ws, 120)
    decide_in_random_order(ws, 25)
    learn_(ws)
    found = rows(ws, select(LearningPoint))
    policy = {p.labels: p.figures["decisions"] for p in found if p.arm == POLICY}
    assert max(policy) > len(shown)
    assert policy == {labels: min(labels, 1) + max(0, labels - len(shown)) for labels in policy}, (
        "one for the page, and one for each label after it"
    )
    control = {p.labels: p.figures["decisions"] for p in found if p.arm == CONTROL}
    assert control == {labels: labels for labels in control}
    saved = learning_figures.of_project(ws, NAME)["saved"]["decisions"]
    assert saved["policy_labels"] <= max(policy.values())


def test_a_later_import_with_another_chance_is_a_stratum_of_its_own(
    ws: Workspace, tmp_path: Path
) -> None:
    decide(ws, 100)
    learn_(ws)
    before = learning_figures.of_project(ws, NAME)["stop"]
    [alone] = before["strata"]
    assert (alone["share"], alone["imports"], alone["items"]) == (0.15, 1, COUNT)
    assert alone["audits"] == before["accuracy"]["n"]
    projects.configure(ws, NAME, review=learning_tests.REVIEW | {"audit_share": 0.5})
    import_(ws, NAME, *pictures(tmp_path / "new", 30))
    prelabel_(ws, NAME)
    learn_(ws)
    told = learning_figures.of_project(ws, NAME)["stop"]
    old, new = told["strata"]
    assert old | {"audits": 0} == alone | {"audits": 0}
    assert new == {
        "share": 0.5, "imports": 1, "items": 30, "undecided": 30, "passed": 0, "audits": 0,
    }  # fmt: skip
    accuracy = told["accuracy"]
    assert accuracy["high"] - accuracy["low"] >= 30 / (COUNT + 30), "of the new ones none is known"
    assert told["undecided"] == before["undecided"] + 30


def test_an_import_under_the_same_chance_is_joined_once_its_audit_is_answered(
    ws: Workspace, tmp_path: Path
) -> None:
    rank(ws)
    answer_audits(ws)
    import_(ws, NAME, *pictures(tmp_path / "new", 40))
    prelabel_(ws, NAME)
    with ws.db.read() as session:
        apart = remaining.of_project(session, learning_tests.project_of(ws))
    assert [len(one.batches) for one in apart] == [1, 1]
    answer_audits(ws)
    with ws.db.read() as session:
        [one] = remaining.of_project(session, learning_tests.project_of(ws))
    assert len(one.batches) == 2
    assert len(one.remaining.right) == len(audits(ws)) == COUNT * 0.15 + 40 * 0.15
    assert one.remaining.items == COUNT + 40


def answer_audits(ws: Workspace) -> None:
    """Answer every audit that waits, as none of these, and nothing else."""
    waiting = select(QueueEntry.item_id).where(
        QueueEntry.purpose == Purpose.AUDIT, QueueEntry.state == "queued"
    )
    answered = [
        {"id": new_id(), "item": item, "kind": "none_of_these", "labels": []}
        for item in rows(ws, waiting)
    ]
    send(ws, answered)


def passed_by(ws: Workspace, *marks: passing.Mark) -> set[str]:
    project_id = learning_tests.project_of(ws).id
    for mark in marks:
        ws.db.write(lambda s, mark=mark: passing.mark_decided(s, project_id, mark, 1))
    return {item for item, row in audits(ws).items() if row.passed_seq}


def test_a_page_at_random_passes_the_sure_audits_before_its_last_picture(ws: Workspace) -> None:
    decide(ws, 60)
    learn_(ws)
    project = learning_tests.project_of(ws)
    before = {item for item, row in audits(ws).items() if row.passed_seq}
    sure = 0.3
    told = {"run": project.run_id, "errors": 1.0, "page": {"sure": sure, "class_id": None}}
    told["page"] |= {"pictures": 30, "wrong": 1.0}
    ws.db.write(lambda s: heads.add_figures(s, heads.newest(s, project.id).id, {"views": told}))
    page = grid.page(ws, local_user(ws), NAME, "sure_at_random", limit=30, client="grid")
    assert (page["label"], len(page["items"])) == ("sure_at_random", 30)
    more = {"view": "grid", "page": page["label"]}
    acts = [act(tile | {"proposal": tile["labels"][0]}, **more) for tile in page["items"]]
    send(ws, acts)
    send(ws, [acts[0] | {"id": new_id(), "supersedes": acts[0]["id"]}])
    ranks = {item.id: item.random_rank for item in rows(ws, select(Item))}
    reach = max(ranks[tile["item"]] for tile in page["items"])
    with ws.db.read() as session:
        [mark] = views.marks(session, project.id)
        found = proposals.of_items(session, project.run_id, ranks)
        offered = passing.passed_undecided(session, project.id, [mark])
    assert isinstance(mark, passing.Reach)
    assert (mark.run_id, mark.sure, mark.rank) == (project.run_id, sure, pytest.approx(reach))
    come_past = {
        item
        for item, one in found.items()
        if one.class_id and one.score >= sure and ranks[item] <= reach
    }
    rank(ws)
    now = {item for item, row in audits(ws).items() if row.passed_seq}
    assert now == before | (come_past & audits(ws).keys())
    assert 0 < len(now - before) < len(audits(ws).keys() - before), "some, and not all"
    open_ = {item.id for item in rows(ws, select(Item).where(Item.decision_id.is_(None)))}
    assert (come_past & open_) - audits(ws).keys() <= offered


def test_what_was_decided_in_the_grid_passes_no_audit_that_was_drawn_later(ws: Workspace) -> None:
    project = learning_tests.project_of(ws)
    drawn = max(row.created_at for row in audits(ws).values())
    everything = passing.Reach(project.run_id, 0.0, 1.0, drawn - timedelta(seconds=1))
    assert passed_by(ws, everything) == set()
    with ws.db.read() as session:
        found = proposals.of_items(session, project.run_id, audits(ws))
    of_a_class = {item for item, one in found.items() if one.class_id}
    assert passed_by(ws, everything._replace(at=drawn)) == of_a_class
