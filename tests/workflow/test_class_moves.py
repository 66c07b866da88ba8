"""Merging and splitting classes: what items bear then, what waits again, and what is never lost."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db import decisions, lineage, second_looks
from db import projects as projects_db
from db.ids import new_id
from db.tables import OPEN, Decision, DecisionKind, Item, ItemState, QueueEntry
from labeling.class_names import RawClass, clean, parse
from labeling.errors import ClassNameError, NotFoundError
from labeling.workflows import class_moves, classes, projects, reclass, review, store
from labeling.workflows.work import Runner, run_to_end
from labeling.workspace import Workspace
from tests.rows import CLASSES, PEOPLE, Seeded, seed
from tests.workflow.acceptances import Desk
from tests.workflow.conftest import Counting
from tests.workflow.helpers import create, import_, pictures, prelabel_


def jobs_done(ws: Workspace) -> None:
    """Let all jobs that wait come to their end."""
    runner = Runner(ws)
    while runner.step():
        pass


def say(ws: Workspace, seeded: Seeded, item: int, label: str, by: str = "ann", **more) -> str:
    """A person's answer; its id."""
    given = {"id": new_id(), "item": seeded.items[item], "kind": "correct", "labels": [label]}
    answer = review.decide(ws, seeded.people[by], seeded.name, [given | more])
    assert answer["acknowledged"], answer
    return given["id"]


def borne(ws: Workspace, seeded: Seeded, item: int) -> list[str]:
    """The names of the classes that an item bears."""
    with ws.db.read() as session:
        ids = decisions.labels(session, seeded.id).get(seeded.items[item], [])
        rows = {c["id"]: c["name"] for c in projects.show(ws, seeded.name)["classes"]}
        return sorted(rows[one] for one in ids)


def state(ws: Workspace, seeded: Seeded, item: int) -> str:
    with ws.db.read() as session:
        return session.get_one(Item, seeded.items[item]).state


def agrees(ws: Workspace) -> bool:
    return store.verify(ws)["differing"] == []


def test_merged_items_bear_the_target_and_decisions_stay_as_they_were(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    first = say(ws, seeded, 0, "cat")
    say(ws, seeded, 1, "dog")
    say(ws, seeded, 2, "bird")
    found = class_moves.merge(ws, seeded.name, ["cat", "dog"], "pet")
    assert [borne(ws, seeded, n) for n in range(3)] == [["pet"], ["pet"], ["bird"]]
    assert [c["name"] for c in found["classes"] if c["active"]] == ["bird", "pet"]
    with ws.db.read() as session:
        kept = decisions.by_ids(session, [first])[first]
        assert (kept.labels, kept.class_set_revision) == ([seeded.classes["cat"]], 1)
    told = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert [one["labels"] for one in told] == [["bird"], ["dog"], ["cat"]]
    assert agrees(ws)


def test_a_preview_tells_what_a_merge_concerns_and_changes_nothing(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    say(ws, seeded, 0, "cat")
    say(ws, seeded, 1, "cat")
    say(ws, seeded, 1, "dog")
    before = projects.show(ws, seeded.name)
    told = class_moves.preview(ws, seeded.name, "merge", ["cat", "pet"])
    assert told["said"] == "merge: cat → pet"
    assert told["new"] == ["pet"]
    assert (told["items"], told["decisions"], told["proposals"]) == (1, 2, 4)
    assert (told["reopened"], told["acceptances"]) == (0, [])
    assert projects.show(ws, seeded.name) == before


def test_a_late_answer_counts_as_what_its_class_became(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    class_moves.merge(ws, seeded.name, ["dog"], "pet")
    say(ws, seeded, 0, "cat", revision=1)
    say(ws, seeded, 1, seeded.classes["cat"])
    assert [borne(ws, seeded, n) for n in range(2)] == [["pet"], ["pet"]]
    assert agrees(ws)


def test_what_was_disputed_between_two_merged_classes_no_longer_is(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    say(ws, seeded, 0, "cat")
    say(ws, seeded, 0, "dog", by="bob")
    assert state(ws, seeded, 0) == ItemState.DISPUTED
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    assert state(ws, seeded, 0) == ItemState.VERIFIED
    with ws.db.read() as session:
        assert second_looks.count_waiting(session, seeded.id) == {}
    assert agrees(ws)


def test_the_target_takes_over_names_and_prompts(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    raw = [RawClass("cat", "", aliases=("puss",), prompts=("a tabby",)), RawClass("dog", "")]
    classes.set_classes(ws, seeded.name, clean(raw))
    found = class_moves.merge(ws, seeded.name, ["cat"], "dog")
    [dog] = [c for c in found["classes"] if c["active"]]
    assert (dog["name"], dog["aliases"], dog["prompts"]) == ("dog", ["cat", "puss"], ["a tabby"])


def test_a_name_that_ended_may_be_given_to_a_new_class(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    say(ws, seeded, 0, "cat")
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    classes.set_classes(ws, seeded.name, parse("dog,bird,cat"))
    say(ws, seeded, 1, "cat")
    assert [borne(ws, seeded, n) for n in range(2)] == [["dog"], ["cat"]]
    assert agrees(ws)


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["cat", "cat"], ClassNameError),
        (["lion", "cat"], NotFoundError),
        (["cat", "a/b"], ClassNameError),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(
    ws: Workspace, names: list[str], error: type[Exception]
) -> None:
    seeded = seed(ws.db, 0)
    with pytest.raises(error):
        class_moves.merge(ws, seeded.name, names[:-1], names[-1])
    assert projects.show(ws, seeded.name)["revision"] == 1


def test_a_split_lets_its_items_wait_again_with_just_the_parts(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    say(ws, seeded, 0, "cat")
    say(ws, seeded, 1, "dog")
    told = class_moves.preview(ws, seeded.name, "split", ["cat", "tabby", "siamese"])
    assert (told["items"], told["reopened"], told["new"]) == (1, 1, ["tabby", "siamese"])
    class_moves.split(ws, seeded.name, "cat", ["tabby", "siamese"])
    assert [state(ws, seeded, n) for n in range(2)] == [ItemState.PROPOSED, ItemState.VERIFIED]
    offered = review.queue(ws, seeded.people["bob"], seeded.name)["items"]
    by_item = {one["item"]: one for one in offered}
    assert by_item.keys() == {seeded.items[0], seeded.items[2]}
    reopened = by_item[seeded.items[0]]
    assert reopened["reason"] == "split: cat → tabby or siamese"
    assert [one["label"] for one in reopened["proposals"]] == ["tabby", "siamese"]
    assert "split" not in by_item[seeded.items[2]]["reason"]
    say(ws, seeded, 0, "tabby", by="bob")
    assert borne(ws, seeded, 0) == ["tabby"]
    assert state(ws, seeded, 0) == ItemState.VERIFIED
    assert agrees(ws)


def test_a_late_answer_under_a_split_class_is_a_vote_that_a_reviewer_looks_at(
    ws: Workspace,
) -> None:
    seeded = seed(ws.db, 2)
    class_moves.split(ws, seeded.name, "cat", ["tabby", "siamese"])
    late = say(ws, seeded, 0, "cat", revision=1)
    say(ws, seeded, 1, "tabby")
    say(ws, seeded, 1, "cat", by="bob", revision=1)
    with ws.db.read() as session:
        kept = decisions.by_ids(session, [late])[late]
        looks = second_looks.count_waiting(session, seeded.id)
    assert (kept.standing, kept.labels) == ("stale", [seeded.classes["cat"]])
    assert looks == {"late": 1, "disputed": 1}
    assert [borne(ws, seeded, n) for n in range(2)] == [[], ["tabby"]]
    assert state(ws, seeded, 0) == ItemState.PROPOSED
    assert agrees(ws)


def test_parts_that_are_merged_again_say_what_the_answers_said(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    say(ws, seeded, 0, "cat")
    class_moves.split(ws, seeded.name, "cat", ["tabby", "siamese"])
    class_moves.merge(ws, seeded.name, ["tabby", "siamese"], "feline")
    assert borne(ws, seeded, 0) == ["feline"]
    assert review.queue(ws, seeded.people["bob"], seeded.name)["items"] == []
    assert agrees(ws)


def test_an_opinion_under_a_split_class_contradicts_only_what_is_none_of_its_parts(
    ws: Workspace,
) -> None:
    seeded = seed(ws.db, 2)
    for item in range(2):
        say(ws, seeded, item, "dog")
        say(ws, seeded, item, "cat", by="bob")
    class_moves.split(ws, seeded.name, "cat", ["tabby", "siamese"])
    say(ws, seeded, 1, "tabby")
    assert [state(ws, seeded, n) for n in range(2)] == [ItemState.DISPUTED, ItemState.VERIFIED]
    assert agrees(ws)


def test_an_acceptance_that_rests_on_a_split_class_is_taken_back(ws: Workspace) -> None:
    desk = Desk(ws)
    acceptance = desk.accepted()
    told = class_moves.preview(ws, desk.name, "split", ["cat", "tabby", "siamese"])
    assert told["acceptances"] == [acceptance]
    class_moves.split(ws, desk.name, "cat", ["tabby", "siamese"])
    jobs_done(ws)
    assert desk.told(acceptance)["state"] == "withdrawn"
    with ws.db.read() as session:
        query = select(Decision.reason).where(Decision.kind == DecisionKind.WITHDRAW).distinct()
        assert session.scalars(query).all() == ["split: cat → tabby or siamese"]
    assert desk.states() == {"proposed": 200}
    assert agrees(ws)


def test_an_acceptance_outlives_a_merge_and_its_audit_stays_right(ws: Workspace) -> None:
    desk = Desk(ws)
    acceptance = desk.accepted()
    class_moves.merge(ws, desk.name, ["cat"], "pet")
    assert desk.told(acceptance)["state"] == "accepted"
    with ws.db.read() as session:
        borne_now = {
            one for ids in decisions.labels(session, desk.seeded.id).values() for one in ids
        }
    assert len(borne_now) == 1
    assert desk.seeded.classes["cat"] not in borne_now
    assert agrees(ws)


def test_a_late_vote_is_looked_at_also_when_the_answer_it_disputes_reopens(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    class_moves.split(ws, seeded.name, "cat", ["lynx", "puma"])
    now = projects.show(ws, seeded.name)["revision"]
    say(ws, seeded, 0, "lynx", by="bob", revision=now)
    say(ws, seeded, 0, "cat", by="cem", revision=1)
    class_moves.split(ws, seeded.name, "lynx", ["iberian", "eurasian"])
    with ws.db.read() as session:
        looks = second_looks.of_item(session, seeded.items[0])
        assert session.get_one(Item, seeded.items[0]).state in OPEN
    assert {one.kind for one in looks if one.closed_at is None} == {"late"}


def test_many_items_are_derived_by_a_job_that_may_begin_anew(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reclass, "AT_ONCE", 2)
    monkeypatch.setattr(reclass, "PART", 2)
    seeded = seed(ws.db, 5)
    for item in range(5):
        say(ws, seeded, item, "cat")
    job = class_moves.merge(ws, seeded.name, ["cat"], "pet")["job"]
    with ws.db.read() as session:
        before = decisions.labels(session, seeded.id)
    assert set(map(tuple, before.values())) == {(seeded.classes["cat"],)}
    run_to_end(ws, job, lambda _job: None)
    assert [borne(ws, seeded, n) for n in range(5)] == [["pet"]] * 5
    assert agrees(ws)


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("say"),
            st.integers(0, 2),
            st.sampled_from(PEOPLE),
            st.integers(0, 30),
            st.integers(0, 30),
        ),
        st.tuples(st.just("merge"), st.integers(0, 30), st.integers(0, 30)),
        st.tuples(st.just("split"), st.integers(0, 30)),
        st.tuples(st.just("toggle"), st.integers(0, 30)),
    ),
    max_size=14,
)


@pytest.mark.slow
@given(ACTS)
@settings(max_examples=20)
def test_no_answer_is_lost_whatever_becomes_of_the_classes(ws: Workspace, acts: list) -> None:
    seeded = seed(ws.db, 3)
    sets: dict[int, list[str]] = {1: list(CLASSES)}
    sent: dict[str, tuple[str, str]] = {}
    for number, (act, *given_) in enumerate(acts):
        living = _names(ws, seeded)
        if act == "say":
            item, by, back, which = given_
            revision = list(sets)[back % len(sets)]
            label = sets[revision][which % len(sets[revision])]
            with ws.db.read() as session:
                copies = projects_db.class_set(session, seeded.id, revision)
            meant = next(c["id"] for c in copies if c["name"] == label and c["active"])
            sent[say(ws, seeded, item, label, by=by, revision=revision)] = (meant, label)
        elif act == "merge" and len(living) > 1:
            one, other = living[given_[0] % len(living)], living[given_[1] % len(living)]
            target = other if other != one else f"m{number}"
            class_moves.merge(ws, seeded.name, [one], target)
        elif act == "split":
            name = living[given_[0] % len(living)]
            class_moves.split(ws, seeded.name, name, [f"s{number}", f"t{number}"])
        elif act == "toggle" and len(living) > 1:
            name = living[given_[0] % len(living)]
            classes.set_active(ws, seeded.name, name, active=False)
        sets[projects.show(ws, seeded.name)["revision"]] = _names(ws, seeded)
        _check(ws, seeded, sent)


def _names(ws: Workspace, seeded: Seeded) -> list[str]:
    return [c["name"] for c in projects.show(ws, seeded.name)["classes"] if c["active"]]


def _check(ws: Workspace, seeded: Seeded, sent: dict[str, tuple[str, str]]) -> None:
    """Every answer is there as it was given; what an item bears is what its answer became."""
    assert agrees(ws)
    with ws.db.read() as session:
        kept = decisions.by_ids(session, sent)
        assert {one: row.labels for one, row in kept.items()} == {
            one: [meant] for one, (meant, _) in sent.items()
        }
        became = lineage.of(projects_db.by_id(session, seeded.id))
        for item_id in seeded.items:
            item = session.get_one(Item, item_id)
            waits = session.get_one(QueueEntry, (seeded.id, item_id, 0)).state != "done"
            assert waits == (item.state in OPEN), "what nobody has decided waits"
            log = decisions.log(session, item_id)
            spoken = [d for d in log if d.standing == "in_force"]
            if item.state in OPEN:
                assert not spoken or became.is_open(spoken[-1].labels)
                looks = {one.kind for one in second_looks.of_item(session, item_id)}
                assert "late" in looks or all(d.standing != "stale" for d in log)
            else:
                assert [*became.now(spoken[-1].labels[0])] == decisions.labels_of(session, item_id)


def test_after_a_change_only_the_new_texts_are_encoded(
    ws: Workspace, model: Counting, tmp_path: Path
) -> None:
    name = create(ws, classes="cat,dog,bird")
    import_(ws, name, pictures(tmp_path / "in", 4)[0].parent)
    prelabel_(ws, name)
    encoded, model.texts = model.pictures, []
    class_moves.merge(ws, name, ["cat", "dog"], "pet")
    class_moves.split(ws, name, "bird", ["owl", "gull"])
    prelabel_(ws, name)
    assert model.pictures == encoded == 4
    assert {word for text in model.texts for word in ("pet", "owl", "gull") if word in text} == {
        "pet",
        "owl",
        "gull",
    }
    assert not any("bird" in text for text in model.texts)
