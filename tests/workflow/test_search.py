"""Searches find what is alike among the undecided, and hand over what they find."""

import shutil
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from db.ids import new_id
from db.tables import AuditDraw, Item
from labeling.class_names import RawClass, clean
from labeling.errors import ForbiddenError, InputError
from labeling.samples.catalogue import load
from labeling.workflows import accounts, projects, review, search
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import import_, prelabel_, run

COUNT = 60


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, new_sqlite_url, encoder) -> Path:
    """A home with digits in it, to be copied."""
    from labeling.settings import Settings
    from labeling.workspace import open_workspace

    home = tmp_path_factory.mktemp("search") / "home"
    ws = open_workspace(Settings(home=home))
    ws._encoders["embedded"] = encoder
    sample = load("digits")
    with zipfile.ZipFile(sample.pictures) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        archive.extractall(home.parent / "in", islice(names[:: len(names) // COUNT], COUNT))
    classes = [RawClass(c["name"], "sample", display=c["display"]) for c in sample.classes]
    projects.create(ws, "digits", clean(classes))
    projects.configure(ws, "digits", review=NO_CHECKS)
    import_(ws, "digits", home.parent / "in")
    prelabel_(ws, "digits")
    ws.close()
    return home


@pytest.fixture
def ws(prepared: Path, tmp_path: Path, encoder):
    from labeling.settings import Settings
    from labeling.workspace import open_workspace

    shutil.copytree(prepared, tmp_path / "home")
    workspace = open_workspace(Settings(home=tmp_path / "home"))
    workspace._encoders["embedded"] = encoder
    yield workspace
    workspace.close()


def found(ws: Workspace, by: str, what: str, limit: int = 10) -> list[dict]:
    result = run(ws, search.enqueue(ws, "digits", by, what, limit=limit))
    return search.pictures(ws, result)


def proposed(ws: Workspace) -> dict[str, str]:
    offered = review.queue(ws, accounts.local_user(ws), "digits", COUNT)["items"]
    return {row["item"]: row["proposal"] for row in offered}


def test_by_head_the_surest_of_the_class_come_first(ws: Workspace) -> None:
    rows = found(ws, "head", "3", 5)
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    labels = proposed(ws)
    assert labels[rows[0]["item"]] == "3"


def test_by_words_the_classes_own_text_finds_the_class(ws: Workspace) -> None:
    rows = found(ws, "text", "a photo of the digit seven", 3)
    labels = proposed(ws)
    assert labels[rows[0]["item"]] == "7"


def test_like_a_picture_leaves_that_picture_out(ws: Workspace) -> None:
    [first, *_] = found(ws, "head", "0", 1)
    rows = found(ws, "picture", first["sha"], 5)
    assert len(rows) == 5
    assert first["item"] not in {row["item"] for row in rows}
    labels = proposed(ws)
    assert labels[rows[0]["item"]] == "0"


def test_what_waits_for_an_audit_is_never_found(ws: Workspace) -> None:
    [first, *_] = found(ws, "head", "3", 1)

    def draw(session) -> None:
        item = session.get_one(Item, first["item"])
        shared = {"project_id": item.project_id, "item_id": item.id, "batch_id": item.batch_id}
        numbers = {"probability": 0.1, "frame_size": COUNT, "draw_size": 1, "seed": 1}
        session.add(AuditDraw(**shared, **numbers))

    ws.db.write(draw)
    assert first["item"] not in {row["item"] for row in found(ws, "head", "3", COUNT)}


def test_what_is_found_goes_to_a_person_before_other_work(ws: Workspace) -> None:
    lead = accounts.user(ws, "lea", role="lead").id
    ann = accounts.user(ws, "ann", role="annotator").id
    items = [row["item"] for row in found(ws, "head", "9", 3)]
    assert search.hand_over(ws, lead, "digits", items, "ann", "found for 9") == 3
    offered = review.queue(ws, ann, "digits", 10)["items"]
    assert {row["item"] for row in offered[:3]} == set(items)
    assert offered[0]["reason"] == "found for 9"


def test_what_somebody_has_at_hand_or_decided_is_not_handed_over(ws: Workspace) -> None:
    lead = accounts.user(ws, "lea", role="lead").id
    ann = accounts.user(ws, "ann", role="annotator").id
    held = review.queue(ws, ann, "digits", 5)["items"]
    act = {"id": new_id(), "item": held[0]["item"], "kind": "none_of_these", "labels": []}
    review.decide(ws, ann, "digits", [act])
    items = [row["item"] for row in held]
    assert search.hand_over(ws, lead, "digits", items, "ann", "found") == 0


def test_only_a_lead_hands_over_and_only_to_somebody_who_may_decide(ws: Workspace) -> None:
    lead = accounts.user(ws, "lea", role="lead").id
    ann = accounts.user(ws, "ann", role="annotator").id
    accounts.user(ws, "gus", role="guest")
    with pytest.raises(ForbiddenError):
        search.hand_over(ws, ann, "digits", [], "ann", "")
    for name in ("gus", "nobody"):
        with pytest.raises(InputError, match="may not decide"):
            search.hand_over(ws, lead, "digits", [], name, "")


@pytest.mark.parametrize(
    ("by", "what"), [("head", "zebra"), ("picture", "0" * 64), ("text", "  "), ("smell", "3")]
)
def test_a_search_for_nothing_is_refused(ws: Workspace, by: str, what: str) -> None:
    with pytest.raises(InputError):
        search.enqueue(ws, "digits", by, what)
