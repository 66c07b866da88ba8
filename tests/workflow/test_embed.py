"""Pictures that wait for the model are read from the store as they are needed."""

import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from db import tables
from labeling.class_names import parse
from labeling.errors import ImageRejected
from labeling.images.decode import load_rgb
from labeling.workflows import embed, ingest, projects
from labeling.workflows.pictures import for_model, original
from tests.workflow.helpers import create, picture, prelabel_, run


def test_rows_are_read_many_at_a_time_and_in_the_order_asked_for(ws, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    for grey in range(10):
        Image.new("L", (8, 8), 20 * grey).save(folder / f"{grey}.png")
    projects.create(ws, "p", parse("cat,dog"))
    run(ws, ingest.enqueue(ws, "p", [str(folder)]))
    with ws.db.read() as session:
        shas = list(session.scalars(select(tables.Image.sha256)))[::-1]
    monkeypatch.setattr(embed, "ROWS_AHEAD", 4)
    reads = 0
    opened = ws.db.read

    @contextmanager
    def counted():
        nonlocal reads
        reads += 1
        with opened() as session:
            yield session

    monkeypatch.setattr(ws.db, "read", counted)
    found = {sha: read() for sha, read in embed._sources(ws, shas, 64)}
    assert reads == 3
    assert list(found) == shas
    assert set(found.values()) == {path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def photograph(local_ws, tmp_path) -> tables.Image:
    """A picture of 600 pixels, linked, with its row."""
    picture(tmp_path / "in" / "photograph.jpg", 1, (600, 400))
    run(local_ws, ingest.enqueue(local_ws, create(local_ws), [str(tmp_path / "in")], link=True))
    with local_ws.db.read() as session:
        return session.scalars(select(tables.Image)).one()


def test_a_model_is_fed_from_a_copy_and_a_lost_copy_is_made_again(local_ws, photograph):
    fed = for_model(local_ws, photograph, 64)
    assert fed == local_ws.blobs.get("thumb", photograph.sha256)
    local_ws.blobs.local_path("thumb", photograph.sha256).unlink()
    assert for_model(local_ws, photograph, 64) == fed
    assert local_ws.blobs.get("thumb", photograph.sha256) == fed
    assert for_model(local_ws, photograph, 300) == original(local_ws, photograph)


def test_a_linked_file_feeds_a_model_while_it_is_the_same(local_ws, photograph):
    path = Path(photograph.link)
    fed = for_model(local_ws, photograph, 64)
    os.utime(path, ns=(1, 1))
    assert for_model(local_ws, photograph, 64) == fed
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ImageRejected, match="changed"):
        for_model(local_ws, photograph, 64)
    path.unlink()
    with pytest.raises(ImageRejected, match="can't be read"):
        for_model(local_ws, photograph, 64)


def test_a_copy_gives_the_vector_of_its_original_and_says_so(local_ws, photograph, local_model):
    prelabel_(local_ws, "zoo")
    with local_ws.db.read() as session:
        stored = session.scalars(select(tables.Model)).one()
    assert stored.preprocessing.startswith(local_model.preprocessing)
    assert "256" in stored.preprocessing
    with local_ws.embeddings(stored.id, stored.dim, stored.rows) as store:
        (found,) = store.read(np.array([0]))
    whole = load_rgb(original(local_ws, photograph))
    (wanted,) = local_model.encode_images([local_model.preprocess(whole)])
    assert found @ wanted > 0.99
