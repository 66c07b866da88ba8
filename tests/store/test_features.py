"""Further models of a project: added, ready once their vectors are there, gone with the project."""

from sqlalchemy import select

from db import features, projects, proposals
from db.engine import Database
from db.heads import ensure, figure
from db.tables import Head, Item, Model, ProjectFeature
from tests.rows import Seeded, seed


def model_of(db: Database, name: str) -> Model:
    row = Model(
        name=name, source=name, weights_hash=name.ljust(64, "0"), preprocessing="none",
        dtype="float32", dim=4, objective="none", logit_scale=1.0,
    )  # fmt: skip
    return db.write(lambda session: proposals.add_model(session, row))


def embed(db: Database, seeded: Seeded, model: Model, count: int) -> None:
    def work(session) -> None:
        found = select(Item.sha256).where(Item.id.in_(seeded.items[:count])).order_by(Item.id)
        proposals.add_embeddings(session, model.id, session.scalars(found).all(), 0)

    db.write(work)


def test_a_model_is_ready_once_its_vectors_are_there(db: Database) -> None:
    seeded = seed(db, 3)
    for name in ("one", "two"):
        db.write(lambda session, name=name: features.add(session, seeded.id, name))
    with db.read() as session:
        assert [row.name for row in features.of_project(session, seeded.id)] == ["one", "two"]
        assert list(features.ready(session, seeded.id)) == []
    model = model_of(db, "two")
    embed(db, seeded, model, 2)
    db.write(lambda session: features.made(session, seeded.id, "two", model.id))
    with db.read() as session:
        [(name, found)] = features.ready(session, seeded.id)
        assert (name, found.id) == ("two", model.id)
        rows = features.rows(session, seeded.id, model.id)
        assert sorted(rows.values()) == [0, 1]
        assert rows.keys() < set(seeded.items)
        assert features.rows(session, "other", model.id) == {}
        counted = [features.count(session, of, model.id) for of in (seeded.id, "other")]
        assert counted == [2, 0]


def test_a_removed_model_keeps_its_vectors(db: Database) -> None:
    seeded = seed(db, 2)
    model = model_of(db, "one")
    embed(db, seeded, model, 2)
    db.write(lambda session: features.add(session, seeded.id, "one"))
    assert db.write(lambda session: features.remove(session, seeded.id, "one"))
    assert not db.write(lambda session: features.remove(session, seeded.id, "one"))
    with db.read() as session:
        assert len(features.rows(session, seeded.id, model.id)) == 2


def test_further_models_go_with_their_project(db: Database) -> None:
    seeded = seed(db, 2)
    db.write(lambda session: features.add(session, seeded.id, "one"))
    db.write(lambda session: projects.remove(session, seeded.id))
    with db.read() as session:
        assert session.scalars(select(ProjectFeature.name)).all() == []


def test_the_same_head_stored_again_takes_the_newer_figures(db: Database) -> None:
    seeded = seed(db, 1)
    model = model_of(db, "one")

    def head(**figures) -> Head:
        given = {"project_id": seeded.id, "model_id": model.id, "kind": "lda", "sha256": "a" * 64}
        given |= {"arm": "policy", "seq": 3, "class_set_revision": 1}
        return Head(**given, weights=b"", figures=figures)

    first = db.write(lambda session: ensure(session, head(vectors=["x", "y"], stop=1)))
    again = db.write(lambda session: ensure(session, head(vectors=["x"], saved=2)))
    assert again.id == first.id
    with db.read() as session:
        assert figure(session, first.id, "vectors") == ["x"]
        assert (figure(session, first.id, "stop"), figure(session, first.id, "saved")) == (1, 2)
        assert figure(session, first.id, "none such") is None
