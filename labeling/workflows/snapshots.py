"""Snapshots: a dataset as it stood, with the SHA-256 of all that it is made of."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from db import alike, decisions, images, projects, proposals, snapshots, users
from db.ids import new_id
from db.tables import Decision, Item, Project, Snapshot
from labeling.errors import InputError
from labeling.images.fingerprint import sha256
from labeling.roles import Role
from labeling.splits import SPLITS, joined
from labeling.workflows import accounts, erased, figures, snapshot_splits
from labeling.workflows.jobs import to_end
from labeling.workflows.projects import VERIFIED, find
from labeling.workflows.snapshot_files import class_names, label_file, opened, store
from labeling.workspace import Workspace

PART = 500
NOTE_LENGTH = 1_000


def create(
    ws: Workspace,
    user_id: str,
    project_name: str,
    name: str,
    *,
    shares: Mapping[str, float] | None = None,
    seed: int | None = None,
    with_names: bool = False,
    states: Sequence[str] = VERIFIED,
    note: str = "",
) -> dict[str, Any]:
    """Take a snapshot of what people have verified; who takes it signs it off.

    Pictures keep the split that they had in earlier snapshots; what is new is dealt by the same
    seed. Another seed deals all anew.

    Args:
        ws: the workspace.
        user_id: the lead who signs it off.
        project_name: the project.
        name: a name that no other snapshot of the project has.
        shares: by split, sum 1; None: those of the newest snapshot, else 80, 10 and 10 %.
        seed: of the splits; None: that of the newest snapshot, else a new one.
        with_names: annotators by name; else by pseudonym.
        states: which of what people have verified: "verified", "reviewed" or both.
        note: what the lead says of it, at most 1,000 characters.

    Returns:
        the manifest.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: the name is taken or empty, a state is none that people verified, the note is
            too long, the shares are impossible, or nothing is verified.
        NotFoundError: there is no such project.
    """
    order = Order(name, shares, seed, with_names, tuple(states), note.strip())
    check(ws, user_id, project_name, order)
    with ws.db.read() as session:
        project_id = find(session, project_name).id
    return to_end(taking(ws, user_id, project_id, order, new_id()))


@dataclass(frozen=True)
class Order:
    """What a snapshot shall be; the fields are the arguments of ``create``."""

    name: str
    shares: Mapping[str, float] | None = None
    seed: int | None = None
    with_names: bool = False
    states: tuple[str, ...] = VERIFIED
    note: str = ""


def check(ws: Workspace, user_id: str, project_name: str, order: Order) -> None:
    """Refuse what no snapshot can be, before anything is read.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: as ``create``, but for a project in which nothing is verified.
        NotFoundError: there is no such project.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    if not order.name.strip() or len(order.name) > 200:
        raise InputError("a snapshot needs a name of 1 to 200 characters")
    if len(order.note) > NOTE_LENGTH:
        raise InputError(f"the note is longer than {NOTE_LENGTH} characters")
    wrong = [state for state in order.states if state not in VERIFIED]
    if wrong or not order.states:
        raise InputError(
            f"the state {''.join(wrong[:1])!r} can't be signed off",
            f"A snapshot holds what people verified: {', '.join(VERIFIED)}.",
        )
    with ws.db.read() as session:
        project = find(session, project_name)
        if snapshots.named(session, project.id, order.name):
            raise InputError(
                f"the project has a snapshot {order.name!r} already", "Choose another name."
            )
        snapshot_splits.plan(session, project, order.shares, order.seed)


def taking(
    ws: Workspace, user_id: str, project_id: str, order: Order, snapshot_id: str
) -> Generator[tuple[int, int], None, dict[str, Any]]:
    """Take a snapshot that ``check`` has let pass, step by step; its manifest.

    Begun anew after an accident, under the same id, it takes the snapshot as it would be then, or
    finds that it was taken.

    Yields:
        how many pictures are read, and how many there are.

    Raises:
        InputError: nothing is verified, or somebody has taken the name meanwhile.
    """
    with ws.db.read() as session:
        taken = snapshots.get(session, snapshot_id)
        if taken is not None:
            return taken.manifest
        project = projects.by_id(session, project_id)
        plan = snapshot_splits.plan(session, project, order.shares, order.seed)
        rows = yield from _rows(session, project, order)
        if not rows:
            raise InputError("nothing is verified yet", "A snapshot holds what people verified.")
        snapshot_splits.deal(session, project, rows, plan)
        signed = users.names(session)[user_id]
        manifest = _manifest(session, project, order, rows, plan, signed)
    yield len(rows), len(rows)
    snapshot = Snapshot(id=snapshot_id, project_id=project.id, name=order.name, user_id=user_id)
    store(ws, snapshot, rows, manifest)
    return manifest


def listed(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The snapshots of a project, oldest first.

    Returns:
        the manifest of each, with created_at, and erased: how many of its pictures were erased
        since; a manifest has as divided_groups how many groups of near-duplicates lie in several
        splits. The manifest itself never changes; older ones have not all
        of its fields.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        return [
            snapshot.manifest
            | {
                "created_at": snapshot.created_at.isoformat(),
                "erased": len(erased.told(session, snapshot.manifest["pictures"])),
            }
            for snapshot in snapshots.of_project(session, project.id)
        ]


def diff(ws: Workspace, project_name: str, first: str, second: str) -> dict[str, Any]:
    """What changed from one snapshot to another.

    Returns:
        added, removed (SHA-256 of pictures), relabelled (``{"sha256", "before", "after"}``, class
        names of each), moved (``{"sha256", "before", "after"}``, splits), renamed
        (``{"before", "after"}`` of classes) and erased (SHA-256 of pictures of either that were
        erased since; they stand among the others too).

    Raises:
        InputError: one is not as it was signed off; names the file.
        NotFoundError: there is no such project or snapshot.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        both_ends = [opened(ws, session, project, name) for name in (first, second)]
        before, after = [{i.sha256: i for i in snapshots.items(session, s.id)} for s in both_ends]
        gone = erased.told(session, before.keys() | after.keys())
    old, new = [class_names(snapshot) for snapshot in both_ends]
    both = sorted(before.keys() & after.keys())
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "relabelled": [
            {
                "sha256": sha,
                "before": [old[c] for c in before[sha].labels],
                "after": [new[c] for c in after[sha].labels],
            }
            for sha in both
            if before[sha].labels != after[sha].labels
        ],
        "moved": [
            {"sha256": sha, "before": before[sha].split, "after": after[sha].split}
            for sha in both
            if before[sha].split != after[sha].split
        ],
        "renamed": [
            {"before": old[c], "after": new[c]} for c in old if c in new and old[c] != new[c]
        ],
        "erased": sorted(gone),
    }


def pseudonym(project_id: str, user_id: str) -> str:
    """A name for a person that differs by project and tells nobody who it is."""
    return f"annotator-{sha256(f'{project_id}:{user_id}'.encode())[:8]}"


def _rows(
    session: Session, project: Project, order: Order
) -> Generator[tuple[int, int], None, list[dict[str, Any]]]:
    """What people have verified, by SHA-256."""
    total = images.count_in_states(session, project.id, order.states)
    borne = decisions.labels(session, project.id)
    groups = joined(alike.groups(session, project.id))
    names = users.names(session)
    rows = []
    for part in images.in_states(session, project.id, order.states, PART):
        ids = [item.decision_id for item, _ in part if item.decision_id]
        made = decisions.by_ids(session, ids)
        for item, _ in part:
            decision = made.get(item.decision_id or "")
            row = _row(project, item, borne.get(item.id, []), decision, names, order.with_names)
            rows.append(row | {"group": groups.get(item.sha256)})
        yield len(rows), total
    return sorted(rows, key=lambda row: row["sha256"])


def _row(
    project: Project,
    item: Item,
    labels: Sequence[str],
    decision: Decision | None,
    names: Mapping[str, str],
    with_names: bool,
) -> dict[str, Any]:
    user = decision.user_id if decision else ""
    return {
        "sha256": item.sha256,
        "labels": sorted(labels),
        "state": str(item.state),
        "annotator": names.get(user, "") if with_names else pseudonym(project.id, user),
        "decision": decision.id if decision else None,
        "decided_at": decision.created_at.isoformat() if decision else None,
        "view": decision.view if decision else None,
        "guideline_revision": decision.guideline_revision if decision else None,
    }


def _manifest(
    session: Session,
    project: Project,
    order: Order,
    rows: Sequence[dict[str, Any]],
    plan: Mapping[str, Any],
    signed_off_by: str,
) -> dict[str, Any]:
    run = project.run_id
    classes = projects.classes(session, project.id, inactive=True)
    counts = {split: sum(row["split"] == split for row in rows) for split in SPLITS}
    divided = snapshot_splits.divided(rows)
    return {
        "written_by": "prelabel",
        "version": version("prelabel"),
        "project": project.name,
        "mode": project.mode,
        "snapshot": order.name,
        "note": order.note,
        "states": list(order.states),
        "signed_off_by": signed_off_by,
        "items": len(rows),
        "splits": counts,
        "divided_groups": divided,
        "classes": [{"id": c.id, "name": c.name, "active": c.active} for c in classes],
        "class_set_revision": project.revision,
        "guideline_revision": project.guideline_revision,
        "recipe": proposals.run(session, run).recipe_id if run else None,
        "label_error": figures.of_labels(session, project),
        **plan,
        "labels_sha256": sha256(label_file(rows)),
        "pictures": [row["sha256"] for row in rows],
    }
