"""Further features: made with each pre-labeling, learned from, told, and let go again."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import timm
from PIL import Image
from sqlalchemy import delete, select

from db import features as stored_features
from db import heads, proposals
from db.ids import new_id
from db.tables import Embedding, Head, Item, Model, Project, Recipe, Run
from labeling.class_names import RawClass, clean
from labeling.encoders.base import NO_TEXTS
from labeling.errors import (
    ForbiddenError,
    InputError,
    ModelUnreachableError,
    NotFoundError,
)
from labeling.heads.storage import load as load_head
from labeling.samples.catalogue import load
from labeling.scoring.calibrate import apply
from labeling.settings import Settings
from labeling.workflows import (
    accounts,
    current_head,
    curves,
    encoded,
    erasure,
    evaluate,
    features,
    jobs,
    learn,
    learning_figures,
    projects,
    relabel,
    review,
    search,
    suspects,
    training,
)
from labeling.workspace import Workspace, open_workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import import_, prelabel_, run

pytestmark = pytest.mark.slow

NAME = "digits"
COUNT = 160
REVIEW = NO_CHECKS | {"audit_share": 0.1, "control_share": 0.5}
AS_TRAINED = {
    "input_size": (3, 64, 64),
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "crop_pct": 1.0,
    "crop_mode": "squash",
    "num_classes": 64,
}
"""How the embedded model's image tower was trained."""


@pytest.fixture(scope="module")
def tower(tmp_path_factory, encoder) -> Path:
    """The embedded model's image tower as a folder of timm: good features that know no texts."""
    import open_clip

    from labeling.encoders.registry import resolve

    source = resolve("embedded").source
    trunk = open_clip.create_model(source).visual.trunk
    model = timm.create_model("test_byobnet", num_classes=64, pretrained_cfg_overlay=AS_TRAINED)
    model.load_state_dict(trunk.state_dict())
    folder = tmp_path_factory.mktemp("tower") / "tower"
    folder.mkdir()
    timm.models.save_for_hf(model, folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, encoder) -> Path:
    """A home with some of the digits in it, pre-labeled, to be copied.

    Each class is described as the next digit, and the project's own vectors are noise: its
    proposals are wrong, and its heads can learn nothing.
    """
    home = tmp_path_factory.mktemp("features") / "home"
    ws = open_workspace(Settings(home=home, device="cpu"))
    ws._encoders["embedded"] = Blind(encoder)
    sample = load("digits")
    with zipfile.ZipFile(sample.pictures) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        archive.extractall(home.parent / "pictures", names[::5][:COUNT])
    specs = [RawClass(c["name"], "sample", display=c["display"]) for c in sample.classes]
    projects.create(ws, NAME, clean(specs))
    projects.configure(ws, NAME, review=REVIEW)
    import_(ws, NAME, home.parent / "pictures")
    prelabel_(ws, NAME)
    ws.close()
    return home


class Blind:
    """The embedded model, whose vectors of pictures have nothing to do with what they show."""

    def __init__(self, encoder) -> None:
        self._encoder = encoder

    def __getattr__(self, name: str):
        return getattr(self._encoder, name)

    def encode_images(self, batch):
        noise = [
            np.random.default_rng(int(picture.long().sum())).normal(size=64) for picture in batch
        ]
        rows = np.array(noise, np.float32).reshape(-1, 64)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def ws(prepared: Path, tmp_path: Path, encoder) -> Iterator[Workspace]:
    shutil.copytree(prepared, tmp_path / "home")
    workspace = open_workspace(Settings(home=tmp_path / "home", device="cpu"))
    workspace._encoders["embedded"] = Blind(encoder)
    yield workspace
    workspace.close()


def rows(ws: Workspace, query):
    with ws.db.read() as session:
        return session.scalars(query).all()


def add(ws: Workspace, model: Path | str) -> dict:
    job = features.add(ws, NAME, str(model))
    assert job
    return run(ws, job)


def project_of(ws: Workspace) -> Project:
    with ws.db.read() as session:
        return projects.find(session, NAME)


def shown(ws: Workspace) -> Run:
    with ws.db.read() as session:
        return proposals.run(session, projects.find(session, NAME).run_id)


def truth_of(source: str) -> list[str]:
    return list(load("digits").labels()["/".join(Path(source).parts[-2:])])


def decide(ws: Workspace, count: int) -> None:
    """Answer as somebody who knows the truth."""
    me, done = accounts.local_user(ws), 0
    while done < count:
        items = review.queue(ws, me, NAME, min(20, count - done))["items"]
        assert items
        acts = []
        for item in items:
            labels = truth_of(item["source"])
            kind = "correct" if labels else "none_of_these"
            told = {"item": item["item"], "kind": kind, "labels": labels, "run": item["run"]}
            acts.append({"id": new_id(), **told})
        assert review.decide(ws, me, NAME, acts)["rejected"] == []
        done += len(items)


def learn_(ws: Workspace) -> dict:
    return run(ws, learn.enqueue(ws, NAME))


def newest_head(ws: Workspace) -> Head:
    return rows(ws, select(Head).where(Head.arm == heads.POLICY).order_by(Head.seq, Head.id))[-1]


def accuracy(ws: Workspace, tmp_path: Path) -> float:
    with ws.db.read() as session:
        names = dict(session.execute(select(Item.id, Item.sha256)).tuples().all())
    sources = {row["sha256"]: row["image"] for row in projects.ranked_queue(ws, NAME, COUNT)}
    lines = ["image,label"]
    for sha in names.values():
        if sha in sources:
            lines.append(f"{sha},{';'.join(truth_of(sources[sha]))}")
    path = tmp_path / "truth.csv"
    path.write_text("\n".join(lines))
    return evaluate.evaluate(ws, NAME, path)["accuracy"]


def test_features_are_made_once_and_told(ws, tower) -> None:
    result = add(ws, tower)
    assert (result["encoded"], result["features_failed"]) == (0, {})
    [told] = features.listed(ws, NAME)
    assert told == {"model": str(tower), "dim": 256, "encoded": COUNT, "items": COUNT}
    [stored] = rows(ws, select(Model).where(Model.objective == NO_TEXTS))
    assert stored.rows == COUNT
    prelabel_(ws, NAME)
    assert rows(ws, select(Model).where(Model.id == stored.id))[0].rows == COUNT


def test_heads_learn_from_features_where_the_own_model_sees_nothing(ws, tower, tmp_path) -> None:
    decide(ws, 60)
    learn_(ws)
    before = accuracy(ws, tmp_path)
    add(ws, tower)
    assert "learn" in {job["kind"] for job in jobs.recent(ws, NAME) if job["state"] == "queued"}
    result = learn_(ws)
    head, run_ = newest_head(ws), shown(ws)
    assert result["shown"]
    assert run_.items == COUNT
    assert head.kind in {
        "joined",
        f"probe:{training.read(ws, project_of(ws).id).further[0][0].label}",
    }
    assert accuracy(ws, tmp_path) > before + 0.3
    with ws.db.read() as session:
        models = encoded.models_of(session, run_)
        spec = session.scalars(select(Recipe).where(Recipe.id == run_.recipe_id)).one().spec
    assert head.figures["vectors"] == [model.id for model in models]
    assert NO_TEXTS in {model.objective for model in models}
    told = spec["head"]["vectors"]
    assert [one["weights_hash"] for one in told] == [model.weights_hash for model in models]
    assert {one["preprocessing"] for one in told} == {model.preprocessing for model in models}


def test_the_proposals_of_a_head_over_features_can_be_rebuilt(ws, tower) -> None:
    add(ws, tower)
    decide(ws, 60)
    learn_(ws)
    run_ = shown(ws)
    with ws.db.read() as session:
        models = encoded.models_of(session, run_)
        at = encoded.rows(session, run_.project_id, models)
        stored = proposals.of_items(session, run_.id, list(at))
        spec = session.scalars(select(Recipe).where(Recipe.id == run_.recipe_id)).one().spec
        head = load_head(heads.get(session, run_.head_id).weights)
    vectors = encoded.read(ws, models, [at[item] for item in stored])
    shares = apply(spec["calibration"], head.predict_proba(vectors))
    best = shares[:, : head.n_classes].max(axis=1)
    assert best == pytest.approx([one.score for one in stored.values()], abs=1e-6)


def test_a_single_picture_is_guessed_as_it_is_proposed(ws, tower) -> None:
    add(ws, tower)
    decide(ws, 60)
    learn_(ws)
    head = current_head.load(ws, NAME)
    names = {c["id"]: c["name"] for c in projects.show(ws, NAME)["classes"]}
    alike = 0
    ranked = projects.ranked_queue(ws, NAME, 20)
    for row in ranked:
        [guess, *_] = head.guesses(Image.open(row["image"]))
        said = names[guess.class_id] if guess.class_id else None
        alike += said in {None, row["proposals"][0]["label"]}
    assert alike >= len(ranked) - 2


def test_new_pictures_get_features_and_proposals(ws, tower, tmp_path) -> None:
    add(ws, tower)
    decide(ws, 60)
    learn_(ws)
    before = shown(ws)
    add_noise(ws, tmp_path / "more")
    prelabel_(ws, NAME)
    assert shown(ws).id == before.id
    with ws.db.read() as session:
        assert proposals.count(session, before.id) == COUNT + 3
    assert features.listed(ws, NAME)[0]["encoded"] == COUNT + 3


def test_every_search_and_doubt_works_with_features(ws, tower) -> None:
    add(ws, tower)
    decide(ws, 80)
    learn_(ws)
    lesson = training.read(ws, project_of(ws).id)
    assert lesson.taught.X.shape[1] == 64 + 256
    shas = [row["sha256"] for row in projects.ranked_queue(ws, NAME, 3)]
    for by, what in (("text", "a digit"), ("picture", shas[0]), ("head", "3")):
        found = run(ws, search.enqueue(ws, NAME, by, what, limit=5))
        assert len(found["found"]) == 5
    assert run(ws, suspects.enqueue(ws, NAME))["looked_at"] > 0
    assert run(ws, relabel.enqueue(ws, NAME))["relabel"] is not None
    figures = learning_figures.of_project(ws, NAME)
    assert figures["separability"]["verdict"] == "separate"
    assert "joined" in {one["name"] for one in figures["head"]["candidates"]}


def test_a_removed_model_is_learned_from_no_more(ws, tower) -> None:
    add(ws, tower)
    decide(ws, 60)
    learn_(ws)
    features.remove(ws, NAME, str(tower))
    assert features.listed(ws, NAME) == []
    learn_(ws)
    head = newest_head(ws)
    assert head.figures["further"] == []
    assert head.figures["vectors"] == [head.model_id]
    assert shown(ws).items == COUNT
    with pytest.raises(NotFoundError, match="none of the features"):
        features.remove(ws, NAME, str(tower))
    assert rows(ws, select(Model).where(Model.objective == NO_TEXTS))[0].rows == COUNT


def test_what_can_not_be_added_says_why(ws, tower, tmp_path, monkeypatch) -> None:
    with pytest.raises(InputError, match="own model"):
        features.add(ws, NAME, "embedded")
    with pytest.raises(NotFoundError):
        features.add(ws, NAME, "no-such-model")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelUnreachableError, match=r"vit_small_patch14_dinov2\.lvd142m"):
        features.add(ws, NAME, "dinov2-s14")
    add(ws, tower)
    with pytest.raises(InputError, match="already"):
        features.add(ws, NAME, str(tower))
    monkeypatch.setattr(features, "MOST", 1)
    other = shutil.copytree(tower, tmp_path / "other")
    with pytest.raises(InputError, match="1 further models already"):
        features.add(ws, NAME, str(other))
    for change in ({"model": str(tower)}, {"model": "dinov2-s14"}):
        with pytest.raises(InputError, match="knows no texts"):
            projects.configure(ws, NAME, **change)
    ann = accounts.user(ws, "ann").id
    with pytest.raises(ForbiddenError):
        features.ask_add(ws, ann, NAME, str(other))
    with pytest.raises(ForbiddenError):
        features.ask_remove(ws, ann, NAME, str(tower))


def test_a_model_that_is_gone_keeps_nobody_from_proposing(ws, tower, tmp_path) -> None:
    gone = shutil.copytree(tower, tmp_path / "gone")
    add(ws, gone)
    shutil.rmtree(gone)
    ws._features.clear()
    result = prelabel_(ws, NAME)
    assert list(result["features_failed"]) == [str(gone)]
    assert result["items"] == COUNT
    last = jobs.recent(ws, NAME, kind="prelabel")[0]
    lines = jobs.log_lines(ws, last["id"])
    assert any("not up to date" in line["text"] for line in lines)


def test_new_pictures_are_proposed_for_though_a_model_of_the_head_is_gone(
    ws, tower, tmp_path
) -> None:
    gone = shutil.copytree(tower, tmp_path / "gone")
    add(ws, gone)
    decide(ws, 60)
    learn_(ws)
    before = shown(ws)
    with ws.db.read() as session:
        assert NO_TEXTS in {model.objective for model in encoded.models_of(session, before)}
    shutil.rmtree(gone)
    ws._features.clear()
    add_noise(ws, tmp_path / "more")
    prelabel_(ws, NAME)
    assert shown(ws).head_id is None
    assert shown(ws).items == COUNT + 3
    learn_(ws)
    assert newest_head(ws).figures["further"] == []
    assert shown(ws).items == COUNT + 3
    shutil.copytree(tower, gone)
    prelabel_(ws, NAME)
    assert features.listed(ws, NAME)[0]["encoded"] == COUNT + 3
    learn_(ws)
    assert newest_head(ws).figures["further"]
    assert shown(ws).items == COUNT + 3


def add_noise(ws: Workspace, folder: Path) -> None:
    """Import three pictures that show nothing."""
    folder.mkdir()
    for n in range(3):
        noise = np.random.default_rng(n).integers(0, 255, (28, 28, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{n}.png")
    import_(ws, NAME, folder)


def test_lost_features_are_made_again(ws, tower) -> None:
    add(ws, tower)
    [model] = rows(ws, select(Model).where(Model.objective == NO_TEXTS))
    ws._embedding_file(model.id).unlink()
    prelabel_(ws, NAME)
    assert features.listed(ws, NAME)[0]["encoded"] == COUNT
    assert ws.stored_embeddings(model.id, model.dim) == COUNT


def test_what_lacks_a_feature_gets_no_proposal_by_it(ws, tower) -> None:
    add(ws, tower)
    decide(ws, 60)
    [model] = rows(ws, select(Model).where(Model.objective == NO_TEXTS))
    some = rows(ws, select(Embedding.sha256).where(Embedding.model_id == model.id).limit(2))
    lost = delete(Embedding).where(Embedding.model_id == model.id, Embedding.sha256.in_(some))
    ws.db.write(lambda session: session.execute(lost))
    learn_(ws)
    run_ = shown(ws)
    with ws.db.read() as session:
        models = encoded.models_of(session, run_)
        assert len(encoded.rows(session, run_.project_id, models)) == COUNT - 2
        assert proposals.count(session, run_.id) == COUNT - 2
    prelabel_(ws, NAME)
    with ws.db.read() as session:
        assert proposals.count(session, run_.id) == COUNT


def test_an_erased_picture_is_gone_from_the_features_too(ws, tower) -> None:
    add(ws, tower)
    decide(ws, 60)
    learn_(ws)
    lesson = training.read(ws, project_of(ws).id)
    [(_, model)] = lesson.further
    item = lesson.taught.items[5]
    with ws.db.read() as session:
        sha = session.scalars(select(Item.sha256).where(Item.id == item)).one()
        row = proposals.embedding_row(session, model.id, sha)
    lead = accounts.user(ws, "lea", role="admin").id
    run(ws, erasure.enqueue(ws, lead, NAME, [sha]))
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        assert not store.read(np.array([row])).any()
    assert item not in training.read(ws, project_of(ws).id).taught.items
    prelabel_(ws, NAME)
    assert features.listed(ws, NAME)[0]["encoded"] == COUNT - 1


def test_points_of_a_curve_hold_only_while_their_heads_see_the_same_features(
    ws, tower, tmp_path
) -> None:
    decide(ws, 60)
    plain = signatures(ws, "transductive")
    add(ws, tower)
    first = signatures(ws, "transductive", "joined")
    other = shutil.copytree(tower, tmp_path / "other")
    content = (other / "config.json").read_text()
    (other / "config.json").write_text(content.replace('"crop_pct": 1.0', '"crop_pct": 0.9'))
    add(ws, other)
    second = signatures(ws, "transductive", "joined")
    assert plain["transductive"] == first["transductive"] == second["transductive"]
    assert len({first["joined"], second["joined"], plain["transductive"]}) == 3
    assert learn_(ws)["points"] > 0
    assert learn_(ws)["points"] == 0


def signatures(ws: Workspace, *kinds: str) -> dict[str, str]:
    """What tells the points of a kind of head from those that were scored on anything else."""
    lesson = training.read(ws, project_of(ws).id)
    audits, answers = training.audits(ws, lesson)
    scored = {kind: curves._scored(lesson, audits, answers, kind) for kind in kinds}
    return {kind: found.signature for kind, found in scored.items() if found}


def test_a_project_that_was_never_prelabeled_gets_them_with_the_first(ws, tower) -> None:
    projects.create(ws, "other", clean([RawClass("a", "x"), RawClass("b", "x")]))
    assert features.add(ws, "other", str(tower)) is None
    assert features.listed(ws, "other") == [
        {"model": str(tower), "dim": None, "encoded": 0, "items": 0}
    ]
    projects.delete(ws, "other")
    with ws.db.read() as session:
        assert list(stored_features.of_project(session, project_of(ws).id)) == []
