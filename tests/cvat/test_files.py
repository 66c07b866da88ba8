"""Whatever a file is called, and however the server sorts it, a picture keeps its own label."""

from pathlib import Path

import pytest
from PIL import Image

from labeling.workspace import Workspace
from tests.cvat.helpers import counts, decide, expected, labels_there, project, push
from tests.cvat.pulls import items, pull, shown
from tests.cvat.server import Server
from tests.cvat.there import There
from tests.workflow.helpers import create, import_, picture

pytestmark = pytest.mark.usefixtures("login")


def strange_files(ws: Workspace, folder: Path) -> dict[str, str]:
    """A project of files with odd names, places and formats; the label of each by path."""
    create(ws)
    labels = {
        str(picture(folder / "a" / "same.png", 1)): "cat",
        str(picture(folder / "b" / "same.png", 2)): "dog",
        str(picture(folder / 'größe "猫" #1 %20.jpg', 3)): "bird",
        str(picture(folder / "no extension.png", 4)): "none_of_these",
        str(picture(folder / "x.gif", 6)): "cat",
    }
    turned = Image.open(picture(folder / "plain.jpg", 5, (60, 20)))
    exif = Image.Exif()
    exif[274] = 6
    turned.save(folder / "turned.jpg", exif=exif)
    (folder / "plain.jpg").unlink()
    labels[str(folder / "turned.jpg")] = "dog"
    import_(ws, "zoo", folder)
    decide(ws, labels)
    return labels


def reorder(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server sort the pictures of a task the other way round."""
    finish = server.cvat._finish

    def backwards(key: str) -> None:
        server.cvat.requests[key]["frames"].reverse()
        finish(key)

    monkeypatch.setattr(server.cvat, "_finish", backwards)


def test_each_picture_keeps_its_own_label(ws: Workspace, server: Server, tmp_path: Path) -> None:
    labels = strange_files(ws, tmp_path / "src")
    (gif,) = (path for path in labels if path.endswith(".gif"))
    assert push(ws, server)["created"] == 6
    there = labels_there(server)
    sent = expected({path: label for path, label in labels.items() if path != gif})
    assert sent.items() <= there.items()
    (rendered,) = set(there) - set(sent)
    assert (rendered[-4:], there[rendered]) == (".jpg", ["cat"])
    sizes = [(f["width"], f["height"]) for fs in server.cvat.frames.values() for f in fs]
    assert (20, 60) in sizes


@pytest.mark.parametrize("reordered", [False, True])
def test_what_is_changed_there_comes_back_to_its_own_picture(
    ws: Workspace, server: Server, tmp_path: Path, monkeypatch, reordered: bool
) -> None:
    labels = strange_files(ws, tmp_path / "src")
    if reordered:
        reorder(server, monkeypatch)
    push(ws, server)
    turn = {"cat": "dog", "dog": "bird", "bird": "none_of_these", "none_of_these": "cat"}
    (task,) = server.cvat.frames
    for path, label in labels.items():
        start = next(iter(expected({path: label})))[:16]
        names = [frame["name"] for frame in server.cvat.frames[task]]
        (frame,) = (n for n, name in enumerate(names) if name[7:].startswith(start))
        There(server).put((task, frame), (turn[label],))
    assert pull(ws, server)["updated"] == 6
    for item, label in zip(items(ws, list(labels)), labels.values(), strict=True):
        wanted = turn[label]
        assert shown(ws, item)["labels"] == ([] if wanted == "none_of_these" else [wanted])
    assert counts(push(ws, server)) == (0, 0, 6, 0, 0)


def test_frames_in_another_order_are_found_by_name(ws, server, tmp_path, monkeypatch) -> None:
    labels = project(ws, tmp_path / "a", 5)
    reorder(server, monkeypatch)
    assert push(ws, server)["created"] == 5
    assert labels_there(server) == expected(labels)


def test_a_picture_that_cvat_refuses_stops_no_other(ws, server, tmp_path, monkeypatch) -> None:
    labels = project(ws, tmp_path / "a", 5)
    bad = list(labels)[2]
    (name,) = expected({bad: "x"})
    receive = server.cvat._receive

    def spoil(task_id: int, files: dict):
        spoiled = {k: (p, b"" if p.endswith(name) else c) for k, (p, c) in files.items()}
        return receive(task_id, spoiled)

    monkeypatch.setattr(server.cvat, "_receive", spoil)
    result = push(ws, server)
    assert counts(result) == (4, 0, 0, 0, 1)
    assert "cannot identify image" in result["problems"][0]
    assert labels_there(server) == expected({p: c for p, c in labels.items() if p != bad})
    assert len(server.cvat.tasks) == 1


def test_a_linked_file_that_changed_is_not_sent(ws, server, tmp_path) -> None:
    create(ws)
    paths = [picture(tmp_path / "a" / f"{n}.png", n) for n in range(2)]
    import_(ws, "zoo", tmp_path / "a", link=True)
    decide(ws, {str(path): "cat" for path in paths})
    kept = expected({str(paths[0]): "cat"})
    picture(paths[1], 55)
    result = push(ws, server)
    assert counts(result) == (1, 0, 0, 0, 1)
    assert "has changed" in result["problems"][0]
    assert labels_there(server) == kept
