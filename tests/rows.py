"""Rows for tests: projects whose items and proposals stand in the database alone, without bytes."""

import hashlib
from dataclasses import dataclass
from itertools import count

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db import images, projects, proposals, queue, users
from db.engine import Database
from db.ids import new_id
from db.projects import NewClass
from db.tables import Base, ImportBatch, Model, Project, Run, utc_now

_numbers = count()
NO_CHECKS = {
    "audit_share": 0.0,
    "overlap_share": 0.0,
    "probe_share": 0.0,
    "recheck_share": 0.0,
    "control_share": 0.0,
    "confident_share": 0.0,
}
CLASSES = ("cat", "dog", "bird")
PEOPLE = ("ann", "bob", "cem")


@dataclass(frozen=True)
class Seeded:
    """A project and what is in it; ``classes`` and ``people`` are ids by name."""

    id: str
    name: str
    classes: dict[str, str]
    items: list[str]
    people: dict[str, str]


def seed(
    db: Database,
    item_count: int,
    *,
    mode: str = "single",
    proposed: bool = True,
    queued: bool = True,
    review: dict = NO_CHECKS,
) -> Seeded:
    """Store a new project with items; proposals for all and a queue in their order if asked.

    ``review``: the project's review settings.
    """

    def work(session: Session) -> Seeded:
        name = f"project {next(_numbers)}"
        project = projects.add(
            session,
            Project(name=name, mode=mode, review=review),
            [NewClass(one, one, one) for one in CLASSES],
        )
        classes = {c.name: c.id for c in projects.classes(session, project.id)}
        items = add_items(session, project, item_count)
        if proposed and items:
            propose(session, project, items, list(classes.values()))
        if queued:
            queue.replace(
                session, project.id, [entry(project.id, i, n) for n, i in enumerate(items)]
            )
        people = {person: users.ensure(session, person).id for person in PEOPLE}
        return Seeded(project.id, name, classes, items, people)

    return db.write(work)


def entry(project_id: str, item_id: str, rank: int) -> dict:
    return {
        "project_id": project_id,
        "item_id": item_id,
        "rank": rank,
        "state": "queued",
        "policy": "margin",
        "value": 0.1,
        "reason": f"rank {rank}",
    }


def propose(session: Session, project: Project, items: list[str], class_ids: list[str]) -> str:
    """Store a finished run with the first class on top of every item; its id."""
    recipe = hashlib.sha256(new_id().encode()).hexdigest()
    proposals.ensure_recipe(session, recipe, {"test": True})
    model = proposals.find_model(session, "f" * 64, "none", "float32") or proposals.add_model(
        session,
        Model(
            name="test",
            source="test",
            weights_hash="f" * 64,
            preprocessing="none",
            dtype="float32",
            dim=4,
            objective="softmax",
            logit_scale=1.0,
        ),
    )
    values = {"project_id": project.id, "recipe_id": recipe, "model_id": model.id, "revision": 1}
    run_id = _insert(session, Run, **values)
    top = [[class_id, round(0.6 / (n + 1), 3)] for n, class_id in enumerate(class_ids)]
    rows = [
        {
            "run_id": run_id,
            "item_id": item,
            "class_id": class_ids[0],
            "score": 0.6,
            "margin": 0.3,
            "entropy": 0.5,
            "none_score": 0.0,
            "top": top,
        }
        for item in items
    ]
    proposals.add_proposals(session, rows)
    proposals.mark_proposed(session, project.id, run_id)
    projects.show_run(session, project.id, run_id)
    return run_id


def add_items(session: Session, project: Project, item_count: int) -> list[str]:
    """Store items of a new import; their ids in order of arrival."""
    batch_id = _insert(session, ImportBatch, project_id=project.id, sources=[])
    ids, now = sorted(new_id() for _ in range(item_count)), utc_now()
    shas = [hashlib.sha256(item.encode()).hexdigest() for item in ids]
    images.add_images(session, [_picture(sha, now) for sha in shas])
    images.add_items(
        session,
        [
            {
                "id": item,
                "project_id": project.id,
                "sha256": sha,
                "batch_id": batch_id,
                "state": "unlabeled",
                "random_rank": 0.5,
                "created_at": now,
            }
            for item, sha in zip(ids, shas, strict=True)
        ],
    )
    return ids


def _insert(session: Session, entity: type[Base], **values) -> str:
    """Store a row without naming the columns that it leaves out, which an older schema lacks."""
    row = {"id": new_id()} | values
    session.execute(insert(entity.__table__), [row])
    return row["id"]


def _picture(sha: str, now) -> dict:
    return {
        "sha256": sha,
        "phash": "0" * 16,
        "width": 28,
        "height": 28,
        "bytes": 100,
        "format": "PNG",
        "note": None,
        "link": None,
        "link_mtime_ns": None,
        "has_screen": False,
        "created_at": now,
    }
