"""Differing answers weighed by people and the head, and which way a project goes by."""

from pathlib import Path

import pytest

from db import decisions
from db.ids import new_id
from labeling.errors import ForbiddenError, InputError
from labeling.quality.answer_table import tabulate
from labeling.workflows import accounts, consensus, crowdlab, jobs, projects, review, second_look
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import create, digits, run

pytestmark = pytest.mark.slow

COUNT = 60
EVERY = 4
WRONG_AT = {"ann": 2, "bob": 0}
BLIND_TWICE = NO_CHECKS | {"overlap_share": 1.0}


@pytest.fixture
def truth(local_ws: Workspace, tmp_path: Path) -> dict[str, str]:
    """Digits, each fourth answered wrongly by ann, and another fourth by bob; labels by item id."""
    chosen = digits(local_ws, tmp_path / "pictures", COUNT, BLIND_TWICE)
    return answered(local_ws, chosen)


def answered(ws: Workspace, chosen: dict[str, str]) -> dict[str, str]:
    """Let ann and bob answer, each wrong where the other is right; labels by item id."""
    found: dict[str, str] = {}
    for person in ("ann", "bob"):
        user = accounts.user(ws, person).id
        waiting = review.queue(ws, user, "zoo", 200, client=person)["items"]
        acts = []
        for one in waiting:
            path = next(path for path in chosen if one["source"].endswith(path))
            label = found.setdefault(one["item"], chosen[path])
            place = list(found).index(one["item"])
            if place % EVERY == WRONG_AT[person]:
                label = str((int(label) + 1) % 10)
            acts.append({"id": new_id(), "item": one["item"], "kind": "correct", "labels": [label]})
        assert review.decide(ws, user, "zoo", acts)["rejected"] == []
    return found


def weigh(ws: Workspace) -> dict:
    lead = accounts.local_user(ws)
    crowdlab.ask(ws, lead, "zoo")
    [job] = [one for one in jobs.recent(ws, "zoo", kind=crowdlab.KIND) if one["state"] == "queued"]
    return run_to_end(ws, job["id"], lambda _job: None).result


def test_people_and_head_are_weighed_and_the_project_says_which_counts(
    local_ws: Workspace, truth: dict[str, str]
) -> None:
    doubted = [row["item"] for row in second_look.waiting(local_ws, "zoo")]
    assert len(doubted) == COUNT // 2
    known = consensus.annotators(local_ws, "zoo")
    assert crowdlab.told(local_ws, "zoo") is None
    alone = crowdlab.of_items(local_ws, "zoo", doubted, known)
    assert alone == consensus.of_items(local_ws, "zoo", doubted, known)
    told = weigh(local_ws)
    assert (set(told["items"]), told["check"]) == (set(doubted), None)
    assert "no reviewer has settled" in crowdlab.summary(told)
    assert crowdlab.of_items(local_ws, "zoo", doubted, known) == alone, "nothing shows it helps"
    projects.configure(local_ws, "zoo", review={"consensus": "crowdlab"})
    both = crowdlab.of_items(local_ws, "zoo", doubted, known)
    right = sum(both[item]["labels"] == [truth[item]] for item in doubted)
    assert right >= 0.8 * len(doubted), "the head knows digits, so it tells who is right"
    assert all("CROWDLAB" in one["method"] and one["answers"] == 2 for one in both.values())
    assert crowdlab.told(local_ws, "zoo")["used"]
    projects.configure(local_ws, "zoo", review={"consensus": "people"})
    assert crowdlab.of_items(local_ws, "zoo", doubted, known) == alone
    assert set(review.counts(local_ws, "zoo")["by_state"]) == {"verified", "disputed"}


def test_what_reviewers_settle_tells_which_way_is_better(
    local_ws: Workspace, truth: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.quality.brier_check.LEAST", 8)
    doubted = [row["item"] for row in second_look.waiting(local_ws, "zoo")]
    lead = accounts.local_user(local_ws)
    for item in doubted[:-3]:
        with local_ws.db.read() as session:
            seen = decisions.log(session, item)[-1].seq
        second_look.settle(local_ws, lead, "zoo", item, [truth[item]], seen=seen)
    told = weigh(local_ws)
    assert set(told["items"]) == set(doubted[-3:])
    assert told["check"]["n"] == len(doubted) - 3
    assert told["check"]["other_brier"] < told["check"]["one_brier"]
    assert told["check"]["better"]
    known = consensus.annotators(local_ws, "zoo")
    left = doubted[-3:]
    assert all(
        "CROWDLAB" in one["method"]
        for one in crowdlab.of_items(local_ws, "zoo", left, known).values()
    ), "left to itself the project goes by what was better"
    cem = accounts.user(local_ws, "cem").id
    late = {"id": new_id(), "item": left[0], "kind": "correct", "labels": [truth[left[0]]]}
    assert review.decide(local_ws, cem, "zoo", [late])["rejected"] == []
    again = crowdlab.of_items(local_ws, "zoo", left, known)
    assert "CROWDLAB" not in again[left[0]]["method"], "somebody has answered since"


def test_where_nobody_ever_agreed_nothing_is_weighed(
    local_ws: Workspace, truth: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert truth
    monkeypatch.setattr(crowdlab.agreement, "independent", lambda _session, _project: tabulate([]))
    assert (weigh(local_ws)["items"], crowdlab.told(local_ws, "zoo")["differing"]) == ({}, 0)


def test_learning_weighs_what_differs(local_ws: Workspace, truth: dict[str, str]) -> None:
    from labeling.workflows import learn

    assert truth
    run(local_ws, learn.enqueue(local_ws, "zoo"))
    waiting = jobs.recent(local_ws, "zoo", kind=crowdlab.KIND)
    assert [one["state"] for one in waiting] == ["queued"]


def test_where_pictures_have_several_labels_each_class_is_weighed(
    local_ws: Workspace, tmp_path: Path
) -> None:
    chosen = digits(local_ws, tmp_path / "many", COUNT, BLIND_TWICE, mode="multi")
    truth = answered(local_ws, chosen)
    doubted = [row["item"] for row in second_look.waiting(local_ws, "zoo")]
    assert set(weigh(local_ws)["items"]) == set(doubted)
    projects.configure(local_ws, "zoo", review={"consensus": "crowdlab"})
    known = consensus.annotators(local_ws, "zoo")
    both = crowdlab.of_items(local_ws, "zoo", doubted, known)
    right = sum(both[item]["labels"] == [truth[item]] for item in doubted)
    assert right >= 0.6 * len(doubted), "the head knows digits, so it tells who is right"
    assert all("CROWDLAB" in one["method"] and 0 < one["confidence"] < 1 for one in both.values())


def test_only_a_reviewer_asks_and_only_where_there_are_proposals(local_ws: Workspace) -> None:
    create(local_ws, "many", mode="multi")
    with pytest.raises(InputError, match="no proposals"):
        crowdlab.ask(local_ws, accounts.local_user(local_ws), "many")
    with pytest.raises(ForbiddenError):
        crowdlab.ask(local_ws, accounts.user(local_ws, "ann").id, "many")
