"""Pictures that wait for the model are read from the store as they are needed."""

from contextlib import contextmanager

from PIL import Image
from sqlalchemy import select

from db import tables
from labeling.class_names import parse
from labeling.workflows import embed, ingest, projects
from tests.workflow.helpers import run


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
    found = {sha: read() for sha, read in embed._sources(ws, shas)}
    assert reads == 3
    assert list(found) == shas
    assert set(found.values()) == {path.read_bytes() for path in folder.iterdir()}
