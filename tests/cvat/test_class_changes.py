"""Classes that are merged, split or deactivated here, and their labels in CVAT."""

from pathlib import Path

import pytest

from labeling.class_names import ClassSpec
from labeling.errors import PrelabelError
from labeling.workflows import class_moves, classes, cvat_sync
from labeling.workspace import Workspace
from tests.cvat.helpers import expected, labels_there, project, push
from tests.cvat.pulls import counts, items, pull, settle, shown
from tests.cvat.server import Server
from tests.cvat.there import There
from tests.workflow.helpers import create, import_, pictures

pytestmark = [pytest.mark.usefixtures("login"), pytest.mark.slow]


@pytest.mark.parametrize("target", ["dog", "pet"])
def test_tags_of_a_merged_class_become_those_of_the_one_it_is_now(
    local_ws: Workspace, server: Server, tmp_path: Path, target: str
) -> None:
    labels = project(local_ws, tmp_path / "a", 6)
    push(local_ws, server)
    class_moves.merge(local_ws, "zoo", ["cat", "dog"], target)
    assert counts(pull(local_ws, server)) == (0, 0, 6, 0)
    assert counts(push(local_ws, server)) == (0, 0, 6, 0)
    now = {path: target if label in ("cat", "dog") else label for path, label in labels.items()}
    assert labels_there(server) == expected(now)
    writes = len(server.sent("PATCH", "annotations"))
    assert counts(push(local_ws, server)) == (0, 0, 6, 0)
    assert len(server.sent("PATCH", "annotations")) == writes


def test_a_tag_of_a_merged_class_means_what_it_became(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    cat, dog, bird = items(local_ws, list(project(local_ws, tmp_path / "a", 3)))
    push(local_ws, server)
    class_moves.merge(local_ws, "zoo", ["cat"], "dog")
    there.change(bird, local_ws, "cat")
    there.change(dog, local_ws, "cat")
    assert counts(pull(local_ws, server)) == (0, 1, 2, 0)
    assert [shown(local_ws, i)["labels"] for i in (cat, dog, bird)] == [["dog"]] * 3
    push(local_ws, server)
    assert [there.labels(i, local_ws) for i in (cat, dog, bird)] == [["dog"]] * 3


def test_two_tags_that_are_one_class_now_become_one(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    create(local_ws, mode="multi")
    path = str(pictures(tmp_path / "a", 1)[0])
    import_(local_ws, "zoo", tmp_path / "a")
    (item,) = items(local_ws, [path])
    settle(local_ws, item, "cat", "dog")
    push(local_ws, server)
    class_moves.merge(local_ws, "zoo", ["cat"], "dog")
    assert counts(pull(local_ws, server))[3] == 0
    push(local_ws, server)
    assert there.labels(item, local_ws) == ["dog"]


def test_a_tag_of_a_split_class_says_too_little(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    cat, dog, _ = items(local_ws, list(project(local_ws, tmp_path / "a", 3)))
    push(local_ws, server)
    class_moves.split(local_ws, "zoo", "cat", ["lion", "tiger"])
    assert counts(pull(local_ws, server)) == (0, 0, 3, 0)
    there.change(dog, local_ws, "cat")
    assert counts(pull(local_ws, server)) == (0, 0, 2, 1)
    assert shown(local_ws, dog)["labels"] == ["dog"]
    settle(local_ws, cat, "lion")
    settle(local_ws, dog, "tiger")
    assert push(local_ws, server)["updated"] == 2
    assert [there.labels(i, local_ws) for i in (cat, dog)] == [["lion"], ["tiger"]]
    assert counts(pull(local_ws, server)) == (0, 0, 3, 0)


@pytest.mark.parametrize("sent", [True, False])
def test_labels_of_a_deactivated_class_stay(
    local_ws: Workspace, server: Server, tmp_path: Path, sent: bool
) -> None:
    labels = project(local_ws, tmp_path / "a", 3)
    if sent:
        push(local_ws, server)
    classes.set_active(local_ws, "zoo", "cat", active=False)
    push(local_ws, server)
    assert counts(pull(local_ws, server)) == (0, 0, 3, 0)
    assert labels_there(server) == expected(labels)


def test_a_deactivated_class_whose_label_was_deleted_stops_nothing(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    cat, *_ = items(local_ws, list(project(local_ws, tmp_path / "a", 3)))
    push(local_ws, server)
    classes.set_active(local_ws, "zoo", "cat", active=False)
    there.delete_label("cat")
    assert counts(pull(local_ws, server)) == (0, 0, 2, 1)
    settle(local_ws, cat, "bird")
    assert push(local_ws, server)["updated"] == 1
    assert there.labels(cat, local_ws) == ["bird"]


@pytest.mark.parametrize("renamed", [False, True])
def test_another_class_of_the_same_name_gets_no_tag_of_the_one_that_was_merged(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path, renamed: bool
) -> None:
    cat, dog, bird = items(local_ws, list(project(local_ws, tmp_path / "a", 3)))
    push(local_ws, server)
    class_moves.merge(local_ws, "zoo", ["cat"], "dog")
    there.change(bird, local_ws, "cat")
    if renamed:
        classes.rename(local_ws, "zoo", "bird", "cat")
    else:
        names = [ClassSpec(name, name) for name in ("dog", "bird", "cat")]
        classes.set_classes(local_ws, "zoo", names)
    assert counts(pull(local_ws, server)) == (0, 1, 2, 0)
    assert [shown(local_ws, i)["labels"] for i in (cat, dog, bird)] == [["dog"]] * 3
    push(local_ws, server)
    assert [there.labels(i, local_ws) for i in (cat, dog, bird)] == [["dog"]] * 3
    there.change(cat, local_ws, "cat")
    assert counts(pull(local_ws, server)) == (0, 1, 2, 0)
    assert shown(local_ws, cat)["labels"] == ["cat"]
    assert counts(push(local_ws, server)) == (0, 0, 3, 0)
    there.change(cat, local_ws, "cat (now dog)")
    assert counts(pull(local_ws, server)) == (0, 1, 2, 0)
    assert shown(local_ws, cat)["labels"] == ["dog"]


def test_classes_that_exchange_their_names_keep_their_tags(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    cat, dog, bird = items(local_ws, list(project(local_ws, tmp_path / "a", 3)))
    push(local_ws, server)
    for old, new in (("cat", "x"), ("dog", "cat"), ("x", "dog")):
        classes.rename(local_ws, "zoo", old, new)
    assert counts(push(local_ws, server)) == (0, 0, 3, 0)
    assert [there.labels(i, local_ws) for i in (cat, dog, bird)] == [["dog"], ["cat"], ["bird"]]
    assert counts(pull(local_ws, server)) == (0, 0, 3, 0)


def test_a_new_name_that_somebody_gave_to_a_label_there_stops_and_asks(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    project(local_ws, tmp_path / "a", 3)
    push(local_ws, server)
    there.add_label("kitten")
    classes.rename(local_ws, "zoo", "cat", "kitten")
    with pytest.raises(PrelabelError, match="a label 'kitten' is there already"):
        push(local_ws, server)


@pytest.mark.parametrize("fault", ["reset", "reset_after"])
def test_a_class_may_be_renamed_again_after_a_push_that_broke_off_in_renaming(
    local_ws: Workspace, server: Server, tmp_path: Path, monkeypatch, fault: str
) -> None:
    monkeypatch.setattr(cvat_sync, "PAUSES", ())
    labels = project(local_ws, tmp_path / "a", 4)
    push(local_ws, server)
    classes.rename(local_ws, "zoo", "cat", "kitten")
    server.fault(fault, "PATCH", "/api/labels", times=99)
    with pytest.raises(PrelabelError):
        push(local_ws, server)
    server.faults.clear()
    classes.rename(local_ws, "zoo", "kitten", "tomcat")
    assert counts(pull(local_ws, server)) == (0, 0, 4, 0)
    push(local_ws, server)
    now = {path: "tomcat" if label == "cat" else label for path, label in labels.items()}
    assert labels_there(server) == expected(now)


def test_a_label_that_was_deleted_and_added_again_is_renamed_with_its_class(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, dog, _ = items(local_ws, list(project(local_ws, tmp_path / "a", 3)))
    push(local_ws, server)
    there.delete_label("dog")
    there.add_label("dog")
    there.change(dog, local_ws, "dog")
    classes.rename(local_ws, "zoo", "dog", "hound")
    assert counts(pull(local_ws, server)) == (0, 0, 3, 0)
    assert there.labels(dog, local_ws) == ["hound"]
