"""Uploads: complete files under harmless names, or nothing."""

import posixpath
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from app.routes.upload import safe_name
from labeling.errors import InputError, PrelabelError
from labeling.workflows import accounts, label_upload
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.unit.bad_files import zipped
from tests.workflow.helpers import picture

UPLOAD = "/api/upload/0123-abcd"


@pytest.fixture(autouse=True)
def project(workspace: Workspace, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "none", 0)


def staged(workspace: Workspace) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for folder in (workspace.settings.root / "uploads").glob("*-0123-abcd")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_are_stored_under_their_paths(client: TestClient, workspace: Workspace) -> None:
    files = {"a.png": b"1", "trip/Größe 1.png": b"22" * 800_000, "trip/14:05\u202fPM?.png": b""}
    for name, body in files.items():
        assert client.put(f"{UPLOAD}/{quoted(name)}", content=body).json() == {"bytes": len(body)}
    assert staged(workspace) == files
    assert client.get(UPLOAD).json() == {"files": {name: len(b) for name, b in files.items()}}


def test_sent_again_a_file_is_replaced(client: TestClient, workspace: Workspace) -> None:
    for body in (b"half", b"whole"):
        client.put(f"{UPLOAD}/a.png", content=body)
    assert staged(workspace) == {"a.png": b"whole"}


@pytest.mark.parametrize(
    "name",
    [
        "../a.png",
        "a/../../b.png",
        "/etc/passwd",
        "..",
        "a/./b.png",
        "C:/a.png",
        "a\\b.png",
        ".hidden",
        "a/.ssh/key",
        "a\x00.png",
        "a\nb.png",
        "x" * 256,
        "a/" * 30 + "b.png",
    ],
)
def test_names_that_could_do_harm_are_refused(
    client: TestClient, workspace: Workspace, name: str
) -> None:
    answer = client.put(f"{UPLOAD}/{quoted(name)}", content=b"x")
    assert answer.status_code in {404, 422}
    assert staged(workspace) == {}


@pytest.mark.parametrize("upload", ["..", "short", "with.dots.in.it", "x" * 65])
def test_an_upload_needs_a_proper_id(client: TestClient, upload: str) -> None:
    assert client.put(f"/api/upload/{upload}/a.png", content=b"x").status_code in {404, 422}


@given(st.text(max_size=60) | st.from_regex(r"[./\\a: ~-]{1,20}", fullmatch=True))
def test_whatever_the_name_it_stays_inside(name: str) -> None:
    try:
        path = safe_name(name)
    except InputError:
        return
    joined = posixpath.normpath(posixpath.join("/home/uploads/id", path.as_posix()))
    assert joined == f"/home/uploads/id/{path.as_posix()}"


def test_a_broken_connection_leaves_nothing(client: TestClient, workspace: Workspace) -> None:
    request = client.build_request("PUT", f"{UPLOAD}/a.png")
    coming: list[Message] = [
        {"type": "http.request", "body": b"x" * 2_000_000, "more_body": True},
        {"type": "http.disconnect"},
    ]
    answers: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        answers.append(message)

    scope: Scope = {
        "type": "http",
        "method": "PUT",
        "path": f"{UPLOAD}/a.png",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
    anyio.run(client.app, scope, receive, send)
    assert answers[0]["status"] == 499
    assert staged(workspace) == {}


def test_a_name_cant_be_file_and_folder(client: TestClient) -> None:
    client.put(f"{UPLOAD}/a", content=b"x")
    assert client.put(f"{UPLOAD}/a/b", content=b"x").status_code == 422


def test_done_starts_one_import(client: TestClient) -> None:
    client.put(f"{UPLOAD}/a.png", content=b"x")
    early = client.post(f"{UPLOAD}/done", json={"project": "zoo", "files": 2})
    assert early.status_code == 409
    first = client.post(f"{UPLOAD}/done", json={"project": "zoo", "files": 1}).json()
    assert client.post(f"{UPLOAD}/done", json={"project": "zoo", "files": 1}).json() == first
    job = client.get(f"/api/jobs/{first['job']}").json()
    assert (job["kind"], job["state"]) == ("import", "queued")
    assert client.put(f"{UPLOAD}/b.png", content=b"x").status_code == 409


def labels_folders(workspace: Workspace) -> list[Path]:
    return list((workspace.settings.root / "uploads").glob("labels-*"))


def test_a_file_of_labels_goes_with_the_pictures(
    client: TestClient, workspace: Workspace, tmp_path: Path
) -> None:
    person = accounts.local_user(workspace)
    table = zipped({"labels.csv": b"image,label\na.png,dog\nb.png,dog\n"})
    token = label_upload.keep(workspace, person, "my labels.zip", table)
    client.put(f"{UPLOAD}/sub/a.png", content=picture(tmp_path / "a.png", 1).read_bytes())
    body = {"project": "zoo", "files": 1, "labels": token}
    started = client.post(f"{UPLOAD}/done", json=body).json()
    result = run_to_end(workspace, started["job"], lambda _: None).result
    labels = result["labels"]
    assert (labels["format"], labels["attached"], labels["refused"]) == ("csv", 1, 1)
    assert not labels_folders(workspace)


def test_labels_of_others_or_of_no_kind_are_refused(
    client: TestClient, workspace: Workspace
) -> None:
    stranger = accounts.user(workspace, "bob").id
    with pytest.raises(InputError, match=r"can't be used: notes\.csv has no column 'image'"):
        label_upload.keep(workspace, stranger, "notes.csv", b"a,b\n1,2\n")
    assert not labels_folders(workspace)
    token = label_upload.keep(workspace, stranger, "labels.csv", b"image,label\n")
    client.put(f"{UPLOAD}/a.png", content=b"x")
    for labels in (token, "../x", "0" * 32):
        body = {"project": "zoo", "files": 1, "labels": labels}
        assert client.post(f"{UPLOAD}/done", json=body).status_code == 404
    assert client.post(f"{UPLOAD}/done", json=body | {"labels": 3}).status_code == 422
    assert len(labels_folders(workspace)) == 1


def test_labels_that_break_later_are_called_as_they_were_handed_in(
    client: TestClient, workspace: Workspace
) -> None:
    lines = b'{"image": "a.png", "label": "dog"}\n{"image"'
    token = label_upload.keep(workspace, accounts.local_user(workspace), "my labels.jsonl", lines)
    client.put(f"{UPLOAD}/a.png", content=b"x")
    body = {"project": "zoo", "files": 1, "labels": token}
    started = client.post(f"{UPLOAD}/done", json=body).json()
    with pytest.raises(PrelabelError, match=r"^line 2 of my labels\.jsonl is no JSON"):
        run_to_end(workspace, started["job"], lambda _: None)
    assert not labels_folders(workspace)


def test_done_needs_files_and_a_project(client: TestClient) -> None:
    assert client.post(f"{UPLOAD}/done", json={"project": "zoo"}).status_code == 404
    client.put(f"{UPLOAD}/a.png", content=b"x")
    assert client.post(f"{UPLOAD}/done", json={"project": "nowhere"}).status_code == 404


def test_a_cancelled_upload_is_thrown_away(client: TestClient, workspace: Workspace) -> None:
    client.put(f"{UPLOAD}/a.png", content=b"x")
    assert client.delete(UPLOAD).status_code == 200
    assert staged(workspace) == {}


def quoted(name: str) -> str:
    return "".join(f"%{byte:02x}" if chr(byte) != "/" else "/" for byte in name.encode())
