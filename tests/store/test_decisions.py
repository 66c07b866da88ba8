"""What the decision log says, and that what is stored can be checked and rebuilt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from db import decisions, projects
from db.derive import derive, standing_of
from db.engine import Database
from db.ids import new_id
from db.tables import Decision, DecisionKind, Item, ItemLabel, ItemState, Standing
from tests.rows import propose, seed

KINDS = [kind for kind in DecisionKind if kind not in (DecisionKind.UNDO, DecisionKind.WITHDRAW)]


def decision(seq: int, kind: str, user: str = "ann", **given) -> Decision:
    row = {"labels": [], "standing": Standing.IN_FORCE, "supersedes": None} | given
    return Decision(seq=seq, id=f"d{seq}", user_id=user, kind=kind, **row)


@st.composite
def logs(draw) -> list[Decision]:
    log: list[Decision] = []
    for seq in range(draw(st.integers(0, 8))):
        user = draw(st.sampled_from(["ann", "bob"]))
        if log and draw(st.booleans()):
            target = draw(st.sampled_from(log)).id
            log.append(decision(seq, DecisionKind.UNDO, user, supersedes=target))
        else:
            kind, standing = draw(st.sampled_from(KINDS)), draw(st.sampled_from(list(Standing)))
            labels = draw(st.sampled_from([[], ["cat"], ["dog"]]))
            log.append(decision(seq, kind, user, labels=labels, standing=standing))
    return log


@given(logs())
def test_only_a_decision_in_force_bears_labels(log: list[Decision]) -> None:
    derived = derive(log)
    undone = {d.supersedes for d in log if d.kind == DecisionKind.UNDO}
    if derived.decision_id is None:
        assert derived.labels == ()
        assert derived.state in (None, ItemState.DISPUTED)
        return
    [bearing] = [d for d in log if d.id == derived.decision_id]
    assert bearing.standing == Standing.IN_FORCE
    assert bearing.id not in undone
    assert derived.labels == tuple(bearing.labels)


@given(logs())
def test_only_people_verify(log: list[Decision]) -> None:
    people = [d for d in log if d.kind not in ("auto_accept", "import", "skip", "flag", "undo")]
    if derive(log).state in (ItemState.VERIFIED, ItemState.REVIEWED):
        assert people


@given(logs())
def test_undoing_everything_leaves_nothing(log: list[Decision]) -> None:
    ends = [
        decision(100 + n, DecisionKind.UNDO, supersedes=d.id)
        for n, d in enumerate(log)
        if d.kind != DecisionKind.UNDO
    ]
    assert derive([*log, *ends]) == derive([])


@given(logs(), st.sampled_from(list(DecisionKind)))
def test_undoing_the_last_act_gives_back_what_was(log: list[Decision], kind: str) -> None:
    new = decision(50, kind, labels=["cat"])
    if kind in (DecisionKind.UNDO, DecisionKind.WITHDRAW):
        return
    undo = decision(51, DecisionKind.UNDO, supersedes=new.id)
    assert derive([*log, new, undo]) == derive(log)


@given(logs())
def test_a_skip_changes_nothing(log: list[Decision]) -> None:
    assert derive([*log, decision(50, DecisionKind.SKIP)]) == derive(log)


@pytest.mark.parametrize(
    ("user", "supersedes", "holder", "standing"),
    [
        ("ann", None, None, Standing.IN_FORCE),
        ("bob", None, None, Standing.SECOND_OPINION),
        ("bob", "d0", None, Standing.IN_FORCE),
        ("bob", "d9", None, Standing.SECOND_OPINION),
    ],
)
def test_who_may_overrule_a_decision(user, supersedes, holder, standing) -> None:
    log = [decision(0, DecisionKind.CONFIRM, "ann", labels=["cat"])]
    assert standing_of(log, user, supersedes, holder) == standing


@pytest.mark.parametrize(
    ("holder", "standing"),
    [(None, Standing.IN_FORCE), ("ann", Standing.IN_FORCE), ("bob", Standing.SECOND_OPINION)],
)
def test_what_comes_late_on_an_undecided_item_is_a_second_opinion(holder, standing) -> None:
    assert standing_of([], "ann", None, holder) == standing


def test_a_review_settles_what_was_disputed() -> None:
    log = [
        decision(0, "confirm", labels=["cat"]),
        decision(1, "confirm", "bob", labels=["dog"], standing=Standing.SECOND_OPINION),
    ]
    assert derive(log).state == ItemState.DISPUTED
    settled = [*log, decision(2, "review", "cem", labels=["dog"])]
    assert (derive(settled).state, derive(settled).labels) == (ItemState.REVIEWED, ("dog",))
    late = decision(3, "confirm", labels=["cat"], standing=Standing.SECOND_OPINION)
    assert derive([*settled, late]).state == ItemState.DISPUTED


def test_a_run_on_its_way_is_no_difference(db: Database) -> None:
    seeded = seed(db, 2, proposed=False)

    def half_a_run(session) -> None:
        project = projects.by_id(session, seeded.id)
        propose(session, project, seeded.items[:1], list(seeded.classes.values()))
        session.execute(update(Item).values(state=ItemState.UNLABELED))

    db.write(half_a_run)
    with db.read() as session:
        assert list(decisions.differing(session, seeded.id)) == []


def test_what_was_changed_past_the_log_is_found_and_rebuilt(db: Database) -> None:
    seeded = seed(db, 4)
    cat = seeded.classes["cat"]

    def decide(session) -> None:
        for item in (session.get_one(Item, one) for one in seeded.items[:2]):
            new = Decision(
                id=new_id(),
                project_id=seeded.id,
                item_id=item.id,
                user_id=seeded.people["ann"],
                kind="confirm",
                standing=Standing.IN_FORCE,
                labels=[cat],
                class_set_revision=1,
                view="single",
            )
            decisions.append(session, item, [], new)

    db.write(decide)
    first, second, third, fourth = seeded.items

    def spoil(session) -> None:
        session.execute(update(Item).where(Item.id == first).values(state="reviewed"))
        session.execute(delete(ItemLabel).where(ItemLabel.item_id == second))
        session.execute(update(Item).where(Item.id == third).values(state="verified"))
        session.add(ItemLabel(item_id=fourth, class_id=cat))

    db.write(spoil)
    with db.read() as session:
        found = {item for item, _ in decisions.differing(session, seeded.id)}
    assert found == set(seeded.items)
    db.write(lambda s: [decisions.rebuild(s, item) for item in seeded.items])
    with db.read() as session:
        assert list(decisions.differing(session, seeded.id)) == []
        assert decisions.labels(session, seeded.id) == {first: [cat], second: [cat]}
        states = {i: session.get_one(Item, i).state for i in seeded.items}
    assert states == dict(
        zip(seeded.items, ("verified", "verified", "proposed", "proposed"), strict=True)
    )
