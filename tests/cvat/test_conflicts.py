"""What waits for a reviewer after a pull, and what becomes of it."""

from pathlib import Path

import pytest

from db import conflicts
from labeling.workflows import projects, second_look
from labeling.workspace import Workspace
from tests.cvat.helpers import decide, project, push
from tests.cvat.pulls import counts, items, pull, pushed, settle, shown
from tests.cvat.server import Server
from tests.cvat.there import There

pytestmark = pytest.mark.usefixtures("login")


def test_what_both_changed_waits_for_a_reviewer_and_then_goes_there(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    labels = project(ws, tmp_path / "a", 2)
    push(ws, server)
    path = next(iter(labels))
    (item,) = items(ws, [path])
    decide(ws, {path: "bird"})
    there.change(item, ws, "dog")
    for _ in range(2):
        assert counts(pull(ws, server))[3] == 1
        assert push(ws, server)["conflicts"] == 1
    told = shown(ws, item)
    assert told["labels"] == ["bird"]
    (look,) = [look for look in told["looks"] if look["closed_at"] is None]
    assert look["kind"] == "conflict"
    assert "in CVAT dog, here bird, before cat" in look["reason"]
    assert told["conflicts"] == [
        {
            "server": server.url,
            "before": ["cat"],
            "ours": ["bird"],
            "theirs": ["dog"],
            "words": {"before": "cat", "ours": "bird", "theirs": "dog"},
        }
    ]
    settle(ws, item, "cat")
    assert shown(ws, item)["conflicts"] == []
    assert push(ws, server)["updated"] == 1
    assert there.labels(item, ws) == ["cat"]
    assert counts(pull(ws, server))[3] == 0
    assert shown(ws, item)["state"] == "reviewed"


def test_a_reviewed_label_is_not_replaced_unasked(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    item, *_ = pushed(ws, server, tmp_path / "a", 1)
    settle(ws, item, "cat")
    there.change(item, ws, "dog")
    assert counts(pull(ws, server)) == (0, 0, 0, 1)
    assert shown(ws, item)["labels"] == ["cat"]
    settle(ws, item, "dog")
    assert counts(pull(ws, server)) == (0, 0, 1, 0)
    assert (shown(ws, item)["labels"], there.labels(item, ws)) == (["dog"], ["dog"])


@pytest.mark.parametrize("labels", [(), ("cat", "dog"), ("cat", "stranger")])
def test_what_says_nothing_clear_is_for_a_reviewer(
    ws: Workspace, server: Server, there: There, tmp_path: Path, labels: tuple[str, ...]
) -> None:
    item, *_ = pushed(ws, server, tmp_path / "a", 2)
    there.add_label("stranger")
    there.change(item, ws, *labels)
    for _ in range(2):
        assert counts(pull(ws, server)) == (0, 0, 1, 1)
    assert shown(ws, item)["labels"] == ["cat"]
    settle(ws, item, "bird")
    push(ws, server)
    assert there.labels(item, ws) == ["bird"]
    assert counts(pull(ws, server)) == (0, 0, 2, 0)


def test_a_conflict_that_somebody_took_back_is_none(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    item, *_ = pushed(ws, server, tmp_path / "a", 1)
    there.change(item, ws)
    assert counts(pull(ws, server))[3] == 1
    there.change(item, ws, "cat")
    assert counts(pull(ws, server)) == (0, 0, 1, 0)
    with ws.db.read() as session:
        assert not conflicts.count_open(session, projects.find(session, "zoo").id)
    assert not any(second_look.counts(ws, "zoo").values())


def test_a_deleted_frame_waits_for_a_reviewer_and_is_left_alone_then(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    first, second = pushed(ws, server, tmp_path / "a", 2)
    there.delete_frames(0)
    for _ in range(2):
        result = pull(ws, server)
        assert counts(result) == (0, 0, 1, 1)
        (told,) = result["problems"]
        assert told.startswith("000000_")
        assert "was deleted in zoo 001" in told
        assert push(ws, server)["waiting"] == 1
    (look,) = shown(ws, first)["looks"]
    assert "in CVAT a deleted frame, here cat, before cat" in look["reason"]
    assert (shown(ws, first)["labels"], shown(ws, second)["conflicts"]) == (["cat"], [])
    settle(ws, first, "dog")
    writes = len(server.sent("PATCH", "annotations"))
    assert counts(pull(ws, server)) == (0, 0, 2, 0)
    assert push(ws, server)["unchanged"] == 2
    assert len(server.sent("PATCH", "annotations")) == writes
    there.delete_frames()
    assert counts(pull(ws, server))[3] == 1
    settle(ws, first, "dog")
    assert push(ws, server)["updated"] == 1
    assert there.labels(first, ws) == ["dog"]


def test_a_frame_that_is_back_before_anybody_looked_is_no_conflict(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    item, *_ = pushed(ws, server, tmp_path / "a", 2)
    there.delete_frames(0)
    assert counts(pull(ws, server))[3] == 1
    there.delete_frames()
    assert counts(pull(ws, server)) == (0, 0, 2, 0)
    assert not any(second_look.counts(ws, "zoo").values())
    assert shown(ws, item)["state"] == "verified"
