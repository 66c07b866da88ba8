"""Planned overlap, probes and samples: who gets them, what they count for, how they end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.ids import new_id
from db.tables import CheckDraw, Decision, QueueEntry, SecondLook, utc_now
from labeling import review_settings
from labeling.workflows import review
from labeling.workspace import Workspace
from tests.rows import CLASSES, NO_CHECKS, Seeded, seed

OVERLAP = NO_CHECKS | {"overlap_share": 1.0}
THREE = OVERLAP | {"overlap_people": 3}
PROBE = NO_CHECKS | {"probe_share": 1.0}
SAMPLE = NO_CHECKS | {"sample_share": 1.0}
HIDDEN = "second opinion: proposal hidden"


@pytest.fixture(autouse=True)
def _every_item_may_be_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(review_settings.LIMITS, "probe_share", (0, 1))


def act(item: str, kind: str = "confirm", label: str | None = "cat", **more) -> dict:
    labels = [label] if label and kind in ("confirm", "correct") else []
    return {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> dict:
    answer = review.decide(ws, seeded.people[person], seeded.name, acts)
    assert answer["rejected"] == [], answer
    return answer


def offered(ws: Workspace, seeded: Seeded, person: str, limit: int = 40, **more) -> list[dict]:
    return review.queue(ws, seeded.people[person], seeded.name, limit, **more)["items"]


def state(ws: Workspace, seeded: Seeded) -> dict[str, int]:
    return review.counts(ws, seeded.name)["by_state"]


def log(ws: Workspace) -> list[Decision]:
    with ws.db.read() as session:
        return list(session.scalars(select(Decision).order_by(Decision.seq)))


def looks(ws: Workspace) -> list[tuple[str, str | None]]:
    with ws.db.read() as session:
        rows = session.scalars(select(SecondLook).order_by(SecondLook.created_at))
        return [(row.kind, row.outcome) for row in rows]


def test_a_decided_item_goes_blind_to_somebody_else(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    decide(ws, seeded, "ann", act(seeded.items[0]))
    assert offered(ws, seeded, "ann") == []
    [item] = offered(ws, seeded, "bob")
    assert (item["blind"], item["purpose"], item["reason"]) == (True, "overlap", HIDDEN)
    assert (item["proposals"], item["proposal"], item["state"]) == ([], None, "proposed")
    assert offered(ws, seeded, "cem") == [], "one person more, not two"
    with ws.db.read() as session:
        draw = session.scalars(select(CheckDraw)).one()
    assert (draw.purpose, draw.probability) == ("overlap", 1.0)


@pytest.mark.parametrize(("label", "becomes"), [("cat", "verified"), ("dog", "disputed")])
def test_a_further_look_is_a_second_opinion(ws: Workspace, label: str, becomes: str) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    decide(ws, seeded, "ann", act(seeded.items[0]))
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(seeded.items[0], "correct", label, shown_proposal="cat"))
    second = log(ws)[-1]
    assert (second.standing, second.purpose, second.blind) == ("second_opinion", "overlap", True)
    assert second.shown_proposal is None
    assert state(ws, seeded) == {becomes: 1}
    assert looks(ws) == ([("disputed", None)] if becomes == "disputed" else [])
    assert offered(ws, seeded, "bob") == offered(ws, seeded, "cem") == []


def test_naming_the_decision_in_force_gives_a_further_look_no_force(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    first = act(seeded.items[0])
    decide(ws, seeded, "ann", first)
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(seeded.items[0], "correct", "dog", supersedes=first["id"]))
    assert log(ws)[-1].standing == "second_opinion"


def test_an_item_goes_to_as_many_people_as_are_asked_for(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=THREE)
    decide(ws, seeded, "ann", act(seeded.items[0]))
    for person in ("bob", "cem"):
        assert len(offered(ws, seeded, person)) == 1, "one of two slots, not both"
        decide(ws, seeded, person, act(seeded.items[0], "correct", "cat"))
    assert [d.purpose for d in log(ws)] == ["work", "overlap", "overlap"]
    assert state(ws, seeded) == {"verified": 1}


def test_a_further_look_tells_nothing_of_what_others_answered(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=THREE)
    decide(ws, seeded, "ann", act(seeded.items[0], "correct", "bird"))
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(seeded.items[0], "correct", "dog"))
    answer = review.queue(ws, seeded.people["cem"], seeded.name)
    [item] = answer["items"]
    assert item["state"] == "proposed"
    assert not any(label in str(item) for label in CLASSES)
    assert [c["examples"] for c in answer["classes"]] == [[], [], []], "it is no example either"
    [past] = review.history(ws, seeded.people["bob"], seeded.name)["decisions"]
    assert (past["state"], past["blind"], past["proposals"]) == ("verified", True, [])


def test_undoing_the_first_decision_takes_the_further_looks_back(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP | SAMPLE | {"overlap_share": 1.0})
    [item] = seeded.items
    first = act(item)
    decide(ws, seeded, "ann", first)
    decide(ws, seeded, "ann", act(item, "undo", supersedes=first["id"]))
    assert offered(ws, seeded, "bob") == []
    assert looks(ws) == [("sample", "undone")]
    decide(ws, seeded, "ann", act(item))
    assert [i["item"] for i in offered(ws, seeded, "bob")] == [item]
    assert looks(ws) == [("sample", "undone"), ("sample", None)]
    with ws.db.read() as session:
        assert len(session.scalars(select(CheckDraw)).all()) == 2, "drawn once for each purpose"


def test_undoing_a_further_look_gives_it_back(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item))
    offered(ws, seeded, "bob")
    second = act(item, "correct", "dog")
    decide(ws, seeded, "bob", second, act(item, "undo", supersedes=second["id"]))
    assert state(ws, seeded) == {"verified": 1}
    assert looks(ws) == [("disputed", "settled")]
    assert [i["blind"] for i in offered(ws, seeded, "bob")] == [True]
    decide(ws, seeded, "bob", act(item, "correct", "cat"))
    assert [d.purpose for d in log(ws)] == ["work", "overlap", "overlap", "overlap"]
    assert offered(ws, seeded, "cem") == []


def test_a_skipped_further_look_goes_to_somebody_else(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item))
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(item, "skip"))
    assert offered(ws, seeded, "bob") == []
    assert [(i["item"], i["blind"]) for i in offered(ws, seeded, "cem")] == [(item, True)]


def test_a_probe_shows_a_wrong_proposal_as_if_it_were_any_other(ws: Workspace) -> None:
    seeded = seed(ws.db, 2, review=PROBE)
    ordinary = offered(ws, seeded, "ann")[0]
    decide(ws, seeded, "ann", act(seeded.items[0]))
    [probe] = offered(ws, seeded, "bob")
    assert probe.keys() == ordinary.keys()
    assert (probe["purpose"], probe["blind"], probe["state"]) == ("work", False, "proposed")
    assert (ordinary["proposal"], probe["proposal"]) == ("cat", "dog")
    for told in ("score", "chosen"):
        assert [p[told] for p in probe["proposals"]] == [p[told] for p in ordinary["proposals"]]
    assert probe["reason"] == ordinary["reason"]


@pytest.mark.parametrize(
    ("kind", "label"), [("confirm", "dog"), ("correct", "cat"), ("flag", None), ("skip", None)]
)
def test_a_probe_never_touches_its_item(ws: Workspace, kind: str, label: str | None) -> None:
    seeded = seed(ws.db, 1, review=PROBE)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item))
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(item, kind, label))
    answer = log(ws)[-1]
    assert (answer.standing, answer.purpose) == ("probe", "probe")
    assert (state(ws, seeded), looks(ws)) == ({"verified": 1}, [])
    [past] = review.history(ws, seeded.people["bob"], seeded.name)["decisions"]
    usual = {"flag": "disputed", "skip": "proposed"}.get(kind, "verified")
    assert (past["purpose"], past["standing"], past["state"]) == ("work", "in_force", usual)
    assert past["proposal"] == "dog", "what was shown"
    decide(ws, seeded, "bob", act(item, "correct", "bird", supersedes=past["id"]))
    assert state(ws, seeded) == {"verified": 1}
    assert offered(ws, seeded, "bob") == offered(ws, seeded, "cem") == []


def test_an_answer_to_a_probe_that_comes_late_is_one_all_the_same(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=PROBE)
    decide(ws, seeded, "ann", act(seeded.items[0]))
    offered(ws, seeded, "bob")
    later = utc_now() + timedelta(hours=2)
    ws.clock = lambda: later
    assert offered(ws, seeded, "cem") == [], "it stays with whom it was shown to"
    decide(ws, seeded, "bob", act(seeded.items[0], "confirm", "dog"))
    assert log(ws)[-1].standing == "probe"


def test_a_probe_does_not_keep_its_item_from_being_undone(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=PROBE)
    [item] = seeded.items
    first = act(item)
    decide(ws, seeded, "ann", first)
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(item, "confirm", "dog"))
    decide(ws, seeded, "ann", act(item, "undo", supersedes=first["id"]))
    assert state(ws, seeded) == {"proposed": 1}


@pytest.mark.parametrize("kind", ["correct", "none_of_these"])
def test_only_what_was_confirmed_is_probed(ws: Workspace, kind: str) -> None:
    seeded = seed(ws.db, 1, review=PROBE)
    decide(ws, seeded, "ann", act(seeded.items[0], kind, "dog"))
    with ws.db.read() as session:
        assert session.scalars(select(QueueEntry).where(QueueEntry.slot > 0)).all() == []


def test_labels_from_a_file_are_not_drawn(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    ann = seeded.people["ann"]
    review.decide(ws, ann, seeded.name, [act(seeded.items[0])], source="csv")
    assert offered(ws, seeded, "bob") == []


def test_a_sampled_item_waits_for_a_reviewer(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=SAMPLE)
    decide(ws, seeded, "ann", act(seeded.items[0]))
    assert looks(ws) == [("sample", None)]
    assert state(ws, seeded) == {"verified": 1}


def test_a_probe_has_the_probability_of_a_draw_that_overlap_goes_before(ws: Workspace) -> None:
    seeded = seed(ws.db, 40, review=NO_CHECKS | {"overlap_share": 0.5, "probe_share": 1.0})
    decide(ws, seeded, "ann", *(act(item) for item in seeded.items))
    with ws.db.read() as session:
        drawn = [(row.purpose, row.probability) for row in session.scalars(select(CheckDraw))]
    assert set(drawn) == {("overlap", 0.5), ("probe", 0.5)}
    assert len(drawn) == 40


@pytest.mark.parametrize("kind", ["confirm", "correct", "flag", "skip", "undo"])
def test_the_counts_of_a_probe_are_those_of_other_work(ws: Workspace, kind: str) -> None:
    """Two projects, the same but that in one bob's item is a probe: he is told the same."""
    probed, usual = seed(ws.db, 2, review=PROBE), seed(ws.db, 2)
    decide(ws, probed, "ann", act(probed.items[0]))
    told = []
    for seeded in (probed, usual):
        bob, item = seeded.people["bob"], seeded.items[0]
        steps = [review.queue(ws, bob, seeded.name)["counts"]]
        first = act(item, "correct" if kind == "undo" else kind, "dog")
        steps.append(decide(ws, seeded, "bob", first)["counts"])
        if kind == "undo":
            undo = act(item, "undo", supersedes=first["id"])
            steps.append(decide(ws, seeded, "bob", undo)["counts"])
        past = review.history(ws, bob, seeded.name)["decisions"]
        told.append((steps, [(one["state"], one["undone"]) for one in past]))
    assert told[0] == told[1]


@pytest.mark.parametrize("label", ["cat", "dog"])
def test_the_counts_do_not_tell_whether_a_blind_answer_was_that_of_the_others(
    ws: Workspace, label: str
) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item))
    assert offered(ws, seeded, "bob")
    answer = decide(ws, seeded, "bob", act(item, "correct", label))
    assert answer["counts"]["by_state"] == {"verified": 1}


def test_handing_on_a_probe_tells_nothing_of_who_saw_it(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=PROBE)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item))
    offered(ws, seeded, "bob")
    skip = act(item, "skip", to="ann")
    decide(ws, seeded, "bob", skip)
    decide(ws, seeded, "bob", act(item, "undo", supersedes=skip["id"]))
    assert [one["item"] for one in offered(ws, seeded, "bob")] == [item], "as other work comes back"


def test_a_probe_does_not_say_who_had_handed_it_over(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=PROBE)
    [item] = seeded.items
    decide(ws, seeded, "cem", act(item, "skip", to="ann", reason="a cat?"))
    decide(ws, seeded, "ann", act(item))
    [probe] = offered(ws, seeded, "bob")
    assert probe["reason"] == "margin 0.30"
