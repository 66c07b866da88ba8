"""Snapshots of datasets and what was in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.engine import insert_all
from db.tables import Snapshot, SnapshotItem


def add(session: Session, snapshot: Snapshot, rows: Sequence[dict[str, Any]]) -> Snapshot:
    """Store a snapshot with its items, rows of ``SnapshotItem`` without the snapshot's id."""
    session.add(snapshot)
    session.flush()
    insert_all(session, SnapshotItem, [row | {"snapshot_id": snapshot.id} for row in rows])
    return snapshot


def get(session: Session, snapshot_id: str) -> Snapshot | None:
    """The snapshot with this id, None where there is none."""
    return session.get(Snapshot, snapshot_id)


def named(session: Session, project_id: str, name: str) -> Snapshot | None:
    """The snapshot of a project with this name."""
    query = select(Snapshot).where(Snapshot.project_id == project_id, Snapshot.name == name)
    return session.scalars(query).one_or_none()


def of_project(session: Session, project_id: str) -> Sequence[Snapshot]:
    """The snapshots of a project, oldest first."""
    query = select(Snapshot).where(Snapshot.project_id == project_id)
    return session.scalars(query.order_by(Snapshot.created_at, Snapshot.id)).all()


def newest(session: Session, project_id: str) -> Snapshot | None:
    """The newest snapshot of a project, None before the first."""
    query = select(Snapshot).where(Snapshot.project_id == project_id)
    newest_first = query.order_by(Snapshot.created_at.desc(), Snapshot.id.desc())
    return session.scalars(newest_first.limit(1)).one_or_none()


def items(session: Session, snapshot_id: str) -> Sequence[SnapshotItem]:
    """What is in a snapshot, by SHA-256."""
    query = select(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot_id)
    return session.scalars(query.order_by(SnapshotItem.sha256)).all()
