"""What changed between two snapshots, as a person looks at it: by class, and picture by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from db import images, snapshots
from db.tables import Project, SnapshotItem
from labeling.workflows import erased, offers
from labeling.workflows.grid_question import NONE
from labeling.workflows.projects import find
from labeling.workflows.snapshot_files import class_names, opened
from labeling.workspace import Workspace

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
SHOWN = 60
"""Pictures of each kind of change that are shown."""


def show(ws: Workspace, project_name: str, first: str, second: str) -> dict[str, Any]:
    """The changes of labels from one snapshot to another.

    Returns:
        counts (added, removed, changed); by_class: a row for each class that a change concerns
        (class, before, after: pictures that bear it; added, removed, to, from: labels that came
        to or went from it on pictures in both); and pictures: of each kind at most ``SHOWN``
        (item, sha, width, height, source, and before, after: class names, empty for none of these,
        None where the picture is not in that snapshot); moved: pictures by splits before and
        after, ``{(before, after): n}``; renamed: ``(before, after)`` of classes; erased: how many
        pictures of either were erased since, which are not shown.

    Raises:
        InputError: one is not as it was signed off; names the file.
        NotFoundError: there is no such project or snapshot.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        ends = [opened(ws, session, project, name) for name in (first, second)]
        old, new = [class_names(snapshot) for snapshot in ends]
        names = old | new
        before, after = [{i.sha256: i for i in snapshots.items(session, s.id)} for s in ends]
        changes = {
            ADDED: sorted(after.keys() - before.keys()),
            REMOVED: sorted(before.keys() - after.keys()),
            CHANGED: [
                sha
                for sha in sorted(before.keys() & after.keys())
                if before[sha].labels != after[sha].labels
            ],
        }
        rows = {
            kind: [
                {
                    "sha256": sha,
                    "before": _names(before.get(sha), names),
                    "after": _names(after.get(sha), names),
                }
                for sha in shas
            ]
            for kind, shas in changes.items()
        }
        shown = {kind: _pictures(session, project, found) for kind, found in rows.items()}
        gone = erased.told(session, before.keys() | after.keys())
    return {
        "counts": {kind: len(shas) for kind, shas in changes.items()},
        "by_class": _by_class(before, after, chain.from_iterable(rows.values()), names),
        "pictures": shown,
        "moved": Counter(
            (before[sha].split, after[sha].split)
            for sha in before.keys() & after.keys()
            if before[sha].split != after[sha].split
        ),
        "renamed": [(old[c], new[c]) for c in old if c in new and old[c] != new[c]],
        "erased": len(gone),
    }


def _names(one: SnapshotItem | None, names: Mapping[str, str]) -> list[str] | None:
    return None if one is None else [names[c] for c in one.labels]


def _by_class(
    before: Mapping[str, SnapshotItem],
    after: Mapping[str, SnapshotItem],
    rows: Iterable[dict[str, Any]],
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Counts by class, in the order of the classes, none of these last."""
    had, has = [
        Counter(name for one in end.values() for name in _names(one, names) or [NONE])
        for end in (before, after)
    ]
    moved: dict[str, Counter[str]] = {key: Counter() for key in (ADDED, REMOVED, "to", "from")}
    for row in rows:
        old, new = row["before"], row["after"]
        if old is None:
            moved[ADDED].update(new or [NONE])
        elif new is None:
            moved[REMOVED].update(old or [NONE])
        else:
            moved["to"].update(set(new or [NONE]) - set(old or [NONE]))
            moved["from"].update(set(old or [NONE]) - set(new or [NONE]))
    return [
        {"class": name, "before": had[name], "after": has[name]}
        | {key: counted[name] for key, counted in moved.items()}
        for name in (*dict.fromkeys(names.values()), NONE)
        if any(counted[name] for counted in moved.values())
    ]


def _pictures(
    session: Session, project: Project, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The first of ``rows`` whose pictures are still in the project."""
    ids = images.ids_by_sha(session, project.id, [row["sha256"] for row in rows])
    there = [row for row in rows if row["sha256"] in ids][:SHOWN]
    shown = offers.pictures(session, [ids[row["sha256"]] for row in there])
    return [
        shown[ids[row["sha256"]]][1] | {"before": row["before"], "after": row["after"]}
        for row in there
    ]
