"""The operator's workflows: upgrade, verify, examine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, erasures, images, projects, schema
from labeling.encoders.registry import DEFAULT, resolve
from labeling.errors import PrelabelError
from labeling.settings import Settings
from labeling.workflows.worker_lock import worker_is_alive
from labeling.workspace import Workspace, connect, open_workspace

LOW_DISK = 2_000_000_000


def upgrade(settings: Settings) -> dict[str, str | None]:
    """Bring the database to this version's schema; the revisions before and after."""
    ws = connect(settings)
    try:
        before, after = schema.upgrade(ws.db)
    finally:
        ws.close()
    return {"before": before, "after": after}


def verify(ws: Workspace, *, repair: bool = False) -> dict[str, Any]:
    """Compare every item with what its decision log says; with ``repair``, derive it anew.

    Returns:
        items, differing, repaired, and orphans: how many decisions are on items that are neither
        there nor erased.
    """
    items = orphans = 0
    differing: list[dict[str, Any]] = []
    with ws.db.read() as session:
        for project in projects.all_projects(session):
            orphans += erasures.count_orphans(session, project.id)
            items += sum(images.count_by_state(session, project.id).values())
            for item_id, derived in decisions.differing(session, project.id):
                differing.append({"project": project.name, "item": item_id, "state": derived.state})
    if repair:
        ids = [row["item"] for row in differing]

        def work(session: Session) -> None:
            for item_id in ids:
                decisions.rebuild(session, item_id)

        ws.db.write(work)
    repaired = repair and bool(differing)
    return {"items": items, "differing": differing, "repaired": repaired, "orphans": orphans}


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Check what an installation needs; one dict a check: check, ok, detail."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("home folder", _disk),
        ("database", _database),
        ("worker", _worker),
        ("default model", _model),
    ]
    found = []
    for name, check in checks:
        try:
            found.append({"check": name, "ok": True, "detail": check(settings)})
        except PrelabelError as error:
            found.append({"check": name, "ok": False, "detail": str(error)})
    return found


def _disk(settings: Settings) -> str:
    connect(settings).close()
    free = shutil.disk_usage(settings.root).free
    if free < LOW_DISK:
        raise PrelabelError(f"only {free / 1e9:.1f} GB are free in {settings.root}", "Make room.")
    return f"{settings.root}, {free / 1e9:.0f} GB free"


def _database(settings: Settings) -> str:
    ws = open_workspace(settings)
    try:
        return f"{ws.db.engine.dialect.name}, schema {schema.current_revision(ws.db)}"
    finally:
        ws.close()


def _worker(settings: Settings) -> str:
    alive = worker_is_alive(settings)
    return "alive" if alive else "none is running; commands do their own work, the app needs one"


def _model(settings: Settings) -> str:
    ws = open_workspace(settings)
    try:
        encoder = ws.encoder(resolve(DEFAULT, settings.models_dir).name)
        return f"{encoder.name} passes its self-test on {encoder.device} in {encoder.dtype}"
    finally:
        ws.close()
