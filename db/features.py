"""Further models of a project, whose vectors its heads may learn from beside its own model's."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.tables import Embedding, Item, Model, ProjectFeature


def of_project(session: Session, project_id: str) -> Sequence[ProjectFeature]:
    """The further models of a project, in the order in which they were added."""
    query = select(ProjectFeature).where(ProjectFeature.project_id == project_id)
    return session.scalars(query.order_by(ProjectFeature.created_at, ProjectFeature.name)).all()


def ready(session: Session, project_id: str) -> Sequence[tuple[str, Model]]:
    """Name and model of those whose vectors are there, in the same order."""
    query = (
        select(ProjectFeature.name, Model)
        .join(Model, Model.id == ProjectFeature.model_id)
        .where(ProjectFeature.project_id == project_id)
        .order_by(ProjectFeature.created_at, ProjectFeature.name)
    )
    return session.execute(query).tuples().all()


def add(session: Session, project_id: str, name: str) -> None:
    """Add a model, which has no vectors of the project yet."""
    session.add(ProjectFeature(project_id=project_id, name=name))
    session.flush()


def remove(session: Session, project_id: str, name: str) -> bool:
    """Remove a model from a project, its vectors stay; whether it was there."""
    gone = delete(ProjectFeature).where(
        ProjectFeature.project_id == project_id, ProjectFeature.name == name
    )
    return bool(session.scalars(gone.returning(ProjectFeature.name)).all())


def made(session: Session, project_id: str, name: str, model_id: str | None) -> None:
    """Note that the pictures of a project have vectors of this model now; None: some have none."""
    session.execute(
        update(ProjectFeature)
        .where(ProjectFeature.project_id == project_id, ProjectFeature.name == name)
        .values(model_id=model_id)
    )


def count(session: Session, project_id: str, model_id: str) -> int:
    """How many items of a project have a vector under a model."""
    query = (
        select(func.count())
        .select_from(Item)
        .join(Embedding, Embedding.sha256 == Item.sha256)
        .where(Item.project_id == project_id, Embedding.model_id == model_id)
    )
    return session.scalar(query) or 0


def rows(session: Session, project_id: str, model_id: str) -> dict[str, int]:
    """The embedding row of every item of a project that has one under a model, by item id."""
    query = (
        select(Item.id, Embedding.row)
        .join(Embedding, Embedding.sha256 == Item.sha256)
        .where(Item.project_id == project_id, Embedding.model_id == model_id)
    )
    return dict(session.execute(query).tuples().all())
