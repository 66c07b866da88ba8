"""Advice how to divide the next looks between decided pictures and new ones."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from db import projects
from labeling.errors import ForbiddenError, InputError
from labeling.quality.kappa import MISSING
from labeling.samples.catalogue import load
from labeling.workflows import accounts, relabel, review, suspects, training
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, prelabel_, run

DIGITS = ",".join("0123456789")
COUNT = 120
DECIDED = 60


def test_the_lowest_scores_are_divided_and_a_sample_stands_for_all() -> None:
    labelled, new = np.linspace(0, 1, 50), np.linspace(0, 1, 10)
    found = relabel.advise(labelled, new, 10)
    assert (found.looks, found.relabel, found.new) == (60, 50, 10), "no more than there are"
    found = relabel.advise(labelled, new, 1_000)
    assert (found.looks, found.relabel, found.new) == (100, 1, 99)
    assert relabel.advise(labelled, new + 2, 1_000).relabel == 50
    assert relabel.advise(labelled + 2, new, 1_000).relabel == 0


@pytest.fixture
def zoo(local_ws: Workspace, tmp_path: Path) -> dict[str, str]:
    """Digits, each of which goes to a second person; labels by the path of the picture."""
    sample = load("digits")
    shown = {path: labels[0] for path, labels in sample.labels().items() if labels}
    chosen = dict(list(shown.items())[:COUNT])
    with zipfile.ZipFile(sample.pictures) as archive:
        for path in chosen:
            archive.extract(path, tmp_path / "pictures")
    create(local_ws, classes=DIGITS, review={"overlap_share": 1.0})
    import_(local_ws, "zoo", tmp_path / "pictures")
    prelabel_(local_ws, "zoo")
    return chosen


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
    answers = np.stack([y, np.where(twice, y, MISSING)], axis=1)
    kind = suspects.head_kind(local_ws, lesson)
    scores, _ = relabel.scores(lesson, kind, answers, lesson.taught.X[:5])
    assert scores[twice].mean() > scores[~twice].mean()


def test_only_a_lead_asks_and_only_of_single_labels(local_ws: Workspace) -> None:
    create(local_ws, "many", mode="multi")
    with pytest.raises(InputError, match="several labels"):
        relabel.enqueue(local_ws, "many")
    with pytest.raises(ForbiddenError):
        relabel.ask(local_ws, accounts.user(local_ws, "ann").id, "many")
