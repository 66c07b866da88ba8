"""Projects whose pictures bear several labels: sets of them are compared, both ways."""

from pathlib import Path

import pytest

from labeling.workspace import Workspace
from tests.cvat.helpers import decide, push
from tests.cvat.pulls import counts, pull, pushed_sets, settle, shown
from tests.cvat.server import Server
from tests.cvat.there import There

NONE = "none_of_these"

pytestmark = pytest.mark.usefixtures("login")


def test_sets_go_there_as_they_are_here(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    sets = ("cat|dog|bird", "cat", NONE, "dog|bird")
    paths, found = pushed_sets(ws, server, tmp_path / "a", *sets)
    assert [there.labels(i, ws) for i in found] == [sorted(s.split("|")) for s in sets]
    now = ("cat|bird", NONE, "dog", "dog|bird")
    decide(ws, dict(zip(paths[:3], now, strict=False)))
    assert counts(push(ws, server)) == (0, 3, 1, 0)
    assert [there.labels(i, ws) for i in found] == [sorted(s.split("|")) for s in now]
    assert counts(push(ws, server)) == counts(pull(ws, server)) == (0, 0, 4, 0)


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ("cat|dog|bird", ("cat", "bird")),
        ("cat", ("cat", "dog")),
        ("cat|dog", ("bird", "dog")),
        ("cat|dog", (NONE,)),
        (NONE, ("cat", "dog", "bird")),
    ],
)
def test_sets_come_back_as_they_are_there(
    local_ws: Workspace,
    server: Server,
    there: There,
    tmp_path: Path,
    before: str,
    then: tuple[str, ...],
) -> None:
    _, (item, other) = pushed_sets(local_ws, server, tmp_path / "a", before, "dog|bird")
    there.change(item, local_ws, *then)
    assert counts(pull(local_ws, server)) == (0, 1, 1, 0)
    assert sorted(shown(local_ws, item)["labels"]) == sorted({*then} - {NONE})
    assert sorted(shown(local_ws, other)["labels"]) == ["bird", "dog"]
    assert counts(push(local_ws, server)) == (0, 0, 2, 0)
    assert there.labels(item, local_ws) == sorted(then)


def test_one_tag_of_three_that_a_person_removes_is_their_decision(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    """The tags that stay are as we wrote them: their source says nothing of the person."""
    _, (item,) = pushed_sets(local_ws, server, tmp_path / "a", "cat|dog|bird")
    there.remove(item, local_ws, "dog")
    assert counts(pull(local_ws, server)) == (0, 1, 0, 0)
    assert sorted(shown(local_ws, item)["labels"]) == ["bird", "cat"]
    there.remove(item, local_ws, "bird")
    there.remove(item, local_ws, "cat")
    assert counts(pull(local_ws, server)) == (0, 0, 0, 1)
    assert sorted(shown(local_ws, item)["labels"]) == ["bird", "cat"]


def test_sets_that_both_changed_are_a_conflict_unless_they_are_the_same(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    paths, (first, second) = pushed_sets(ws, server, tmp_path / "a", "cat|dog", "cat|dog")
    decide(ws, {paths[0]: "cat|bird", paths[1]: "cat|bird"})
    there.change(first, ws, "dog", "bird")
    there.change(second, ws, "bird", "cat")
    assert counts(pull(ws, server)) == (0, 0, 1, 1)
    told = shown(ws, first)
    assert told["conflicts"] == [
        {
            "server": server.url,
            "before": ["cat", "dog"],
            "ours": ["bird", "cat"],
            "theirs": ["bird", "dog"],
            "words": {"before": "cat, dog", "ours": "bird, cat", "theirs": "bird, dog"},
        }
    ]
    assert push(ws, server)["conflicts"] == 1
    settle(ws, first, "dog", "bird")
    assert counts(push(ws, server)) == counts(pull(ws, server)) == (0, 0, 2, 0)
    assert there.labels(first, ws) == ["bird", "dog"]


def test_none_of_these_beside_a_label_is_for_a_reviewer(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, (item, other) = pushed_sets(local_ws, server, tmp_path / "a", "cat|dog", NONE)
    there.change(item, local_ws, "cat", NONE)
    there.change(other, local_ws, "dog", NONE)
    assert counts(pull(local_ws, server)) == (0, 0, 0, 2)
    assert sorted(shown(local_ws, item)["labels"]) == ["cat", "dog"]
    settle(local_ws, item)
    settle(local_ws, other, "dog")
    push(local_ws, server)
    assert (there.labels(item, local_ws), there.labels(other, local_ws)) == ([NONE], ["dog"])
    assert counts(pull(local_ws, server)) == (0, 0, 2, 0)
