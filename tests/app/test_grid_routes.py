"""The grid's routes: pages leased to a tab, and thumbnails in one answer."""

import struct
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.routes.pack import TYPES
from db.ids import new_id
from labeling.workflows import pictures, thumbnails
from labeling.workspace import Workspace
from tests.app.seeding import seed


@pytest.fixture
def shas(workspace: Workspace, tmp_path: Path) -> list[str]:
    return seed(workspace, tmp_path / "pictures", 24)


def page(client: TestClient, **asked: object) -> dict:
    answer = client.get("/api/grid", params={"project": "zoo", "client": "tab", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def unpack(data: bytes) -> list[tuple[int, int, bytes]]:
    """(ok, type, bytes) of each picture, read as the page reads them."""
    magic, count = struct.unpack_from("<4sI", data)
    assert magic == b"PLP1"
    found, place = [], 8
    for _ in range(count):
        ok, kind, length = struct.unpack_from("<BBI", data, place)
        place += 6
        found.append((ok, kind, data[place : place + length]))
        place += length
    assert place == len(data)
    return found


@pytest.mark.usefixtures("shas")
def test_a_page_holds_what_one_class_is_proposed_for(client: TestClient) -> None:
    answer = page(client, label="dog")
    assert (answer["label"], answer["order"], answer["mode"]) == ("dog", "certain", "single")
    assert len(answer["items"]) == 4
    assert all(item["labels"] == ["dog"] for item in answer["items"])
    waiting = {one["label"]: one["waiting"] for one in answer["labels"]}
    assert waiting == dict.fromkeys(["cat", "dog", "bird", "fish", "fox", "owl"], 4) | {
        "none_of_these": 0
    }
    assert answer["waiting"] == 24
    assert answer["role"] == "admin"
    assert answer["measured"] is None
    assert {"classes", "settings", "keys", "counts", "guideline_revision"} <= set(answer)


@pytest.mark.usefixtures("shas")
def test_a_long_list_of_what_is_held_comes_in_a_body(client: TestClient) -> None:
    first = page(client, label="cat", limit=2)["items"]
    held = [item["item"] for item in first] + [new_id() for _ in range(2_000)]
    body = {"project": "zoo", "client": "tab", "label": "cat", "limit": 10, "held": held}
    second = client.post("/api/grid", json=body).json()["items"]
    assert len(second) == 2
    assert not {item["item"] for item in first} & {item["item"] for item in second}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"project": "nowhere"}, 404),
        ({"project": ""}, 422),
        ({"label": "horse"}, 422),
        ({"order": "as it comes"}, 422),
        ({"limit": "many"}, 422),
    ],
)
@pytest.mark.usefixtures("shas")
def test_what_can_not_be_asked_is_refused(
    client: TestClient, asked: dict[str, str], status: int
) -> None:
    query = {"project": "zoo", **asked}
    assert client.get("/api/grid", params=query).status_code == status
    assert client.post("/api/grid", json=query).status_code == status
    assert client.post("/api/grid", json={"project": "zoo", "held": "all"}).status_code == 422


def test_thumbnails_come_in_the_order_of_the_request(
    client: TestClient, workspace: Workspace, shas: list[str]
) -> None:
    wanted = [shas[3], "0" * 64, shas[0], shas[3]]
    answer = client.post("/api/pack", json={"shas": wanted, "size": "thumb"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"
    found = unpack(answer.content)
    assert [ok for ok, _, _ in found] == [1, 0, 1, 1]
    for sha, (ok, kind, data) in zip(wanted, found, strict=True):
        if ok:
            thumb = pictures.media(workspace, "thumb", sha)
            assert (kind, data) == (TYPES[thumb.media_type], thumb.data)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"shas": "all"},
        {"shas": ["../../etc/passwd"]},
        {"shas": [5]},
        {"shas": [], "size": "original"},
        {"shas": ["0" * 64] * (thumbnails.MAX_PACK + 1)},
    ],
)
def test_a_pack_takes_digests_only_and_not_too_many(client: TestClient, body: dict) -> None:
    assert client.post("/api/pack", json=body).status_code == 422


def test_an_empty_pack_is_a_pack(client: TestClient) -> None:
    assert unpack(client.post("/api/pack", json={"shas": []}).content) == []


@pytest.mark.usefixtures("shas")
def test_a_glance_at_the_surest_of_each_class(client: TestClient) -> None:
    answer = client.get("/api/grid/opening", params={"project": "zoo"}).json()
    surest = page(client, label="surest_of_each", limit=240)
    assert answer["pictures"] == len(surest["items"])
    assert client.get("/api/grid/opening", params={"project": "none such"}).status_code == 404
    assert client.get("/api/grid/opening").status_code == 422
