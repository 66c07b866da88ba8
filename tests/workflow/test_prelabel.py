"""Pre-labeling with the real embedded model: what is computed once, and what a crash leaves."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from db import decisions, proposals
from db.tables import Embedding, Item, Model, Proposal, Run
from db.tables import Image as Picture
from labeling.class_names import parse
from labeling.errors import InputError, NotFoundError
from labeling.workflows import classes, ingest, jobs, prelabel, projects, recipes, status
from labeling.workspace import Workspace
from tests.workflow.helpers import (
    create,
    import_,
    kill_when,
    pictures,
    prelabel_,
    run,
    start,
)

DIGITS = "zero,one,two"


@pytest.fixture
def zoo(ws: Workspace, model, tmp_path: Path) -> str:
    pictures(tmp_path / "in", 12)
    name = create(ws, "zoo", DIGITS)
    import_(ws, name, tmp_path / "in")
    return name


def shown(ws: Workspace, name: str) -> dict[str, tuple]:
    """What the shown run proposes, by item."""
    with ws.db.read() as session:
        project = projects.find(session, name)
        rows = session.scalars(select(Proposal).where(Proposal.run_id == project.run_id))
        return {p.item_id: (p.class_id, p.score, p.margin, p.entropy, str(p.top)) for p in rows}


def count(ws: Workspace, entity) -> int:
    with ws.db.read() as session:
        return len(session.scalars(select(entity)).all())


def healthy(ws: Workspace, name: str) -> bool:
    with ws.db.read() as session:
        return not list(decisions.differing(session, projects.find(session, name).id))


def test_a_run_proposes_for_every_item_and_fills_the_queue(ws: Workspace, model, zoo: str) -> None:
    result = prelabel_(ws, zoo)
    assert (result["items"], result["encoded"], result["from_cache"]) == (12, 12, 0)
    assert model.pictures == 12
    assert status.status(ws, zoo)["by_state"] == {"proposed": 12}
    queue = projects.ranked_queue(ws, zoo)
    assert len(queue) == 12
    assert all(row["reason"] for row in queue)
    margins = [row["margin"] for row in queue]
    assert margins == pytest.approx(sorted(margins), abs=1e-5)
    for row in queue:
        scores = [proposal["score"] for proposal in row["proposals"]]
        assert scores == sorted(scores, reverse=True)
        assert {proposal["label"] for proposal in row["proposals"]} == {"zero", "one", "two"}
    assert healthy(ws, zoo)


def test_a_second_run_encodes_nothing_and_says_the_same(ws: Workspace, model, zoo: str) -> None:
    first = prelabel_(ws, zoo)
    before, texts = shown(ws, zoo), len(model.texts)
    second = prelabel_(ws, zoo)
    assert (second["items"], second["encoded"], second["from_cache"]) == (12, 0, 12)
    assert second["recipe"] == first["recipe"]
    assert (model.pictures, len(model.texts)) == (12, texts)
    assert shown(ws, zoo) == before
    assert count(ws, Run) == 1


def test_the_same_recipe_gives_the_same_proposals_in_another_project(
    ws: Workspace, model, zoo: str, tmp_path: Path
) -> None:
    prelabel_(ws, zoo)
    import_(ws, create(ws, "again", DIGITS), tmp_path / "in")
    result = prelabel_(ws, "again")
    assert result["encoded"] == 0
    assert model.pictures == 12

    def by_picture(name: str) -> dict:
        with ws.db.read() as session:
            shas = dict(session.execute(select(Item.id, Item.sha256)).tuples().all())
        return {shas[item]: told[1:4] for item, told in shown(ws, name).items()}

    assert by_picture("again") == by_picture(zoo)


def test_other_classes_and_templates_encode_no_picture(ws: Workspace, model, zoo: str) -> None:
    first = prelabel_(ws, zoo)
    classes.rename(ws, zoo, "two", "seven")
    renamed = prelabel_(ws, zoo)
    known = list(model.texts)
    again = prelabel_(ws, zoo, templates=["plain"])
    assert len({first["recipe"], renamed["recipe"], again["recipe"]}) == 3
    assert [r["encoded"] for r in (renamed, again)] == [0, 0]
    assert model.pictures == 12
    assert len(known) == len(set(known)), "a text is encoded once"
    assert set(model.texts) - set(known) == {"zero", "one", "seven"}
    back = prelabel_(ws, zoo, templates=["photo"])
    assert back["recipe"] == renamed["recipe"]
    assert healthy(ws, zoo)


def test_pictures_that_came_later_are_added_to_the_same_run(
    ws: Workspace, model, zoo: str, tmp_path: Path
) -> None:
    first = prelabel_(ws, zoo)
    before = shown(ws, zoo)
    pictures(tmp_path / "more", 3, first=100)
    import_(ws, zoo, tmp_path / "more")
    assert status.status(ws, zoo)["by_state"] == {"proposed": 12, "unlabeled": 3}
    second = prelabel_(ws, zoo)
    assert (second["items"], second["encoded"], second["from_cache"]) == (15, 3, 12)
    assert second["run"] == first["run"]
    after = shown(ws, zoo)
    assert {item: after[item] for item in before} == before
    assert len(projects.ranked_queue(ws, zoo)) == 15


def test_the_recipe_rebuilds_the_proposals(ws: Workspace, zoo: str, encoder) -> None:
    """From the recipe alone, with a fresh call of the model: what the run stored."""
    from labeling.scoring.zero_shot import propose
    from labeling.workflows.zero_shot_head import pool_vectors

    result = prelabel_(ws, zoo)
    with ws.db.read() as session:
        spec = proposals.recipe(session, result["recipe"]).spec
        run_ = proposals.run(session, result["run"])
        model = proposals.model(session, run_.model_id)
        items = proposals.embedded_items(session, run_.project_id, model.id)
    assert recipes.recipe_id(spec) == result["recipe"]
    texts = [entry["texts"] for entry in spec["classes"]]
    flat = [text for own in texts for text in own] + spec["background"]
    vectors, background = pool_vectors(encoder.encode_texts(flat), texts, spec["background"])
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        images = store.read(np.array([row for _, row, _ in items]))
    again = propose(
        images,
        vectors,
        spec["model"]["logit_scale"],
        spec["model"]["logit_bias"],
        mode="single",
        k=5,
        background=background,
        none_threshold=spec["none_threshold"] or None,
    )
    stored = shown(ws, zoo)
    for (item, _, _), score, margin in zip(items, again.score, again.margin, strict=True):
        assert stored[item][1:3] == pytest.approx((score[0], margin), abs=1e-5)


def test_a_multi_label_project_scores_each_class_by_itself(
    ws: Workspace, model, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 4)
    import_(ws, create(ws, "many", "red,blue,green", mode="multi"), tmp_path / "in")
    prelabel_(ws, "many")
    for row in projects.ranked_queue(ws, "many"):
        assert len(row["proposals"]) == 3
        assert sum(p["score"] for p in row["proposals"]) != pytest.approx(1.0, abs=1e-6)


def test_words_the_model_does_not_know_are_told(ws: Workspace, model, tmp_path: Path) -> None:
    pictures(tmp_path / "in", 1)
    import_(ws, create(ws, "strange", "zero,axolotl"), tmp_path / "in")
    job_id = prelabel.enqueue(ws, "strange")
    run(ws, job_id)
    told = [line for line in jobs.log_lines(ws, job_id) if "axolotl" in line["text"]]
    assert [line["level"] for line in told] == ["warning"]


def test_what_can_not_be_run_is_told_at_once(local_ws: Workspace, local_model) -> None:
    with pytest.raises(NotFoundError):
        prelabel.enqueue(local_ws, "nothing")
    create(local_ws)
    with pytest.raises(InputError, match="no pictures"):
        prelabel.enqueue(local_ws, "zoo")
    with pytest.raises(InputError):
        prelabel.enqueue(local_ws, "zoo", model="no such model")
    with pytest.raises(InputError):
        prelabel.enqueue(local_ws, "zoo", templates=["without a place for the name"])
    assert jobs.recent(local_ws) == []
    assert projects.show(local_ws, "zoo")["templates"] == ["photo"]


def test_a_linked_file_that_is_gone_is_told_and_taken_in_when_it_is_back(
    local_ws: Workspace, local_model, tmp_path: Path
) -> None:
    paths = pictures(tmp_path / "in", 4)
    import_(local_ws, create(local_ws, "zoo", DIGITS), tmp_path / "in", link=True)
    sha = sha256(paths[0].read_bytes()).hexdigest()
    paths[0].rename(tmp_path / "elsewhere.png")
    job_id = prelabel.enqueue(local_ws, "zoo")
    result = run(local_ws, job_id)
    assert (result["items"], result["encoded"]) == (3, 3)
    assert any(sha[:12] in line["text"] for line in jobs.log_lines(local_ws, job_id))

    def missing_since():
        with local_ws.db.read() as session:
            return session.get_one(Picture, sha).missing_since

    assert missing_since() is not None
    assert status.status(local_ws, "zoo")["by_state"] == {"proposed": 3, "unlabeled": 1}
    (tmp_path / "elsewhere.png").rename(paths[0])
    assert prelabel_(local_ws, "zoo")["encoded"] == 1
    assert missing_since() is None


def test_a_file_that_is_damaged_in_the_store_does_not_stop_the_run(
    local_ws: Workspace, local_model, tmp_path: Path
) -> None:
    [first, *_] = pictures(tmp_path / "in", 3)
    import_(local_ws, create(local_ws, "zoo", DIGITS), tmp_path / "in")
    sha = sha256(first.read_bytes()).hexdigest()
    local_ws.blobs.local_path("original", sha).unlink()
    assert prelabel_(local_ws, "zoo")["items"] == 2


@pytest.mark.slow
def test_a_killed_run_goes_on_with_nothing_twice_and_nothing_missing(
    ws: Workspace, model, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 600)
    import_(ws, create(ws, "zoo", DIGITS), tmp_path / "in")
    job_id = prelabel.enqueue(ws, "zoo")
    for least in (0, 200):
        process = start(ws, job_id)
        kill_when(process, lambda least=least: count(ws, Embedding) > least)
    before = count(ws, Embedding)
    assert before < 600, "killed too late to show anything"
    assert jobs.show(ws, job_id)["state"] == "running"
    assert healthy(ws, "zoo")
    result = run(ws, job_id)
    assert model.pictures == 600 - before
    assert result["items"] == 600
    assert count(ws, Embedding) == 600
    assert count(ws, Proposal) == 600
    with ws.db.read() as session:
        rows = sorted(session.scalars(select(Embedding.row)))
        stored = session.scalars(select(Model)).one()
    assert rows == list(range(600))
    assert (ws.settings.root / "embeddings" / f"{stored.id}.f16").stat().st_size == (
        600 * stored.dim * 2
    )
    clean = Workspace(ws.settings, ws.db, ws.blobs)
    again = projects.create(clean, "again", parse(DIGITS))
    run(clean, ingest.enqueue(clean, again["name"], [str(tmp_path / "in")]))
    assert healthy(ws, "zoo")
    assert _agree(ws, model, tmp_path / "in")


def _agree(ws: Workspace, model, folder: Path) -> bool:
    """Whether the stored vectors are those that the model gives the pictures now."""
    import torch

    with ws.db.read() as session:
        where = dict(session.execute(select(Embedding.sha256, Embedding.row)).tuples().all())
        stored = session.scalars(select(Model)).one()
    paths = sorted(folder.iterdir())[::50]
    wanted = np.array([where[sha256(path.read_bytes()).hexdigest()] for path in paths])
    with ws.embeddings(stored.id, stored.dim, stored.rows) as store:
        found = store.read(wanted)
    batch = torch.stack([model.preprocess(Image.open(path).convert("RGB")) for path in paths])
    return bool(np.abs(found - model.encode_images(batch)).max() < 2e-2)
