"""Advice how to divide the next looks between decided pictures and new ones."""

from pathlib import Path

import numpy as np
import pytest

from db import decisions, projects
from db.ids import new_id
from db.tables import Item
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.quality.answer_table import AnswerTable
from labeling.quality.kappa import MISSING
from labeling.workflows import (
    accounts,
    agreement,
    figures,
    relabel,
    review,
    suspects,
    training,
)
from labeling.workflows import projects as projects_
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import create, digits, run

pytestmark = pytest.mark.slow

COUNT = 120
DECIDED = 60


def test_the_lowest_scores_are_divided_and_a_sample_stands_for_all() -> None:
    labelled, new = np.linspace(0, 1, 50), np.linspace(0, 1, 10)
    found = relabel.advise(labelled, new, 10)
    assert (found.looks, found.relabel, found.new) == (60, 50, 10), "no more than there are"
    found = relabel.advise(labelled, new, 1_000)
    assert (found.looks, found.relabel, found.new, found.rows) == (100, 1, 99, [0])
    assert relabel.advise(labelled, new + 2, 1_000).relabel == 50
    assert relabel.advise(labelled + 2, new, 1_000).relabel == 0


@pytest.fixture
def zoo(local_ws: Workspace, tmp_path: Path) -> dict[str, str]:
    """Digits, each of which goes to a second person; labels by the path of the picture."""
    return digits(local_ws, tmp_path / "pictures", COUNT, {"overlap_share": 1.0})


def decide(ws: Workspace, person: str, truth: dict[str, str], limit: int) -> None:
    user = accounts.user(ws, person).id
    for number, one in enumerate(review.queue(ws, user, "zoo", limit, client=person)["items"]):
        path = next(path for path in truth if one["source"].endswith(path))
        given = {
            "id": f"00000000-0000-7000-8000-{ord(person[0]):04x}{number:08x}",
            "item": one["item"],
            "kind": "correct",
            "labels": [truth[path]],
        }
        assert review.decide(ws, user, "zoo", [given])["rejected"] == []


def test_before_there_are_labels_nothing_is_advised(
    local_ws: Workspace, zoo: dict[str, str]
) -> None:
    told = run(local_ws, relabel.enqueue(local_ws, "zoo"))
    assert (told["relabel"], told["new_items"]) == (None, len(zoo))
    assert "nothing is advised" in relabel.summary(told)


def test_of_the_next_looks_some_go_to_each_and_agreement_makes_sure(
    local_ws: Workspace, zoo: dict[str, str]
) -> None:
    decide(local_ws, "ann", zoo, DECIDED)
    one = run(local_ws, relabel.enqueue(local_ws, "zoo"))
    assert (one["decided"], one["new_items"]) == (DECIDED, COUNT - DECIDED)
    assert one["relabel"] + one["new"] == one["looks"] == 100
    decide(local_ws, "bob", zoo, DECIDED // 2)
    both = run(local_ws, relabel.enqueue(local_ws, "zoo"))
    assert f"{both['relabel']} at decided pictures" in relabel.summary(both)
    with local_ws.db.read() as session:
        lesson = training.read(local_ws, projects.find(session, "zoo").id)
    y = lesson.taught.y
    twice = np.arange(len(y)) % 2 == 0
    given = np.stack([y, np.where(twice, y, MISSING)], axis=1)
    outcomes = [frozenset({class_id}) for class_id in lesson.zero_shot.class_ids]
    kind = suspects.head_kind(local_ws, lesson)
    answers = AnswerTable(given, lesson.taught.items, ["ann", "bob"], outcomes)
    scores, _ = relabel.scores(lesson, kind, answers, lesson.taught.X[:5])
    assert scores[twice].mean() > scores[~twice].mean()


def test_a_lead_lets_decided_pictures_come_to_somebody_else(
    local_ws: Workspace, zoo: dict[str, str]
) -> None:
    projects_.configure(local_ws, "zoo", review=NO_CHECKS)
    decide(local_ws, "ann", zoo, DECIDED)
    told = run(local_ws, job := relabel.enqueue(local_ws, "zoo"))
    assert len(told["items"]) == len(told["scores"]) == told["relabel"] > 0
    assert told["scores"] == sorted(told["scores"])
    lead = accounts.local_user(local_ws)
    assert relabel.hand_out(local_ws, lead, "zoo", job) == told["relabel"]
    assert relabel.hand_out(local_ws, lead, "zoo", job) == 0, "done again it opens nothing new"
    ann, bob = (accounts.user(local_ws, name).id for name in ("ann", "bob"))
    assert not set(told["items"]) & {
        one["item"] for one in review.queue(local_ws, ann, "zoo", 200, client="a")["items"]
    }
    review.release(local_ws, ann, "zoo", "a")
    offered = review.queue(local_ws, bob, "zoo", 200, client="b")["items"]
    again = [one for one in offered if one["item"] in told["items"]]
    assert len(again) == told["relabel"]
    assert all(one["blind"] and one["purpose"] == "overlap" for one in again), "as any second look"
    same, other = again[0]["item"], again[1]["item"]
    with local_ws.db.read() as session:
        held = decisions.labels(session, projects.find(session, "zoo").id)
        names = projects.class_names(session, projects.find(session, "zoo").id)
    given = {same: names[held[same][0]], other: "9" if names[held[other][0]] != "9" else "8"}
    acts = [
        {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
        for item, label in given.items()
    ]
    assert review.decide(local_ws, bob, "zoo", acts)["rejected"] == []
    with local_ws.db.read() as session:
        states = {item: session.get_one(Item, item).state for item in given}
    assert states == {same: "verified", other: "disputed"}
    assert agreement.of_project(local_ws, "zoo")["items"] == 0, "chosen looks are no draw"
    assert figures.of_project(local_ws, "zoo")["human_error"] is None


def test_advice_is_acted_on_by_a_lead_where_somebody_else_is_there(
    local_ws: Workspace, zoo: dict[str, str]
) -> None:
    lead = accounts.local_user(local_ws)
    assert review.queue(local_ws, lead, "zoo", 1)["items"]
    job = relabel.enqueue(local_ws, "zoo")
    run(local_ws, job)
    with pytest.raises(InputError, match="one person alone"):
        relabel.hand_out(local_ws, lead, "zoo", job)
    with pytest.raises(ForbiddenError):
        relabel.hand_out(local_ws, accounts.user(local_ws, "ann").id, "zoo", job)
    with pytest.raises(NotFoundError, match="no advice"):
        relabel.hand_out(local_ws, lead, "zoo", new_id())


def test_where_pictures_have_several_labels_the_least_sure_class_counts(
    local_ws: Workspace, tmp_path: Path
) -> None:
    zoo = digits(local_ws, tmp_path / "many", COUNT, {"overlap_share": 1.0}, mode="multi")
    decide(local_ws, "ann", zoo, DECIDED)
    decide(local_ws, "bob", zoo, DECIDED // 2)
    told = run(local_ws, relabel.enqueue(local_ws, "zoo"))
    assert told["decided"] + told["new_items"] == COUNT
    assert told["relabel"] + told["new"] == told["looks"] == 100
    with local_ws.db.read() as session:
        lesson = training.read(local_ws, projects.find(session, "zoo").id)
    digit = lesson.taught.y.argmax(axis=1)
    class_ids = lesson.zero_shot.class_ids
    sets = [frozenset({class_id}) for class_id in class_ids]
    sets += [frozenset({class_id, class_ids[0]}) for class_id in class_ids]
    agreeing = np.stack([digit, digit], axis=1)
    differing = agreeing.copy()
    few = np.flatnonzero(digit != 0)[:5]
    differing[few, 1] += len(class_ids)
    kind = suspects.head_kind(local_ws, lesson)
    before, after = (
        relabel.scores(
            lesson,
            kind,
            AnswerTable(given, lesson.taught.items, ["ann", "bob"], sets),
            lesson.taught.X[:5],
        )[0]
        for given in (agreeing, differing)
    )
    assert (after[few] < before[few]).all()
    assert ((after >= 0) & (after <= 1)).all()


def test_only_a_lead_asks_and_only_where_there_are_proposals(local_ws: Workspace) -> None:
    create(local_ws, "many", mode="multi")
    with pytest.raises(InputError, match="no proposals"):
        relabel.enqueue(local_ws, "many")
    with pytest.raises(ForbiddenError):
        relabel.ask(local_ws, accounts.user(local_ws, "ann").id, "many")
