"""Random histories on both sides, pulled, settled and pushed, end in the same labels on both."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.workflows import cvat_sync, second_look
from labeling.workspace import Workspace
from tests.cvat.beginning import Beginning, begin
from tests.cvat.server import Server
from tests.cvat.state import TOKEN
from tests.cvat.world import World, do

pytestmark = pytest.mark.slow

PARTS = 5
MANY = int(os.environ.get("PRELABEL_TEST_CONVERGENCE", "100")) // PARTS
"""Histories in each part of a test: 100 in each mode, or as many as are asked for."""

ROUNDS = 3
"""As often as conflicts may have to be settled until there are none."""
_numbers = count()


@pytest.fixture
def beginning(
    request: pytest.FixtureRequest,
    local_ws: Workspace,
    local_model: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
) -> Iterator[Beginning]:
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", TOKEN)
    monkeypatch.setattr(cvat_sync, "PAUSES", ())
    assert local_model
    return begin(local_ws, server, tmp_path / "a", request.param)


NUMBER = st.integers(0, 5)
FLAG = st.booleans()
WHO = st.sampled_from(["ann", "bob"])
ONE = st.lists(NUMBER, max_size=1)
SEVERAL = st.lists(NUMBER, max_size=3)
TAGS = st.one_of(
    SEVERAL, ONE, st.just([]), st.just(["none_of_these"]), st.tuples(NUMBER, st.just("stranger"))
)
SOURCE = st.sampled_from(["manual", "semi-auto", "auto"])


def histories(labels: st.SearchStrategy[list[int]]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Three to ten actions, some more often than others."""
    given: dict[tuple[str, int], tuple[st.SearchStrategy[Any], ...]] = {
        ("decide", 6): (WHO, NUMBER, labels, FLAG),
        ("undo", 2): (WHO, NUMBER),
        ("review", 2): (NUMBER, labels),
        ("send_back", 1): (NUMBER,),
        ("settle_all", 3): (),
        ("tag", 8): (NUMBER, TAGS, SOURCE),
        ("model_run", 3): (NUMBER, st.lists(labels, min_size=1, max_size=3), FLAG),
        ("take_away", 3): (NUMBER, NUMBER),
        ("pull", 5): (),
        ("push", 5): (),
        ("killed_push", 5): (st.integers(0, 4), FLAG),
        ("rename", 1): (NUMBER,),
        ("merge", 2): (NUMBER, NUMBER),
        ("split", 1): (NUMBER,),
        ("call_again", 2): (NUMBER, FLAG),
        ("rest", 1): (NUMBER,),
        ("spoil_label", 1): (NUMBER, FLAG),
        ("mend_label", 1): (),
        ("delete_frames", 3): (st.lists(st.integers(0, 1), max_size=2),),
        ("move_tasks", 1): (FLAG,),
        ("delete_task", 1): (),
        ("new_picture", 2): (),
    }
    actions = {name: st.tuples(st.just(name), *each) for (name, _), each in given.items()}
    names = [name for name, often in given for _ in range(often)]
    one = st.sampled_from(names).flatmap(actions.__getitem__)
    return st.lists(one, min_size=3, max_size=10)


SINGLE, MULTI = histories(ONE), histories(SEVERAL)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("beginning", ["single"], indirect=True)
@settings(max_examples=MANY)
@given(history=SINGLE)
def test_both_sides_converge_and_no_edit_is_lost(
    beginning: Beginning, tmp_path: Path, part: int, history: list[Any]
) -> None:
    converge(beginning, tmp_path, history)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("beginning", ["multi"], indirect=True)
@settings(max_examples=MANY)
@given(history=MULTI)
def test_sets_of_labels_converge_too(
    beginning: Beginning, tmp_path: Path, part: int, history: list[Any]
) -> None:
    converge(beginning, tmp_path, history)


def converge(beginning: Beginning, folder: Path, history: list[Any]) -> None:
    """Live through a history, look that each edit there is known, and compare both sides."""
    with beginning.world(folder / f"world{next(_numbers)}.db") as world:
        for one in history:
            do(world, one)
        world.mend_label()
        world.pull()
        assert not world.lost()
        for _ in range(ROUNDS):
            world.settle_all()
            world.push()
            world.pull()
            if not any(second_look.counts(world.ws, "zoo").values()):
                break
        assert_same(world)
        before = world.labels_there()
        told = world.push()
        assert (told["created"], told["updated"], told["conflicts"]) == (0, 0, 0)
        assert world.labels_there() == before


def assert_same(world: World) -> None:
    """What is decided here stands there, and nothing waits for anybody."""
    ours, theirs = world.labels(), world.labels_there()
    both = ours.keys() & theirs.keys()
    assert {item: ours[item] for item in both} == {item: theirs[item] for item in both}
    assert not any(second_look.counts(world.ws, "zoo").values())
