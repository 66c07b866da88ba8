import json
from collections import Counter

import pytest

from labeling.errors import ImageRejected, RejectReason, SourceError
from labeling.images.decode import Limits
from labeling.images.entry import Entry, EntryOptions, Refusal
from labeling.images.files import entries
from tests.unit.sources import GOOD, listed, outcome


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "b c.jpg", "in/d.jpg"):
        (tmp_path / name).write_bytes(GOOD)
    return tmp_path


def test_a_csv_gives_pictures_with_labels_and_columns(folder):
    text = f"Image,Label,site,camera\na.jpg,cat,north,2\n{folder}/in/d.jpg,,south,\n"
    (folder / "list.csv").write_text(text)
    first, second = listed(folder / "list.csv")
    assert (first.path, first.label) == (str(folder / "a.jpg"), "cat")
    assert first.columns == {"site": "north", "camera": "2"}
    assert (second.label, second.columns) == (None, {"site": "south", "camera": ""})
    assert second.local == folder / "in/d.jpg"
    assert second.read() == GOOD


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_as_spreadsheets_write_it(folder, encoding, delimiter):
    lines = [["file", "Größe", "class"], ["b c.jpg", "mittelgroß", '"a, b; c"']]
    (folder / "list.csv").write_bytes(
        "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    )
    (entry,) = listed(folder / "list.csv")
    assert (entry.columns, entry.label) == ({"Größe": "mittelgroß"}, "a, b; c")


def test_a_csv_and_a_jsonl_say_the_same(folder):
    rows = [
        {"path": "a.jpg", "category": "7", "n": "3"},
        {"path": "in/d.jpg", "n": "x", "category": ""},
    ]
    (folder / "list.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    (folder / "list.csv").write_text("path,category,n\na.jpg,7,3\nin/d.jpg,,x\n")
    seen = [
        [(entry.path, entry.label, entry.columns) for entry in listed(folder / name)]
        for name in ("list.jsonl", "list.csv")
    ]
    assert seen[0] == seen[1]


def test_values_of_json_become_text(folder):
    row = {"image": "a.jpg", "label": None, "n": 3, "ok": True, "tags": ["x", "y"], "none": None}
    (folder / "list.jsonl").write_text(json.dumps(row))
    (entry,) = listed(folder / "list.jsonl")
    assert entry.label is None
    assert entry.columns == {"n": "3", "ok": "true", "tags": '["x", "y"]', "none": ""}


@pytest.mark.parametrize("written", ["b c.jpg", "./b c.jpg", "in/../b c.jpg", "URI", "in\\d.jpg"])
def test_ways_to_name_a_picture(folder, written):
    written = (folder / "b c.jpg").as_uri() if written == "URI" else written
    (folder / "list.csv").write_text(f"url\n{written}\n")
    (entry,) = listed(folder / "list.csv")
    assert entry.path == str(folder / ("in/d.jpg" if "\\" in written else "b c.jpg"))


def test_rows_that_can_not_be_used_name_their_line(folder):
    rows = [
        "image,site",
        "nowhere.jpg,x",
        '"",x',
        "a.jpg,x",
        "a.jpg,x,y",
        "http://x/a.jpg,x",
        "in,x",
    ]
    (folder / "list.csv").write_text("\n".join(rows))
    found = {entry.path: getattr(entry, "reason", None) for entry in listed(folder / "list.csv")}
    assert found == {
        "list.csv:2 nowhere.jpg": RejectReason.MISSING,
        "list.csv:3": RejectReason.MISSING,
        str(folder / "a.jpg"): None,
        "list.csv:5": RejectReason.UNREADABLE,
        "list.csv:6 http://x/a.jpg": RejectReason.UNSUPPORTED,
        "list.csv:7 in": RejectReason.MISSING,
    }


def test_bad_json_lines_are_refused_and_the_rest_goes_on(folder):
    lines = ["{", '{"image": "a.jpg"}', "[1]", '{"site": 1}', "[" * 100_000, '{"image": "a.jpg"}']
    (folder / "list.jsonl").write_text("\n".join(lines))
    found = listed(folder / "list.jsonl")
    reasons = Counter(entry.reason for entry in found if isinstance(entry, Refusal))
    assert reasons == {RejectReason.UNREADABLE: 3, RejectReason.MISSING: 1}
    assert [entry.path for entry in found if isinstance(entry, Entry)] == [
        str(folder / "a.jpg"),
        f"{folder / 'a.jpg'}#2",
    ]


def test_a_cell_without_end_does_not_end_the_import(folder):
    (folder / "list.csv").write_text(f'image\na.jpg\n"{"x" * 200_000}\n')
    found = listed(folder / "list.csv")
    assert isinstance(found[0], Entry)
    assert {entry.reason for entry in found[1:]} == {RejectReason.UNREADABLE}


@pytest.mark.parametrize(
    ("name", "text"),
    [("list.csv", "site,bild\nx,a.jpg\n"), ("list.jsonl", '{"site": 1, "bild": "a.jpg"}')],
)
def test_a_missing_column_names_those_that_are_there(folder, name, text):
    (folder / name).write_text(text)
    with pytest.raises(SourceError, match="site, bild") as error:
        entries([str(folder / name)])
    assert "image, path, file, url" in error.value.fix


def test_an_empty_manifest_is_no_source(folder):
    (folder / "list.csv").write_text("")
    with pytest.raises(SourceError):
        entries([str(folder / "list.csv")])


@pytest.mark.parametrize("named", ["../secret.jpg", "LINK", "ABSOLUTE"])
def test_a_list_that_was_uploaded_can_not_reach_out(tmp_path, named):
    upload = tmp_path / "upload"
    upload.mkdir()
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(GOOD)
    if named == "LINK":
        (upload / "LINK").symlink_to(secret)
    named = str(secret) if named == "ABSOLUTE" else named
    (upload / "list.csv").write_text(f"image\n{named}\n")
    (refusal,) = listed(upload / "list.csv", root=upload)
    assert refusal.reason == RejectReason.UNSAFE_PATH
    assert isinstance(listed(upload / "list.csv")[0], Entry)


@pytest.fixture(scope="module")
def bucket(request):
    """An S3 endpoint on this machine with three objects, reached as a user would set it up."""
    boto3 = pytest.importorskip("boto3")
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "testing")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="pictures")
    for key in ("a/1.jpg", "a/2.jpg", "b/3.jpg"):
        client.put_object(Bucket="pictures", Key=key, Body=GOOD)
    yield "pictures"
    server.stop()
    patch.undo()


def test_a_list_may_name_objects_in_s3(folder, bucket):
    rows = ["url,label", f"s3://{bucket}/a/1.jpg,cat", f"s3://{bucket}/none.jpg,dog", "a.jpg,cat"]
    (folder / "list.csv").write_text("\n".join(rows))
    taken, refused = outcome(folder / "list.csv")
    assert taken == [f"s3://{bucket}/a/1.jpg", str(folder / "a.jpg")]
    assert refused == {f"s3://{bucket}/none.jpg": RejectReason.MISSING}


def test_a_prefix_in_s3_is_read_like_a_folder(bucket):
    found = listed(f"s3://{bucket}/a")
    assert [entry.path for entry in found] == [f"s3://{bucket}/a/1.jpg", f"s3://{bucket}/a/2.jpg"]
    assert [entry.read() for entry in found] == [GOOD, GOOD]


def test_objects_beyond_the_limit_are_too_large(bucket):
    (entry,) = entries([f"s3://{bucket}/b/3.jpg"], EntryOptions(Limits(max_bytes=10)))
    with pytest.raises(ImageRejected) as refusal:
        entry.read()
    assert refusal.value.reason == RejectReason.TOO_LARGE


def test_nothing_at_an_s3_address_is_told(bucket):
    for url in (f"s3://{bucket}/nothing", "s3://no-such-bucket/a"):
        with pytest.raises(SourceError):
            listed(url)
