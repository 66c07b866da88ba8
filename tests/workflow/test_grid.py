"""The grid: what it offers, to whom, in which order, and what it must never tell."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from db.tables import (
    Alike,
    Assignment,
    AuditDraw,
    DuplicateGroup,
    Item,
    Proposal,
    Purpose,
    QueueEntry,
    utc_now,
)
from labeling.errors import InputError
from labeling.selection.views import OPENING
from labeling.workflows import grid, grid_stacks, projects, review
from labeling.workflows.desk import LEASE
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed
from tests.workflow.test_review import act


def page(ws: Workspace, seeded: Seeded, person: str, label: str | None = "cat", **asked) -> dict:
    asked = {"client": f"tab of {person}"} | asked
    return grid.page(ws, seeded.people[person], seeded.name, label, **asked)


def shown(answer: dict) -> list[str]:
    return [item["item"] for item in answer["items"]]


def offered(answer: dict) -> set[str]:
    """Everything that a page lets somebody decide, what is inside stacks too."""
    return {one["item"] for item in answer["items"] for one in (item, *item["stack"])}


def change(ws: Workspace, table, where, **values) -> None:
    ws.db.write(lambda s: s.execute(update(table).where(where).values(**values)))


def score(ws: Workspace, item: str, value: float, **more) -> None:
    change(ws, Proposal, Proposal.item_id == item, score=value, **more)


def group(ws: Workspace, seeded: Seeded, items: Iterable[str], name: str = "g") -> None:
    def work(session) -> None:
        row = DuplicateGroup(project_id=seeded.id, method="test")
        session.add(row)
        session.flush()
        chosen = update(Item).where(Item.id.in_(list(items)))
        session.execute(chosen.values(duplicate_group_id=row.id))

    ws.db.write(work)


def looking_alike(ws: Workspace, seeded: Seeded, items: Iterable[str], stacked=True) -> None:
    """Put items into one group of those that look alike, and stack such groups."""

    def work(session) -> None:
        row = DuplicateGroup(project_id=seeded.id, method="cosine>=0.99/test")
        session.add(row)
        session.flush()
        session.add_all(Alike(item_id=item, group_id=row.id) for item in items)

    ws.db.write(work)
    projects.configure(ws, seeded.name, review={"alike_stacks": stacked})


def audit(ws: Workspace, seeded: Seeded, item: str) -> None:
    """Draw an item for blind audit, as the end of an import does."""

    def work(session) -> None:
        batch = session.get_one(Item, item).batch_id
        drawn = {"probability": 0.1, "frame_size": 10, "draw_size": 1, "seed": 1}
        row = AuditDraw(project_id=seeded.id, item_id=item, batch_id=batch, **drawn)
        session.add(row)
        entry = session.get(QueueEntry, (seeded.id, item, 0))
        if entry:
            entry.purpose = Purpose.AUDIT

    ws.db.write(work)


def later(ws: Workspace, minutes: float) -> Workspace:
    return replace(ws, clock=lambda: utc_now() + timedelta(minutes=minutes))


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> dict:
    answer = review.decide(ws, seeded.people[person], seeded.name, acts)
    assert not answer["rejected"], answer
    return answer


def test_the_most_certain_or_the_most_suspicious_come_first(ws: Workspace) -> None:
    seeded = seed(ws.db, 5)
    for item, value in zip(seeded.items, (0.5, 0.9, 0.7, 0.6, 0.8), strict=True):
        score(ws, item, value)
    best = page(ws, seeded, "ann", limit=3)
    assert [item["score"] for item in best["items"]] == [0.9, 0.8, 0.7]
    worst = page(ws, seeded, "ann", limit=3, order="suspicious")
    assert [item["score"] for item in worst["items"]] == [0.5, 0.6, 0.7]
    first = worst["items"][0]
    assert (first["width"], first["height"], len(first["sha"])) == (28, 28, 64)
    assert (first["labels"], first["margin"], first["stack"]) == (["cat"], 0.3, [])
    assert [p["label"] for p in first["proposals"]] == ["cat", "dog", "bird"]


def test_nothing_is_offered_to_two_people(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    ann = offered(page(ws, seeded, "ann", limit=4))
    bob = offered(page(ws, seeded, "bob", limit=4))
    assert len(ann) == 4
    assert bob == set(seeded.items) - ann
    assert page(ws, seeded, "cem")["items"] == []
    single = review.queue(ws, seeded.people["cem"], seeded.name, client="tab")
    assert single["items"] == []


def test_what_the_single_view_has_is_not_in_the_grid(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    single = review.queue(ws, seeded.people["bob"], seeded.name, 2, client="tab")
    taken = {item["item"] for item in single["items"]}
    assert offered(page(ws, seeded, "ann")) == set(seeded.items) - taken


def test_a_lease_that_ran_out_goes_to_somebody_else(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    page(ws, seeded, "ann")
    minutes = LEASE.total_seconds() / 60
    assert page(later(ws, minutes - 1), seeded, "bob")["items"] == []
    assert offered(page(later(ws, minutes + 1), seeded, "bob")) == set(seeded.items)


def test_what_a_tab_no_longer_shows_goes_back_at_once(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    first = shown(page(ws, seeded, "ann", limit=2))
    second = shown(page(ws, seeded, "ann", limit=2, held=first))
    assert not set(first) & set(second)
    assert len(offered(page(ws, seeded, "bob", limit=6))) == 2
    page(ws, seeded, "ann", label="dog", held=second)
    assert offered(page(ws, seeded, "cem", limit=6)) == set(first)


def test_what_the_single_view_of_a_tab_had_goes_back_when_its_grid_comes(ws: Workspace) -> None:
    seeded = seed(ws.db, 6, review=NO_CHECKS | {"overlap_share": 1.0})
    first, *_ = seeded.items
    decide(ws, seeded, "bob", act(first))
    asked = {"limit": 6, "client": "tab of ann"}
    single = review.queue(ws, seeded.people["ann"], seeded.name, **asked)
    assert {one["purpose"] for one in single["items"]} == {"work", "overlap"}
    assert len(shown(page(ws, seeded, "ann", limit=2))) == 2
    left = review.queue(ws, seeded.people["cem"], seeded.name, limit=6, client="tab of cem")
    assert len(left["items"]) == 4, "three first looks and the further one"
    assert first in shown(left)


def test_another_tab_of_the_same_person_takes_over_when_nothing_else_is_left(
    ws: Workspace,
) -> None:
    seeded = seed(ws.db, 4)
    first = shown(page(ws, seeded, "ann", limit=2, client="one"))
    second = shown(page(ws, seeded, "ann", limit=2, client="two"))
    assert not set(first) & set(second)
    assert set(shown(page(ws, seeded, "ann", limit=4, client="two"))) == set(seeded.items)


def test_what_is_not_ranked_is_offered_too_and_stays_in_the_queue(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    gone = delete(QueueEntry).where(QueueEntry.item_id.in_(seeded.items[2:]))
    ws.db.write(lambda session: session.execute(gone))
    assert offered(page(ws, seeded, "ann")) == set(seeded.items)
    page(ws, seeded, "ann", label="dog")
    queue = review.queue(ws, seeded.people["bob"], seeded.name, client="tab")["items"]
    assert [item["item"] for item in queue] == seeded.items


def test_near_duplicates_come_as_one_stack(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    one, two, three, *rest = seeded.items
    group(ws, seeded, [one, two, three])
    score(ws, two, 0.9)
    score(ws, three, 0.2, class_id=seeded.classes["dog"])
    answer = page(ws, seeded, "ann", limit=2)
    first, second = answer["items"]
    assert first["item"] == two
    assert [(s["item"], s["labels"]) for s in first["stack"]] == [(one, ["cat"]), (three, ["dog"])]
    assert second["item"] in rest
    assert offered(page(ws, seeded, "bob", label="dog")) == set()


def test_a_stack_leaves_out_what_is_decided_or_with_somebody_else(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    one, two, three, four = seeded.items
    group(ws, seeded, seeded.items)
    decide(ws, seeded, "bob", act(four))
    review.queue(ws, seeded.people["bob"], seeded.name, 1, client="tab")
    (stack,) = page(ws, seeded, "ann")["items"]
    assert (stack["item"], [s["item"] for s in stack["stack"]]) == (two, [three])
    assert one not in offered(page(ws, seeded, "cem"))


def test_what_looks_alike_is_stacked_where_the_project_says_so(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    one, two, three, four, *rest = seeded.items
    looking_alike(ws, seeded, [one, two, three, four], stacked=False)
    score(ws, two, 0.9)
    score(ws, four, 0.9, class_id=seeded.classes["dog"])
    plain = page(ws, seeded, "ann")
    assert all(item["stack"] == [] for item in plain["items"])
    projects.configure(ws, seeded.name, review={"alike_stacks": True})
    first, *others = page(ws, seeded, "ann")["items"]
    assert first["item"] == two
    assert [(mate["item"], mate["alike"]) for mate in first["stack"]] == [
        (one, True),
        (three, True),
    ]
    assert {item["item"] for item in others} == set(rest)
    assert shown(page(ws, seeded, "ann", "dog")) == [four], "something else is proposed for it"


def test_a_stack_tells_the_same_picture_from_what_looks_alike(ws: Workspace) -> None:
    seeded = seed(ws.db, 5)
    one, same, alike, its_same, rest = seeded.items
    group(ws, seeded, [one, same])
    group(ws, seeded, [alike, its_same])
    looking_alike(ws, seeded, [one, alike])
    score(ws, one, 0.95)
    score(ws, its_same, 0.3)
    stacked = {item["item"]: item["stack"] for item in page(ws, seeded, "ann")["items"]}
    assert set(stacked) == {one, its_same, rest}, "each item comes once"
    assert [(mate["item"], mate["alike"]) for mate in stacked[one]] == [
        (same, False),
        (alike, True),
    ]
    assert stacked[its_same] == []


def test_an_audit_item_is_in_no_stack_of_what_looks_alike(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    drawn, near, other, rest = seeded.items
    group(ws, seeded, [drawn, near])
    looking_alike(ws, seeded, [drawn, near, other])
    audit(ws, seeded, drawn)
    assert offered(page(ws, seeded, "ann")) == {other, rest}
    decide(ws, seeded, "bob", act(drawn, "correct", "dog"))
    again = page(ws, seeded, "ann")
    assert offered(again) == {near, other, rest}


def test_several_labels_stack_only_where_the_same_set_is_proposed(ws: Workspace) -> None:
    seeded = seed(ws.db, 3, mode="multi")
    cat, dog, bird = seeded.classes.values()
    both, alone = [[cat, 0.9], [dog, 0.8], [bird, 0.1]], [[cat, 0.9], [dog, 0.2], [bird, 0.1]]
    for item, top in zip(seeded.items, (both, both, alone), strict=True):
        score(ws, item, 0.9, class_id=cat, top=top)
    looking_alike(ws, seeded, seeded.items)
    (stack,) = page(ws, seeded, "ann", "cat|dog")["items"]
    assert [mate["item"] for mate in stack["stack"]] == [seeded.items[1]]
    assert page(ws, seeded, "ann", "cat")["items"][0]["stack"] == []


def test_a_page_is_bounded_with_all_its_stacks(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded = seed(ws.db, 12)
    monkeypatch.setattr(grid_stacks, "MAX_STACK", 4)
    monkeypatch.setattr(grid_stacks, "MAX_ITEMS", 5)
    group(ws, seeded, seeded.items[:10])
    answer = page(ws, seeded, "ann", limit=10)
    assert [len(item["stack"]) for item in answer["items"]] == [3, 0]


def test_an_audit_item_and_its_group_stay_out_until_it_is_decided(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    drawn, near, *rest = seeded.items
    group(ws, seeded, [drawn, near])
    audit(ws, seeded, drawn)
    answer = page(ws, seeded, "ann")
    assert offered(answer) == set(rest)
    assert answer["waiting"] == len(rest), "a count would tell the proposal as well"
    decide(ws, seeded, "bob", act(drawn, "correct", "dog"))
    assert offered(page(ws, seeded, "ann")) == {near, *rest}


def test_an_audit_decision_that_is_undone_hides_the_group_again(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    drawn, near, *rest = seeded.items
    group(ws, seeded, [drawn, near])
    audit(ws, seeded, drawn)
    first = act(drawn, "correct", "dog")
    decide(ws, seeded, "bob", first)
    decide(ws, seeded, "bob", act(drawn, "undo", None, supersedes=first["id"]))
    assert offered(page(ws, seeded, "ann")) == set(rest)
    assert offered(page(ws, seeded, "bob")) == set()


@pytest.mark.parametrize("queued", [True, False])
def test_assigned_items_come_to_their_person_alone(ws: Workspace, queued: bool) -> None:
    seeded = seed(ws.db, 3, queued=queued)
    bob = seeded.people["bob"]
    row = Assignment(project_id=seeded.id, user_id=bob, class_id=seeded.classes["cat"])
    ws.db.write(lambda session: session.add(row))
    if queued:
        change(ws, QueueEntry, QueueEntry.project_id == seeded.id, assignee_id=bob)
    assert page(ws, seeded, "ann")["items"] == []
    assert page(ws, seeded, "ann")["waiting"] == 0
    assert offered(page(ws, seeded, "bob")) == set(seeded.items)


def test_an_assignment_that_ended_binds_nobody(ws: Workspace) -> None:
    seeded = seed(ws.db, 2, queued=False)
    row = Assignment(project_id=seeded.id, user_id=seeded.people["bob"], ended_at=utc_now())
    ws.db.write(lambda session: session.add(row))
    assert offered(page(ws, seeded, "ann")) == set(seeded.items)


def test_a_skipped_item_does_not_come_back_into_the_grid(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    skipped = act(seeded.items[0], "skip")
    decide(ws, seeded, "ann", skipped)
    assert offered(page(ws, seeded, "ann")) == set(seeded.items[1:])
    decide(ws, seeded, "ann", act(seeded.items[0], "undo", None, supersedes=skipped["id"]))
    assert offered(page(ws, seeded, "ann")) == set(seeded.items)


def test_an_act_confirmed_and_undone_comes_back(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    items = shown(page(ws, seeded, "ann"))
    acts = [act(item, view="grid", act_id="one act") for item in items]
    decide(ws, seeded, "ann", *acts)
    assert page(ws, seeded, "ann", held=items)["waiting"] == 0
    undo = [act(one["item"], "undo", None, supersedes=one["id"]) for one in acts]
    decide(ws, seeded, "ann", *undo)
    assert offered(page(ws, seeded, "bob")) == set(), "they go to who undid them"
    assert offered(page(ws, seeded, "ann")) == set(items)


def test_none_of_these_is_a_question_like_a_class(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    for item, value in zip(seeded.items[:2], (0.6, 0.9), strict=True):
        score(ws, item, 0.1, class_id=None, none_score=value)
    answer = page(ws, seeded, "ann", "none_of_these")
    assert [(item["score"], item["labels"]) for item in answer["items"]] == [(0.9, []), (0.6, [])]
    waiting = {one["label"]: one["waiting"] for one in answer["labels"]}
    assert waiting == {"cat": 1, "dog": 0, "bird": 0, "none_of_these": 2}


def test_without_a_label_the_largest_question_comes(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    change(ws, Proposal, Proposal.item_id.in_(seeded.items[:2]), class_id=seeded.classes["dog"])
    assert page(ws, seeded, "ann", None)["label"] == "dog"


def test_several_labels_are_asked_about_together(ws: Workspace) -> None:
    seeded = seed(ws.db, 4, mode="multi")
    cat, dog, bird = seeded.classes.values()
    tops = {
        seeded.items[0]: [[dog, 0.9], [cat, 0.8], [bird, 0.1]],
        seeded.items[1]: [[cat, 0.9], [dog, 0.9], [bird, 0.0]],
        seeded.items[2]: [[cat, 0.9], [dog, 0.2], [bird, 0.1]],
        seeded.items[3]: [[cat, 0.2], [dog, 0.2], [bird, 0.1]],
    }
    for item, top in tops.items():
        best = top[0][0] if top[0][1] >= 0.5 else None
        score(ws, item, top[0][1], class_id=best, top=top)
    answer = page(ws, seeded, "ann", "dog|cat")
    waiting = {one["label"]: one["waiting"] for one in answer["labels"]}
    assert waiting == {"cat|dog": 2, "cat": 1, "none_of_these": 1}
    assert answer["label"] == "cat|dog"
    assert shown(answer) == [seeded.items[1], seeded.items[0]]
    assert answer["items"][0]["labels"] == ["cat", "dog"]
    assert [item["score"] for item in answer["items"]] == pytest.approx([0.81, 0.648])
    assert shown(page(ws, seeded, "ann", "cat")) == [seeded.items[2]]


def test_the_measured_error_is_that_of_blind_answers(ws: Workspace) -> None:
    seeded = seed(ws.db, 8)
    for item in seeded.items[:5]:
        audit(ws, seeded, item)
    assert page(ws, seeded, "ann", "dog")["measured"] is None
    for item in seeded.items[:4]:
        decide(ws, seeded, "bob", act(item, "correct"))
    wrong = act(seeded.items[4], "none_of_these")
    decide(ws, seeded, "bob", wrong)
    decide(ws, seeded, "bob", act(seeded.items[5], "none_of_these"))
    measured = page(ws, seeded, "ann")["measured"]
    assert (measured["n"], measured["wrong"], measured["estimate"]) == (5, 1, 0.2)
    assert (measured["low"], measured["high"]) == pytest.approx((0.00505, 0.71642), abs=1e-5)
    assert "blind audit" in measured["method"]
    decide(ws, seeded, "bob", act(wrong["item"], "undo", None, supersedes=wrong["id"]))
    assert page(ws, seeded, "ann")["measured"]["wrong"] == 0


def test_a_class_or_order_that_does_not_exist_is_refused(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    with pytest.raises(InputError, match="horse"):
        page(ws, seeded, "ann", "horse")
    with pytest.raises(InputError, match="sideways"):
        page(ws, seeded, "ann", order="sideways")


def test_a_project_without_proposals_has_an_empty_grid(ws: Workspace) -> None:
    seeded = seed(ws.db, 2, proposed=False)
    answer = page(ws, seeded, "ann", None)
    assert (answer["items"], answer["waiting"], answer["prelabeled"]) == ([], 0, False)


def of_three_classes(ws: Workspace, count: int, **more) -> Seeded:
    """Items proposed as cat, dog and bird in turn, each less sure than the one before."""
    seeded = seed(ws.db, count, **more)
    ids = list(seeded.classes.values())
    for number, item in enumerate(seeded.items):
        score(ws, item, round(0.99 - number / 100, 2), class_id=ids[number % 3])
    return seeded


def test_the_surest_of_each_class_come_class_by_class_while_more_likely_right_than_not(
    ws: Workspace,
) -> None:
    seeded = of_three_classes(ws, 60)
    answer = page(ws, seeded, "ann", "surest_of_each", limit=12, order="suspicious")
    assert (answer["label"], answer["measured"]) == ("surest_of_each", None)
    in_turn = [seeded.items[place::3][:4] for place in range(3)]
    assert shown(answer) == [item for own in in_turn for item in own]
    assert [one["labels"][0] for one in answer["items"]] == ["cat"] * 4 + ["dog"] * 4 + ["bird"] * 4
    rest = page(ws, seeded, "ann", "surest_of_each", limit=240, held=shown(answer))
    assert sorted(offered(rest)) == seeded.items[12:50], "0.49 and below is not sure"


def test_classes_without_pictures_take_no_room_from_the_surest_of_the_others(ws: Workspace) -> None:
    seeded = seed(ws.db, 30)
    assert len(shown(page(ws, seeded, "ann", "surest_of_each", limit=12))) == 12


def test_mates_of_the_surest_are_decided_as_it_is_proposed_and_blind_ones_stay_hidden(
    ws: Workspace,
) -> None:
    seeded = of_three_classes(ws, 12)
    audit(ws, seeded, seeded.items[0])
    dogs, bird = seeded.items[1::3], seeded.items[2]
    looking_alike(ws, seeded, [*dogs[:3], bird])
    answer = page(ws, seeded, "ann", "surest_of_each", limit=240)
    assert seeded.items[0] not in offered(answer)
    mates = {one["item"]: [mate["item"] for mate in one["stack"]] for one in answer["items"]}
    assert mates[dogs[0]] == dogs[1:3], "what looks alike and is proposed as something else waits"
    assert bird not in offered(answer)
    with pytest.raises(InputError, match="single-label"):
        page(ws, seed(ws.db, 4, mode="multi"), "ann", "surest of each")


def test_a_glance_shows_the_surest_of_each_class_and_leases_nothing(ws: Workspace) -> None:
    seeded = of_three_classes(ws, 30)
    told = grid.opening(ws, seeded.people["ann"], seeded.name)
    assert told["pictures"] == 30
    assert [(one["label"], one["score"]) for one in told["shown"]] == [
        ("cat", 0.99),
        ("dog", 0.98),
        ("bird", 0.97),
    ]
    assert len(shown(page(ws, seeded, "bob", "surest_of_each", limit=30))) == 30
    assert grid.opening(ws, seeded.people["ann"], seeded.name)["pictures"] == 0, "bob has them all"


@pytest.mark.parametrize("mode", ["single", "multi"])
def test_there_is_no_glance_where_few_are_sure_much_is_decided_or_labels_are_several(
    ws: Workspace, mode: str
) -> None:
    nothing = {"pictures": 0, "limit": OPENING, "shown": []}
    few = of_three_classes(ws, 19, mode=mode)
    assert grid.opening(ws, few.people["ann"], few.name) == nothing
    many = of_three_classes(ws, 50, mode=mode)
    assert bool(grid.opening(ws, many.people["ann"], many.name)["pictures"]) == (mode == "single")
    decide(ws, many, "ann", *(act(item, "correct", "dog") for item in many.items[:20]))
    assert grid.opening(ws, many.people["ann"], many.name) == nothing
