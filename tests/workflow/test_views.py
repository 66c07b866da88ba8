"""The advice between the two views: from what it is worked out, and to whom it is told."""

import random
from typing import Any

import pytest

from db.tables import (
    Assignment,
    Class,
    Head,
    Item,
    Project,
    Proposal,
    QueueEntry,
    Run,
)
from labeling.selection.views import DRAWN
from labeling.workflows import grid, review, views
from labeling.workspace import Workspace
from tests.rows import Seeded, propose, seed
from tests.workflow.test_grid import audit, change, decide, group
from tests.workflow.test_review import act

COUNT = 100


def sure(ws: Workspace, seeded: Seeded, score: float = 0.8) -> Seeded:
    """Let the head be so sure of each proposal (cat, else dog)."""
    top = [[seeded.classes["cat"], score], [seeded.classes["dog"], 1 - score]]
    change(ws, Proposal, Proposal.item_id.in_(seeded.items), score=score, top=top)
    return seeded


def refit(ws: Workspace, seeded: Seeded, labels: int = 200) -> None:
    """Compare the views as the end of a refit on so many labels does."""

    def work(session) -> Head:
        run = session.get_one(Project, seeded.id).run_id
        model = session.get_one(Run, run).model_id
        head = Head(project_id=seeded.id, model_id=model, kind="lda", labels=labels, seq=labels)
        head.sha256, head.weights = "0" * 64, b""
        session.add(head)
        session.flush()
        return head

    head = ws.db.write(work)
    for _ in views.store(ws, seeded.id, head):
        pass


def advice(ws: Workspace, seeded: Seeded) -> dict[str, Any] | None:
    return review.queue(ws, seeded.people["ann"], seeded.name, limit=1)["advice"]


def test_sure_proposals_make_the_grid_pay_more(ws: Workspace) -> None:
    seeded = sure(ws, seed(ws.db, COUNT))
    assert advice(ws, seeded) is None
    refit(ws, seeded)
    expected = {"label": "cat", "pictures": COUNT, "limit": COUNT, "wrong": pytest.approx(20)}
    assert advice(ws, seeded) == expected


def test_one_page_is_advised_at_a_time(ws: Workspace) -> None:
    seeded = sure(ws, seed(ws.db, 250))
    refit(ws, seeded)
    assert advice(ws, seeded) == {
        "label": "cat",
        "pictures": 240,
        "limit": 240,
        "wrong": pytest.approx(48),
    }


def at_random(ws: Workspace, seeded: Seeded, limit: int = DRAWN) -> list[dict[str, Any]]:
    page = grid.page(ws, seeded.people["ann"], seeded.name, "sure_at_random", limit=limit)
    assert page["label"] == "sure_at_random"
    return page["items"]


def shuffle(ws: Workspace, seeded: Seeded) -> list[str]:
    """Give the items a random order; their ids in it."""
    order = random.Random(0).sample(seeded.items, len(seeded.items))
    for place, item in enumerate(order):
        change(ws, Item, Item.id == item, random_rank=place / len(order))
    return order


def test_sure_pictures_at_random_come_first_where_they_give_many_labels_an_action(
    ws: Workspace,
) -> None:
    seeded = sure(ws, seed(ws.db, 300), 0.98)
    dogs, none, unsure = seeded.items[:50], seeded.items[50:60], seeded.items[60:70]
    change(ws, Proposal, Proposal.item_id.in_(dogs), class_id=seeded.classes["dog"])
    top = [[seeded.classes["cat"], 0.02]]
    change(
        ws, Proposal, Proposal.item_id.in_(none), class_id=None, top=top, score=0.02, none_score=0.9
    )
    change(ws, Proposal, Proposal.item_id.in_(unsure), class_id=seeded.classes["bird"], score=0.4)
    order = [item for item in shuffle(ws, seeded) if item not in (*none, *unsure)]
    refit(ws, seeded, 60)
    found = advice(ws, seeded)
    assert found is not None
    assert (found["label"], found["pictures"]) == ("sure_at_random", DRAWN)
    assert found["wrong"] == pytest.approx(4)
    items = at_random(ws, seeded)
    assert {one["item"] for one in items} == set(order[:DRAWN])
    labels = [one["labels"] for one in items]
    assert labels == sorted(labels, key=[["cat"], ["dog"]].index), "class by class"
    assert len({str(one) for one in labels}) == 2


def test_of_unsure_pictures_only_the_surer_ones_are_drawn(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, 300), 0.99)
    change(local_ws, Proposal, Proposal.item_id.in_(seeded.items[:100]), score=0.6)
    top = [[seeded.classes["cat"], 0.6], [seeded.classes["dog"], 0.4]]
    change(local_ws, Proposal, Proposal.item_id.in_(seeded.items[:100]), top=top)
    shuffle(local_ws, seeded)
    refit(local_ws, seeded, 60)
    assert {one["item"] for one in at_random(local_ws, seeded)} == set(seeded.items[100:])


def test_pages_at_random_take_turns_with_the_single_view(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, 300), 0.99)
    refit(local_ws, seeded, 60)
    drawn = at_random(local_ws, seeded, 100)
    page = {"view": "grid", "page": "sure_at_random"}
    decide(local_ws, seeded, "ann", *[act(one["item"], "confirm", "cat", **page) for one in drawn])
    refit(local_ws, seeded, 160)
    assert (advice(local_ws, seeded) or {})["label"] == "cat", "of one class, from 120 labels on"
    left = [item for item in seeded.items if item not in {one["item"] for one in drawn}]
    decide(local_ws, seeded, "ann", *[act(item, "confirm", "cat") for item in left[:19]])
    refit(local_ws, seeded, 179)
    assert (advice(local_ws, seeded) or {})["label"] == "cat"
    decide(local_ws, seeded, "ann", act(left[19], "confirm", "cat"))
    refit(local_ws, seeded, 180)
    assert (advice(local_ws, seeded) or {})["label"] == "sure_at_random"


def test_where_no_page_at_random_was_advised_the_surest_come_instead(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT), 0.98)
    page = grid.page(local_ws, seeded.people["ann"], seeded.name, "sure_at_random", limit=20)
    assert (page["label"], len(page["items"])) == ("surest_of_each", 20)


def test_a_class_that_is_gone_is_asked_about_on_no_page_at_random(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT), 0.99)
    dogs = seeded.items[:50]
    change(local_ws, Proposal, Proposal.item_id.in_(dogs), class_id=seeded.classes["dog"])
    refit(local_ws, seeded, 60)
    change(local_ws, Class, Class.id == seeded.classes["dog"], active=False)
    assert {one["item"] for one in at_random(local_ws, seeded)} == set(seeded.items[50:])
    refit(local_ws, seeded, 60)
    assert (advice(local_ws, seeded) or {})["pictures"] == 50


@pytest.mark.parametrize(("sure_ones", "label"), [(59, None), (60, "sure_at_random")])
def test_pages_at_random_need_a_fifth_of_the_open_pictures_to_be_sure(
    local_ws: Workspace, sure_ones: int, label: str | None
) -> None:
    seeded = sure(local_ws, seed(local_ws.db, 300), 0.99)
    change(local_ws, Proposal, Proposal.item_id.in_(seeded.items[sure_ones:]), score=0.4)
    refit(local_ws, seeded, 60)
    assert (advice(local_ws, seeded) or {"label": None})["label"] == label


def test_labels_of_pages_at_random_open_pages_of_a_class_only_where_these_give_many(
    local_ws: Workspace,
) -> None:
    seeded = sure(local_ws, seed(local_ws.db, 250), 0.8)
    page = {"view": "grid", "page": "sure_at_random"}
    drawn = seeded.items[:100]
    decide(local_ws, seeded, "ann", *[act(item, "confirm", "cat", **page) for item in drawn])
    refit(local_ws, seeded, 130)
    assert advice(local_ws, seeded) is None, "30 errors among 150 are 33 actions"
    refit(local_ws, seeded, 220)
    assert (advice(local_ws, seeded) or {})["label"] == "cat"


@pytest.mark.parametrize(("pictures", "label"), [(19, None), (20, "sure_at_random")])
def test_few_sure_pictures_are_no_page(
    local_ws: Workspace, pictures: int, label: str | None
) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT), 0.99)
    change(local_ws, Proposal, Proposal.item_id.in_(seeded.items[pictures:]), score=0.4)
    refit(local_ws, seeded, 60)
    assert (advice(local_ws, seeded) or {"label": None})["label"] == label


@pytest.mark.parametrize(("score", "labels"), [(0.2, 200), (0.8, 119), (0.98, 39)])
def test_the_grid_is_not_advised_while_the_head_is_unsure_or_has_seen_little(
    local_ws: Workspace, score: float, labels: int
) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT), score)
    refit(local_ws, seeded, labels)
    assert advice(local_ws, seeded) is None


def test_the_grid_is_not_advised_while_the_head_learns(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT), 0.2)
    refit(local_ws, seeded, 140)
    sure(local_ws, seeded)
    refit(local_ws, seeded)
    assert advice(local_ws, seeded) is None, "60 errors less by 60 labels"
    refit(local_ws, seeded, 261)
    assert advice(local_ws, seeded) is not None


def test_what_is_looked_at_blind_is_not_counted(ws: Workspace) -> None:
    seeded = sure(ws, seed(ws.db, COUNT))
    for item in seeded.items[:10]:
        audit(ws, seeded, item)
    group(ws, seeded, seeded.items[9:12])
    refit(ws, seeded)
    assert advice(ws, seeded) == {
        "label": "cat",
        "pictures": 88,
        "limit": 88,
        "wrong": pytest.approx(17.6),
    }


def test_what_is_decided_skipped_or_assigned_is_not_counted(ws: Workspace) -> None:
    seeded = sure(ws, seed(ws.db, COUNT))
    first, second, *rest = seeded.items
    decide(ws, seeded, "ann", act(first, "confirm", "cat"), act(second, "skip"))
    change(ws, QueueEntry, QueueEntry.item_id.in_(rest[:3]), assignee_id=seeded.people["bob"])
    refit(ws, seeded)
    assert advice(ws, seeded) == {
        "label": "cat",
        "pictures": 95,
        "limit": 95,
        "wrong": pytest.approx(19),
    }


def test_what_somebody_holds_just_now_is_counted(ws: Workspace) -> None:
    seeded = sure(ws, seed(ws.db, COUNT))
    review.queue(ws, seeded.people["bob"], seeded.name, limit=COUNT, client="tab")
    refit(ws, seeded)
    found = advice(ws, seeded)
    assert found is not None
    assert found["pictures"] == COUNT


def test_advice_ends_with_the_proposals_or_the_class_that_it_was_about(ws: Workspace) -> None:
    seeded = sure(ws, seed(ws.db, COUNT))
    refit(ws, seeded)
    change(ws, Class, Class.id == seeded.classes["cat"], active=False)
    assert advice(ws, seeded) is None
    change(ws, Class, Class.id == seeded.classes["cat"], active=True)
    assert advice(ws, seeded) is not None
    ids = list(seeded.classes.values())
    ws.db.write(lambda s: propose(s, s.get_one(Project, seeded.id), seeded.items, ids))
    assert advice(ws, seeded) is None


def test_an_assignment_of_all_leaves_nothing_to_advise(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT, queued=False))
    row = Assignment(project_id=seeded.id, user_id=seeded.people["bob"], priority=1)
    local_ws.db.write(lambda session: session.add(row))
    refit(local_ws, seeded)
    assert advice(local_ws, seeded) is None


def test_projects_with_several_labels_a_picture_get_no_advice(local_ws: Workspace) -> None:
    seeded = sure(local_ws, seed(local_ws.db, COUNT, mode="multi"))
    refit(local_ws, seeded)
    assert advice(local_ws, seeded) is None
