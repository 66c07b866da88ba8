"""Turned-over labels come before a reviewer; what a reviewer said is doubted no more."""

import csv
import shutil
import zipfile
from pathlib import Path

import pytest

from db import images
from db.ids import new_id
from labeling.class_names import RawClass, clean
from labeling.errors import ForbiddenError
from labeling.samples.catalogue import load
from labeling.workflows import (
    accounts,
    item_log,
    jobs,
    projects,
    review,
    second_look,
    suspects,
)
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import import_, prelabel_, run

pytestmark = pytest.mark.slow

COUNT = 200
TURNED = 8


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, new_sqlite_url, encoder) -> Path:
    """A home with labelled digits in it, some labels turned over, to be copied."""
    from labeling.settings import Settings
    from labeling.workspace import open_workspace

    home = tmp_path_factory.mktemp("suspects") / "home"
    ws = open_workspace(Settings(home=home))
    ws._encoders["embedded"] = encoder
    label_digits(ws, home.parent / "pictures")
    ws.close()
    return home


@pytest.fixture
def ws(prepared: Path, tmp_path: Path, encoder):
    from labeling.settings import Settings
    from labeling.workspace import open_workspace

    shutil.copytree(prepared, tmp_path / "home")
    workspace = open_workspace(Settings(home=tmp_path / "home"))
    workspace._encoders["embedded"] = encoder
    yield workspace
    workspace.close()


def label_digits(ws: Workspace, folder: Path) -> None:
    sample = load("digits")
    with sample.truth.open() as lines:
        truth = {row["image"]: row["label"] for row in csv.DictReader(lines)}
    names = sorted(name for name in truth if truth[name].isdigit())[:: len(truth) // COUNT]
    with zipfile.ZipFile(sample.pictures) as archive:
        archive.extractall(folder, names)
    classes = [RawClass(c["name"], "sample", display=c["display"]) for c in sample.classes]
    projects.create(ws, "digits", clean(classes))
    projects.configure(ws, "digits", review=NO_CHECKS)
    import_(ws, "digits", folder)
    prelabel_(ws, "digits")
    user = accounts.local_user(ws)
    waiting = {i["source"]: i["item"] for i in review.queue(ws, user, "digits", COUNT)["items"]}
    acts = []
    for n, (source, item) in enumerate(sorted(waiting.items())):
        right = int(truth["/".join(Path(source).parts[-2:])])
        label = str((right + 1) % 10 if n < TURNED else right)
        acts.append({"id": new_id(), "item": item, "kind": "correct", "labels": [label]})
    assert not review.decide(ws, user, "digits", acts)["rejected"]


def search(ws: Workspace) -> dict:
    return run(ws, suspects.enqueue(ws, "digits"))


def doubted(ws: Workspace) -> list[dict]:
    return second_look.waiting(ws, "digits", kinds=["suspect"])


def turned(ws: Workspace) -> set[str]:
    with ws.db.read() as session:
        by_path = images.ids_by_path(session, projects.find(session, "digits").id)
    return {by_path[path][0] for path in sorted(by_path)[:TURNED]}


def test_most_turned_labels_are_doubted_and_few_right_ones(ws: Workspace) -> None:
    found = search(ws)
    items = {row["item"] for row in doubted(ws)}
    assert len(items & turned(ws)) >= TURNED - 2
    assert len(items - turned(ws)) <= TURNED
    assert found["opened"] == found["suspects"] == len(items)
    assert found["expected_wrong"] <= found["suspects"]
    assert all("more like" in row["looks"][0]["reason"] for row in doubted(ws))


def test_a_second_search_opens_nothing_twice(ws: Workspace) -> None:
    search(ws)
    before = doubted(ws)
    again = search(ws)
    assert again["opened"] == again["closed"] == 0
    assert doubted(ws) == before


def test_what_a_reviewer_confirmed_is_doubted_no_more(ws: Workspace) -> None:
    search(ws)
    [first, *_] = doubted(ws)
    reviewer = accounts.user(ws, "rev", role="reviewer").id
    shown = item_log.show(ws, reviewer, "digits", first["item"])
    second_look.settle(ws, reviewer, "digits", first["item"], ["4"], seen=shown["seq"])
    search(ws)
    assert first["item"] not in {row["item"] for row in doubted(ws)}


def test_a_doubt_that_has_gone_is_closed(ws: Workspace) -> None:
    search(ws)
    user = accounts.local_user(ws)
    wrong = [row for row in doubted(ws) if row["item"] in turned(ws)]
    acts = [
        {
            "id": new_id(),
            "item": row["item"],
            "kind": "correct",
            "labels": [row["looks"][0]["reason"].split()[2]],
        }
        for row in wrong
    ]
    review.decide(ws, user, "digits", acts)
    assert search(ws)["closed"] >= len(wrong) - 1


def test_who_is_no_reviewer_starts_no_search(ws: Workspace) -> None:
    annotator = accounts.user(ws, "ann", role="annotator").id
    with pytest.raises(ForbiddenError):
        suspects.ask(ws, annotator, "digits")
    reviewer = accounts.user(ws, "rev", role="reviewer").id
    suspects.ask(ws, reviewer, "digits")
    suspects.ask(ws, reviewer, "digits")
    assert len(jobs.recent(ws, "digits", kind="suspects")) == 1
