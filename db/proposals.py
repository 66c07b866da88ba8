"""Models, embeddings' rows, recipes, runs and what they propose."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from db.engine import insert_all, insert_new, lookups, table_of
from db.tables import (
    Embedding,
    Item,
    ItemState,
    Model,
    Proposal,
    Recipe,
    Run,
    TextEmbedding,
)

_run = table_of(Run).c
_RECIPE_OF = select(_run.recipe_id).where(
    _run.id == bindparam("run"), _run.project_id == bindparam("project")
)
_OF_ITEMS = select(Proposal).where(
    Proposal.run_id == bindparam("run"), Proposal.item_id.in_(bindparam("items", expanding=True))
)


def find_model(session: Session, weights: str, preprocessing: str, dtype: str) -> Model | None:
    """The model with these weights, this preprocessing and dtype; None where it is new."""
    query = select(Model).where(
        Model.weights_hash == weights, Model.preprocessing == preprocessing, Model.dtype == dtype
    )
    return session.scalars(query).one_or_none()


def model(session: Session, model_id: str) -> Model:
    """The model with this id."""
    return session.get_one(Model, model_id)


def add_model(session: Session, row: Model) -> Model:
    """Store a model that was not known."""
    session.add(row)
    session.flush()
    return row


def without_embedding(session: Session, project_id: str, model_id: str) -> Sequence[str]:
    """The pictures of a project that have no embedding under a model, in order of arrival."""
    query = (
        select(Item.sha256)
        .outerjoin(Embedding, and_(Embedding.sha256 == Item.sha256, Embedding.model_id == model_id))
        .where(Item.project_id == project_id, Embedding.row.is_(None))
        .order_by(Item.id)
    )
    return session.scalars(query).all()


def add_embeddings(session: Session, model_id: str, shas: Sequence[str], first_row: int) -> None:
    """Store where the vectors of ``shas`` stand, and that the file is this long now."""
    insert_all(
        session,
        Embedding,
        [
            {"model_id": model_id, "sha256": sha, "row": first_row + offset}
            for offset, sha in enumerate(shas)
        ],
    )
    session.execute(update(Model).where(Model.id == model_id).values(rows=first_row + len(shas)))


def forget_embeddings(session: Session, model_id: str, first_row: int) -> int:
    """Forget the rows from ``first_row`` on, which a model's file has lost; how many."""
    lost = delete(Embedding).where(Embedding.model_id == model_id, Embedding.row >= first_row)
    count = len(session.scalars(lost.returning(Embedding.row)).all())
    session.execute(update(Model).where(Model.id == model_id).values(rows=first_row))
    return count


def embedded_items(
    session: Session, project_id: str, model_id: str
) -> Sequence[tuple[str, int, str]]:
    """``(item id, embedding row, state)`` of every item that has an embedding, by item id."""
    query = (
        select(Item.id, Embedding.row, Item.state)
        .join(Embedding, Embedding.sha256 == Item.sha256)
        .where(Item.project_id == project_id, Embedding.model_id == model_id)
        .order_by(Item.id)
    )
    return session.execute(query).tuples().all()


def embedding_row(session: Session, model_id: str, sha256: str) -> int | None:
    """The row of a picture in a model's embedding file, None where it has none."""
    found = session.get(Embedding, (model_id, sha256))
    return found.row if found else None


def unproposed(session: Session, run: Run) -> Sequence[tuple[str, int]]:
    """``(item id, embedding row)`` of the items that a run has no proposal for yet."""
    query = (
        select(Item.id, Embedding.row)
        .join(Embedding, Embedding.sha256 == Item.sha256)
        .outerjoin(Proposal, and_(Proposal.item_id == Item.id, Proposal.run_id == run.id))
        .where(
            Item.project_id == run.project_id,
            Embedding.model_id == run.model_id,
            Proposal.item_id.is_(None),
        )
        .order_by(Item.id)
    )
    return session.execute(query).tuples().all()


def known_texts(session: Session, model_id: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """The stored vectors of texts under a model, by hash of the text."""
    found: dict[str, bytes] = {}
    for part in lookups(hashes):
        query = select(TextEmbedding.text_hash, TextEmbedding.vector).where(
            TextEmbedding.model_id == model_id, TextEmbedding.text_hash.in_(part)
        )
        found.update(session.execute(query).tuples().all())
    return found


def add_texts(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store vectors of texts."""
    insert_new(session, TextEmbedding, rows)


def ensure_recipe(session: Session, recipe_id: str, spec: dict[str, Any]) -> None:
    """Store a recipe where it is not known."""
    if session.get(Recipe, recipe_id) is None:
        session.add(Recipe(id=recipe_id, spec=spec))
        session.flush()


def latest_run(session: Session, project_id: str, recipe_id: str) -> Run | None:
    """The newest run of a project under a recipe."""
    query = (
        select(Run)
        .where(Run.project_id == project_id, Run.recipe_id == recipe_id)
        .order_by(Run.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def run(session: Session, run_id: str) -> Run:
    """The run with this id."""
    return session.get_one(Run, run_id)


def recipe_of(session: Session, project_id: str, run_id: str) -> str | None:
    """The id of the recipe of a run, None where the project has no such run."""
    return session.scalar(_RECIPE_OF, {"run": run_id, "project": project_id})


def finish_run(session: Session, run_id: str, *, now: datetime, **values: int) -> None:
    """Note that a run is complete, with its counts."""
    session.execute(update(Run).where(Run.id == run_id).values(finished_at=now, **values))


def recipe(session: Session, recipe_id: str) -> Recipe:
    """The recipe with this id."""
    return session.get_one(Recipe, recipe_id)


def add_proposals(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store proposals, passing over those that are there; how many were new."""
    return insert_new(session, Proposal, rows)


def count(session: Session, run_id: str) -> int:
    """How many items a run has proposals for."""
    return session.scalar(select(func.count()).where(Proposal.run_id == run_id)) or 0


def mark_proposed(session: Session, project_id: str, run_id: str) -> None:
    """Move the unlabeled items that a run has proposals for to ``proposed``."""
    session.execute(
        update(Item)
        .where(
            Item.project_id == project_id,
            Item.state == ItemState.UNLABELED,
            Item.id.in_(select(Proposal.item_id).where(Proposal.run_id == run_id)),
        )
        .values(state=ItemState.PROPOSED)
    )


def of_items(session: Session, run_id: str, item_ids: Iterable[str]) -> dict[str, Proposal]:
    """What a run proposes for items, by item id."""
    found: dict[str, Proposal] = {}
    for part in lookups(item_ids):
        rows = session.scalars(_OF_ITEMS, {"run": run_id, "items": part})
        found.update({row.item_id: row for row in rows})
    return found


def count_by_class(session: Session, run_id: str, project_id: str) -> dict[str | None, int]:
    """How many undecided items a run proposes for each class id (None: none of these)."""
    query = (
        select(Proposal.class_id, func.count())
        .join(Item, Item.id == Proposal.item_id)
        .where(
            Proposal.run_id == run_id,
            Item.project_id == project_id,
            Item.state == ItemState.PROPOSED,
        )
        .group_by(Proposal.class_id)
    )
    return dict(session.execute(query).tuples().all())
