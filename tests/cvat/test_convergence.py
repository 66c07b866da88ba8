"""Random edits on both sides, pulled, settled and pushed, end in the same labels on both sides."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import decisions
from db.ids import new_id
from labeling.workflows import (
    accounts,
    cvat_pull,
    cvat_push,
    item_log,
    projects,
    review,
    second_look,
)
from labeling.workspace import Workspace
from tests.cvat.helpers import project, push
from tests.cvat.server import Server
from tests.cvat.state import TOKEN
from tests.cvat.test_pull import items
from tests.cvat.there import There
from tests.workflow.helpers import run

CLASSES = ("cat", "dog", "bird")
PICTURES = 4
MANY = int(os.environ.get("PRELABEL_TEST_CONVERGENCE", "60"))
"""Examples of the slow test: 60, or as many as are asked for, such as 500."""


@dataclass
class World:
    """A project and its CVAT project, which go from one example to the next."""

    ws: Workspace
    server: Server
    there: There
    items: list[str]
    places: list[tuple[int, int]]

    def pull(self) -> dict[str, Any]:
        lead = accounts.user(self.ws, "lea", role="lead").id
        return run(self.ws, cvat_pull.enqueue(self.ws, lead, "zoo", self.server.url))

    def push(self) -> dict[str, Any]:
        return run(self.ws, cvat_push.enqueue(self.ws, "zoo", self.server.url))

    def labels(self) -> list[list[str]]:
        """Ours, by item; ``none_of_these`` for none."""
        with self.ws.db.read() as session:
            found = projects.find(session, "zoo")
            names = projects.projects.class_names(session, found.id)
            held = decisions.labels(session, found.id)
        mine = [sorted(names[c] for c in held.get(item, [])) for item in self.items]
        return [labels or ["none_of_these"] for labels in mine]

    def labels_there(self) -> list[list[str]]:
        cvat, found = self.server.cvat, []
        for task, frame in self.places:
            tags = [tag for tag in cvat.tags[task].values() if tag["frame"] == frame]
            found.append(sorted(cvat.labels[tag["label_id"]]["name"] for tag in tags))
        return found

    def decide(self, number: int, labels: tuple[str, ...]) -> None:
        """Ann decides, having seen what holds; on what is settled it is a second opinion."""
        ann, item = accounts.user(self.ws, "ann").id, self.items[number]
        log = item_log.show(self.ws, ann, "zoo", item)
        seen = next((row["id"] for row in log["decisions"] if row["in_force"]), None)
        kind = "correct" if labels else "none_of_these"
        act = {"id": new_id(), "item": item, "kind": kind, "labels": [*labels]}
        act |= {"supersedes": seen}
        answer = review.decide(self.ws, ann, "zoo", [act])
        assert answer["acknowledged"], answer

    def settle_all(self) -> None:
        """Rea settles every conflict as ours, theirs, or neither, by turns."""
        rea = accounts.user(self.ws, "rea", role="reviewer").id
        for number, row in enumerate(second_look.waiting(self.ws, "zoo")):
            told = item_log.show(self.ws, rea, "zoo", row["item"])
            sides = [c[side] for c in told["conflicts"] for side in ("ours", "theirs")]
            usable = [labels for labels in sides if len(labels) == 1] or [["bird"]]
            labels = usable[number % len(usable)]
            second_look.settle(self.ws, rea, "zoo", row["item"], labels, seen=told["seq"])


@pytest.fixture
def world(
    local_ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> World:
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", TOKEN)
    server.cvat.polls = 0
    found = items(local_ws, list(project(local_ws, tmp_path / "a", PICTURES)))
    push(local_ws, server)
    there = There(server)
    return World(local_ws, server, there, found, [there.place(i, local_ws) for i in found])


ANSWERS = st.sampled_from([(), *((name,) for name in CLASSES)])
TAGS = st.sampled_from(
    [(), ("none_of_these",), *((name,) for name in CLASSES), ("cat", "dog"), ("cat", "stranger")]
)
EDIT = st.one_of(
    st.tuples(st.just("ours"), st.integers(0, PICTURES - 1), ANSWERS),
    st.tuples(st.just("theirs"), st.integers(0, PICTURES - 1), TAGS),
    st.tuples(st.sampled_from(["pull", "push", "settle"]), st.just(0), st.just(())),
)


def lost(world: World, number: int, labels: tuple[str, ...]) -> bool:
    """Whether an edit there is neither the label, nor logged, nor in front of a reviewer."""
    rea = accounts.user(world.ws, "rea", role="reviewer").id
    told = item_log.show(world.ws, rea, "zoo", world.items[number])
    wanted = sorted(set(labels) - {"none_of_these"})
    logged = any(sorted(row["labels"]) == wanted for row in told["decisions"])
    return not (logged or told["conflicts"])


EDITS = st.lists(EDIT, min_size=1, max_size=6)


@settings(max_examples=20)
@given(edits=EDITS)
def test_both_sides_converge_and_no_edit_is_lost(world: World, edits: list[Any]) -> None:
    converge(world, edits)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=MANY)
@given(edits=EDITS)
def test_they_do_so_many_times(world: World, edits: list[Any]) -> None:
    converge(world, edits)


def converge(world: World, edits: list[Any]) -> None:
    """Make the edits, look that each is there, settle what has to be, and compare both sides."""
    if not any(row["name"] == "stranger" for row in world.server.cvat.labels.values()):
        world.there.add_label("stranger")
    latest: dict[int, tuple[str, ...]] = {}
    for what, number, labels in edits:
        if what == "ours":
            world.decide(number, labels)
        elif what == "theirs":
            world.there.put(world.places[number], labels)
            latest[number] = labels
        elif what == "settle":
            world.settle_all()
        else:
            {"pull": world.pull, "push": world.push}[what]()
    world.pull()
    for number, labels in latest.items():
        assert not lost(world, number, labels), (number, labels)
    for _ in range(2):
        world.settle_all()
        world.push()
        world.pull()
    assert world.labels() == world.labels_there()
    assert not any(second_look.counts(world.ws, "zoo").values())
    before = world.labels()
    assert world.push()["updated"] == 0
    assert world.labels_there() == before
