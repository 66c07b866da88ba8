"""Pictures that look alike to the model are grouped after encoding, apart from the same picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from db import alike, images, proposals
from db.ids import new_id
from db.tables import Alike, DuplicateGroup, Item
from labeling.workflows import accounts, item_log, projects, review, snapshot_files, snapshots
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, pictures, prelabel_

pytestmark = pytest.mark.slow


def mirrored(folder: Path, source: Path) -> Path:
    """The picture turned left to right and a little darker: another one to a perceptual hash."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as picture:
        turned = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).point(lambda v: int(v * 0.97))
    turned.save(folder / f"mirror-{source.name}")
    return folder / f"mirror-{source.name}"


def cosines(ws: Workspace, name: str) -> tuple[list[str], np.ndarray]:
    with ws.db.read() as session:
        project = projects.find(session, name)
        run = proposals.run(session, project.run_id or "")
        model = proposals.model(session, run.model_id)
        known = proposals.embedded_items(session, project.id, model.id)
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        vectors = store.read(np.array([row for _, row, _ in known], dtype=np.int64))
    return [item for item, _, _ in known], vectors @ vectors.T


def groups(ws: Workspace) -> dict[str, str | None]:
    with ws.db.read() as session:
        return dict(session.execute(select(Alike.item_id, Alike.group_id)).tuples().all())


@pytest.fixture
def zoo(local_ws: Workspace, tmp_path: Path) -> str:
    made = pictures(tmp_path / "pictures", 8)
    for source in made[:3]:
        mirrored(tmp_path / "pictures", source)
    create(local_ws, review={"alike_threshold": 0.9})
    import_(local_ws, "zoo", tmp_path / "pictures")
    return "zoo"


def test_a_group_holds_what_is_close_and_nothing_else(local_ws: Workspace, zoo: str) -> None:
    told = prelabel_(local_ws, zoo)
    items, similar = cosines(local_ws, zoo)
    found = groups(local_ws)
    assert set(found) == set(items), "every item was compared"
    assert told["alike_groups"] == len(set(found.values()) - {None}) > 0
    for one, own in enumerate(items):
        for other, its in enumerate(items):
            if found[own] is not None and found[own] == found[its]:
                assert similar[one, other] >= 0.9 - 1e-3
    with local_ws.db.read() as session:
        methods = set(session.scalars(select(DuplicateGroup.method)))
        assert any(method.startswith("cosine>=0.9/") for method in methods)
        assert all(item.duplicate_group_id is None for item in session.scalars(select(Item)))


def test_again_nothing_changes_and_new_pictures_join(
    local_ws: Workspace, zoo: str, tmp_path: Path
) -> None:
    prelabel_(local_ws, zoo)
    before = groups(local_ws)
    prelabel_(local_ws, zoo)
    assert groups(local_ws) == before
    import_(local_ws, zoo, *pictures(tmp_path / "more", 2, first=50))
    prelabel_(local_ws, zoo)
    after = groups(local_ws)
    assert len(after) == len(before) + 2
    assert all(after[item] == group for item, group in before.items() if group)


def test_another_threshold_begins_anew_and_one_is_none(local_ws: Workspace, zoo: str) -> None:
    prelabel_(local_ws, zoo)
    projects.configure(local_ws, zoo, review={"alike_threshold": 0.999})
    prelabel_(local_ws, zoo)
    with local_ws.db.read() as session:
        methods = set(session.scalars(select(DuplicateGroup.method)))
    assert all(method.startswith("cosine>=0.999/") for method in methods)
    projects.configure(local_ws, zoo, review={"alike_threshold": 1.0})
    assert prelabel_(local_ws, zoo)["alike_groups"] == 0
    assert groups(local_ws) == {}
    projects.delete(local_ws, zoo)


def test_a_split_never_tears_a_group(local_ws: Workspace, zoo: str) -> None:
    prelabel_(local_ws, zoo)
    me = accounts.local_user(local_ws)
    waiting = review.queue(local_ws, me, zoo, 50)["items"]
    acts = [
        {"id": new_id(), "item": one["item"], "kind": "correct", "labels": ["cat"]}
        for one in waiting
    ]
    assert review.decide(local_ws, me, zoo, acts)["rejected"] == []
    with local_ws.db.read() as session:
        project = projects.find(session, zoo)
        shas = {item: sha for sha, item in images.all_by_sha(session, project.id).items()}
        both = alike.groups(session, project.id)
    assert both
    for number in range(4):
        name = f"v{number}"
        shares = {"train": 0.5, "test": 0.5}
        snapshots.create(local_ws, me, zoo, name, shares=shares, seed=number)
        with local_ws.db.read() as session:
            found = snapshot_files.found(session, project, name)
            split = {row.sha256: row.split for row in snapshots.snapshots.items(session, found.id)}
        for own, group in groups(local_ws).items():
            if group:
                mates = [shas[item] for item, its in groups(local_ws).items() if its == group]
                assert len({split[sha] for sha in mates}) == 1, own


def test_close_vectors_are_candidates_of_the_same_picture(
    local_ws: Workspace, zoo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[int, int]] = []

    def same(one: object, other: object) -> bool:
        looked.append((id(one), id(other)))
        return True

    monkeypatch.setattr("labeling.workflows.duplicates.same_picture", same)
    prelabel_(local_ws, zoo)
    assert looked
    with local_ws.db.read() as session:
        both = alike.groups(session, projects.find(session, zoo).id)
    for same_group, alike_group in both.values():
        assert alike_group is None or same_group is not None, "what is close was looked at"


def test_the_page_of_an_item_shows_what_looks_alike(local_ws: Workspace, zoo: str) -> None:
    prelabel_(local_ws, zoo)
    own, group = next((item, group) for item, group in groups(local_ws).items() if group)
    told = item_log.show(local_ws, accounts.local_user(local_ws), zoo, own)
    mates = {item for item, its in groups(local_ws).items() if its == group} - {own}
    assert {mate["item"] for mate in told["mates"]} == mates
    assert {mate["kind"] for mate in told["mates"]} == {"alike"}
