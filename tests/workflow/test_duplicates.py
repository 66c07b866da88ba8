"""Near-duplicates are grouped at the end of an import, once, and groups grow."""

import zipfile
from pathlib import Path

from sqlalchemy import select

from db.tables import DuplicateGroup, Item, ItemSource
from labeling.images.duplicates import METHOD
from labeling.samples.catalogue import load
from labeling.workflows import jobs
from labeling.workflows.duplicates import group_new
from labeling.workflows.projects import find
from labeling.workspace import Workspace
from tests.unit.test_duplicates import cropped, scene
from tests.workflow.helpers import create, import_, run


def groups(ws: Workspace, name: str) -> set[frozenset[str]]:
    """The file names of each group."""
    with ws.db.read() as session:
        project = find(session, name)
        query = (
            select(Item.duplicate_group_id, ItemSource.path)
            .join(ItemSource, ItemSource.item_id == Item.id)
            .where(Item.project_id == project.id, Item.duplicate_group_id.is_not(None))
        )
        found: dict[str, set[str]] = {}
        for group, path in session.execute(query):
            found.setdefault(group, set()).add(Path(path).stem)
        rows = session.scalars(
            select(DuplicateGroup).where(DuplicateGroup.project_id == project.id)
        ).all()
        assert {row.id for row in rows} == set(found), "no group without items"
        assert {row.method for row in rows} <= {METHOD}
    return {frozenset(names) for names in found.values()}


def drawn(folder: Path, **pictures: int | tuple[int, float]) -> Path:
    """PNG files of scenes by seed; (seed, share) is one that is cropped."""
    folder.mkdir()
    for name, what in pictures.items():
        seed, share = what if isinstance(what, tuple) else (what, 0.0)
        picture = cropped(scene(seed), share) if share else scene(seed)
        picture.save(folder / f"{name}.png")
    return folder


def test_groups_grow_and_become_one(ws: Workspace, tmp_path: Path) -> None:
    name = create(ws)
    import_(ws, name, drawn(tmp_path / "one", a=1, b=2, a2=(1, 0.02), c=3, c9=(3, 0.09)))
    first = groups(ws, name)
    assert frozenset({"a", "a2"}) in first
    assert not any({"b"} & group for group in first)
    import_(ws, name, drawn(tmp_path / "two", b2=(2, 0.01), a3=(1, 0.01), d=4, c5=(3, 0.045)))
    assert groups(ws, name) == {
        frozenset({"a", "a2", "a3"}),
        frozenset({"b", "b2"}),
        frozenset({"c", "c5", "c9"}),
    }


def test_done_again_it_changes_nothing(ws: Workspace, tmp_path: Path) -> None:
    name = create(ws)
    import_(ws, name, drawn(tmp_path / "one", a=1, a2=(1, 0.02), b=2))
    before = groups(ws, name)
    with ws.db.read() as session:
        project = find(session, name).id
    assert run(ws, jobs.enqueue(ws, "group", project))["groups"] == 1
    assert list(group_new(ws, project)) == []
    assert groups(ws, name) == before


def test_what_was_compared_is_not_looked_at_again(ws: Workspace, tmp_path: Path) -> None:
    name = create(ws)
    import_(ws, name, drawn(tmp_path / "one", a=1, a2=(1, 0.02)))
    with ws.db.read() as session:
        project = find(session, name).id
        shas = session.scalars(select(Item.sha256).where(Item.project_id == project)).all()
    for sha in shas:
        thumb = ws.blobs.local_path("thumb", sha)
        assert thumb is not None
        thumb.unlink()
    import_(ws, name, drawn(tmp_path / "two", b=2))
    assert groups(ws, name) == {frozenset({"a", "a2"})}


def test_other_projects_are_left_alone(ws: Workspace, tmp_path: Path) -> None:
    folder = drawn(tmp_path / "one", a=1)
    import_(ws, create(ws, "left"), folder)
    import_(ws, create(ws, "right"), drawn(tmp_path / "two", a2=(1, 0.02)))
    assert groups(ws, "left") == groups(ws, "right") == set()


def test_scans_of_digits_are_not_taken_for_one_another(local_ws: Workspace, tmp_path: Path) -> None:
    """What is grouped of the first ten sheets was made as a second scan of the same sheet."""
    sample = load("digits")
    with zipfile.ZipFile(sample.pictures) as archive:
        names = [name for name in archive.namelist() if name < "sheet-11"]
        archive.extractall(tmp_path / "sheets", names)
    name = create(local_ws)
    import_(local_ws, name, tmp_path / "sheets")
    with local_ws.db.read() as session:
        grouped = session.scalars(select(Item.id).where(Item.duplicate_group_id.is_not(None)))
        assert len(grouped.all()) <= 10
