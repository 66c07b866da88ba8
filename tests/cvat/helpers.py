"""Projects for the tests of push, and what a server has of them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labeling.workflows import accounts, cvat_push, decide_file
from labeling.workspace import Workspace
from tests.cvat.server import Server
from tests.cvat.sites import Site
from tests.workflow.helpers import create, import_, pictures, run

CLASSES = ("cat", "dog", "bird")


def project(
    ws: Workspace, folder: Path, count: int, first: int = 0, name: str = "zoo", **given: Any
) -> dict[str, str]:
    """A project with ``count`` verified pictures; the label of each by path."""
    create(ws, name, **given)
    return add(ws, folder, count, first, name)


def add(
    ws: Workspace,
    folder: Path,
    count: int,
    first: int = 0,
    name: str = "zoo",
    labels: Sequence[str] = CLASSES,
) -> dict[str, str]:
    """More verified pictures, which bear ``labels`` by turns; the label of each by path."""
    paths = pictures(folder, count, first)
    import_(ws, name, folder)
    given = {str(path): labels[n % len(labels)] for n, path in enumerate(paths)}
    decide(ws, given, name)
    return given


def decide(ws: Workspace, labels: dict[str, str], name: str = "zoo") -> None:
    source = ws.settings.root / "decisions.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([("image", "label"), *labels.items()])
    user = accounts.user(ws, "ann")
    answer = decide_file.decide_from(ws, user.id, name, source, user.id)
    assert not answer["rejected"], answer


def push(ws: Workspace, server: Server | Site, name: str = "zoo", **given: Any) -> dict[str, Any]:
    return run(ws, cvat_push.enqueue(ws, name, server.url, **given))


def counts(result: dict[str, Any]) -> tuple[int, int, int, int, int]:
    keys = ("created", "updated", "unchanged", "conflicts", "failed")
    return tuple(result[key] for key in keys)


def labels_there(server: Server) -> dict[str, list[str]]:
    """The labels of each file at a server, by file name without its place in the task."""
    cvat, found = server.cvat, {}
    for task_id, frames in cvat.frames.items():
        for number, frame in enumerate(frames):
            tags = [t for t in cvat.tags[task_id].values() if t["frame"] == number]
            names = sorted(cvat.labels[t["label_id"]]["name"] for t in tags)
            assert frame["name"][7:] not in found, "a picture is there twice"
            found[frame["name"][7:]] = names
    return found


def expected(labels: dict[str, str]) -> dict[str, list[str]]:
    """What `labels_there` should be for pictures with one label each."""
    from labeling.images.fingerprint import sha256

    return {
        f"{sha256(Path(path).read_bytes())[:16]}{Path(path).suffix}": [label]
        for path, label in labels.items()
    }


def tasks_by_mark(server: Server) -> Counter[str]:
    return Counter(task["bug_tracker"] for task in server.cvat.tasks.values())
