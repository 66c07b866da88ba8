"""Labels read back from each format, as Prelabel and as other tools write them."""

import csv
import hashlib
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labeling.errors import InputError
from labeling.exporters.base import ExportOptions
from labeling.exporters.registry import EXPORTERS, write
from labeling.images.entry import storable
from labeling.importers.base import LabelRow
from labeling.importers.matching import PictureFinder
from labeling.importers.registry import IMPORTERS, read_labels
from tests.unit.test_exporters import CLASSES, row

WITHOUT_STATE = {"cvat"}
"""Formats that say nothing of the state of a verified item."""


def found(path: Path) -> list[LabelRow]:
    return list(read_labels(path).rows)


def by_name(path: Path) -> dict[str, tuple[str, ...] | None]:
    return {row.image: row.labels for row in found(path)}


def save_json(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def save_picture(path: Path, number: int) -> str:
    """A picture of one colour; its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (number, 0, 0)).save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_each_format_that_goes_out_comes_in() -> None:
    assert set(IMPORTERS) == set(EXPORTERS)


answers = st.lists(
    st.tuples(
        st.lists(st.sampled_from(CLASSES), unique=True),
        st.sampled_from([None, "train", "test"]),
        st.sampled_from(["verified", "proposed"]),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("pictures", [None, "copy"])
@pytest.mark.parametrize("name", list(EXPORTERS))
@settings(max_examples=8, deadline=None)
@given(answers)
def test_what_an_export_says_is_read_back(tmp_path_factory, name, pictures, given_answers) -> None:
    rows = [
        row(
            n,
            labels if state == "verified" else [],
            split=split,
            state=state,
            sources=[f"{'ab'[n % 2]}/bïld {n // 2}.png"],
        )
        for n, (labels, split, state) in enumerate(given_answers)
        if name != "imagefolder" or state == "verified"
    ]
    out = tmp_path_factory.mktemp("export") / "out"
    options = ExportOptions(pictures=pictures, several_labels="each")
    write(name, rows, CLASSES, out, options)
    labels = read_labels(out)
    assert labels.format == name
    finder = PictureFinder(read := list(labels.rows))
    for one in rows:
        finder.offer(one.sha256, one.sources[0], one.sha256)
    said = {
        finder.find(one): (frozenset(one.labels), one.state, one.columns)
        for one in read
        if one.labels is not None
    }
    told = None if name in WITHOUT_STATE else "verified"
    columns = {} if name in {"cvat", "fiftyone"} else {"site": "north"}
    assert said == {
        one.sha256: (frozenset(one.labels), told, columns) for one in rows if one.none_of_these
    } | {one.sha256: (frozenset(one.labels), told, columns) for one in rows if one.labels}


@pytest.mark.parametrize("name", sorted(set(EXPORTERS) - {"imagefolder"}))
def test_splits_come_back(tmp_path: Path, name: str) -> None:
    rows = [row(1, ["cat"], split="train"), row(2, ["cat"], split="test")]
    write(name, rows, CLASSES, tmp_path / "out", ExportOptions(pictures="copy"))
    assert sorted(one.split or "" for one in found(tmp_path / "out")) == ["test", "train"]


def test_a_tag_of_a_model_is_told_from_one_of_a_person(tmp_path: Path) -> None:
    rows = [row(1, ["cat"], state="auto_accepted"), row(2, ["cat"])]
    write("cvat", rows, CLASSES, tmp_path / "out")
    assert [one.state for one in found(tmp_path / "out")] == ["auto_accepted", None]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_others(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "labels.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=delimiter)
        table.writerow(["Path", "Class"])
        table.writerow(["a/1.png", "cat | big dog"])
        table.writerow([])
        table.writerow(["2.png", "none"])
        table.writerow(["3.png"])
    assert by_name(path) == {"a/1.png": ("cat", "big dog"), "2.png": (), "3.png": None}


def test_a_list_of_labels_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    lines = [
        {"file_name": "a.png", "labels": ["x|y", "z"], "label": "x|y|z"},
        {"file_name": "b.png", "labels": []},
        {"file_name": "c.png", "label": "x|y"},
        {"file_name": "d.png", "label": 3},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    expected = {"a.png": ("x|y", "z"), "b.png": None, "c.png": ("x", "y"), "d.png": ("3",)}
    assert by_name(path) == expected


def test_parquet_with_class_numbers_and_pictures_within(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    features = {
        "label": {"names": ["cat", "dog"], "_type": "ClassLabel"},
        "image": {"_type": "Image"},
    }
    schema = pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("label", pa.int64()),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    rows = [
        {"image": {"bytes": None, "path": "a.png"}, "label": 1},
        {"image": {"bytes": b"abc", "path": None}, "label": 0},
    ]
    parquet.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "t.parquet")
    first, second = found(tmp_path / "t.parquet")
    assert (first.image, first.sha256, first.labels) == ("a.png", None, ("dog",))
    assert (second.sha256, second.labels) == (hashlib.sha256(b"abc").hexdigest(), ("cat",))


def test_coco_of_several_boxes_and_files(tmp_path: Path) -> None:
    categories = [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog"}]
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}]
    boxes = [
        {"id": n, "image_id": 1, "category_id": category} for n, category in enumerate([9, 7, 9])
    ]
    document = {"images": images, "annotations": boxes, "categories": categories}
    folder = tmp_path / "annotations"
    save_json(folder / "instances_train2017.json", document)
    save_json(folder / "image_info_test.json", document | {"annotations": [], "categories": []})
    save_picture(tmp_path / "images" / "a.jpg", 1)
    rows = found(tmp_path)
    assert [(one.image, one.labels) for one in rows] == [("a.jpg", ("dog", "cat")), ("b.jpg", None)]


def test_label_studio_takes_completed_annotations_alone(tmp_path: Path) -> None:
    def task(image: str, *annotations: list[str] | None, **more: object) -> dict:
        made = [
            {
                "was_cancelled": chosen is None,
                "result": [
                    {"from_name": "kind", "type": "choices", "value": {"choices": chosen or ["x"]}}
                ],
            }
            for chosen in annotations
        ]
        return {"data": {"image": image}, "annotations": made, **more}

    guess = {"result": [{"from_name": "kind", "type": "choices", "value": {"choices": ["cat"]}}]}
    tasks = [
        task("/data/upload/3/0a1b2c3d-a%20b.png", ["cat"], ["cat"]),
        task("/data/local-files/?d=deep/c.png", None, predictions=[guess]),
        task("s3://bucket/d.png", ["cat"], ["dog"]),
        task("https://host/e.png?size=3", ["dog", "cat"]),
    ]
    region = {"type": "choices", "from_name": "of box", "value": {"x": 1, "choices": ["dog"]}}
    tasks[0]["annotations"][0]["result"].append(region)
    first, second, third, last = found(save_json(tmp_path / "tasks.json", tasks))
    assert (first.names[-1], first.labels, first.fault) == ("a b.png", ("cat",), None)
    assert (second.names[1:], second.labels) == (("deep/c.png", "c.png"), None)
    assert third.labels is None
    assert third.fault == "its annotations differ: cat against dog"
    assert (last.names[-1], last.labels) == ("e.png", ("dog", "cat"))


ANNOTATED = {"annotator": 1, "annotation_id": 4, "lead_time": 2.5}


def test_label_studio_json_min(tmp_path: Path) -> None:
    several = {"choices": ["dog", "cat"]}
    records = [
        {"image": "/data/upload/3/0a1b2c3d-a.png", "text": "x", "id": 1, "kind": "cat"} | ANNOTATED,
        {"image": "s3://in/b.png", "text": "y", "id": 2, "kind": several} | ANNOTATED,
        {"image": "s3://in/c.png", "text": "z", "id": 3} | ANNOTATED,
        {"image": "s3://in/d.png", "text": "z", "id": 4, "kind": ["cat", {"x": 1}]} | ANNOTATED,
        {"image": "s3://in/e.png", "id": 5, "kind": "none_of_these", "box": [{"x": 1}]} | ANNOTATED,
    ]
    rows = found(save_json(tmp_path / "a.json", records))
    assert read_labels(tmp_path / "a.json").format == "label_studio"
    assert [one.names[-1] for one in rows] == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    assert [one.labels for one in rows] == [("cat",), ("dog", "cat"), None, None, ()]
    assert rows[1].where == "record 2 of a.json"


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_label_studio_csv(tmp_path: Path, suffix: str, delimiter: str) -> None:
    path = tmp_path / f"a.{suffix}"
    header = [
        "annotation_id",
        "annotator",
        "choice",
        "created_at",
        "id",
        "image",
        "lead_time",
        "site",
        "updated_at",
    ]
    several = json.dumps({"choices": ["dog", "cat"]})
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
        table.writerow([*header, "site", "updated_at"])
        table.writerow([1, "a@b.c", "cat", "", 1, "s3://in/a.png", 1.5, "north", ""])
        table.writerow([2, "a@b.c", several, "", 2, "s3://in/b.png", 1.5, "", ""])
        table.writerow([3, "a@b.c", "", "", 3, "s3://in/c.png", 1.5, "", ""])
    rows = found(path)
    assert read_labels(path).format == "label_studio"
    assert [(one.names[-1], one.labels) for one in rows] == [
        ("a.png", ("cat",)),
        ("b.png", ("dog", "cat")),
        ("c.png", None),
    ]


def test_an_answer_in_label_studio_counts_whatever_state_the_task_left_in(tmp_path: Path) -> None:
    data = {"image": "a.png", "sha256": "a" * 64, "state": "proposed"}
    chosen = {"type": "choices", "from_name": "label", "value": {"choices": ["cat"]}}
    save_json(tmp_path / "a.json", [{"data": data, "annotations": [{"result": [chosen]}]}])
    save_json(tmp_path / "b.json", [data | {"id": 1, "label": "cat"} | ANNOTATED])
    save_json(tmp_path / "c.json", [{"data": data}])
    told = [found(tmp_path / f"{name}.json")[0] for name in "abc"]
    assert [one.labels for one in told] == [("cat",), ("cat",), None]
    assert [one.state for one in told] == [None, None, "proposed"]
    assert {one.sha256 for one in told} == {"a" * 64}


@pytest.mark.parametrize("with_attributes", [True, False])
def test_fiftyone_with_class_numbers(tmp_path: Path, with_attributes: bool) -> None:
    sha = save_picture(tmp_path / "data" / "deep" / "a.png", 1)
    target = {"label": "dog", "confidence": 0.4} if with_attributes else 1
    labels = {"deep/a": target, "gone": [0, 1], "open": None}
    save_json(tmp_path / "labels.json", {"classes": ["cat", "dog"], "labels": labels})
    first, second, third = found(tmp_path)
    assert (first.sha256, first.labels) == (sha, ("dog",))
    assert (second.is_stem, second.image, second.labels) == (True, "gone", ("cat", "dog"))
    assert third.labels is None


def test_fiftyone_samples_with_a_field_for_the_truth(tmp_path: Path) -> None:
    def label(text: str, **more: object) -> dict:
        return {"_cls": "Classification", "label": text, **more}

    sha = save_picture(tmp_path / "data" / "a.png", 1)
    several = {"_cls": "Classifications", "classifications": [label("cat"), label("dog")]}
    samples = [
        {"filepath": "data/a.png", "tags": ["new", "test"], "ground_truth": label("dog")},
        {"filepath": "data/b.png", "ground_truth": several, "guess": label("cat", confidence=1)},
        {"filepath": "data/c.png", "ground_truth": None},
        {"filepath": "data/d.png", "ground_truth": label("cat", confidence=0.5)},
    ]
    save_json(tmp_path / "samples.json", {"samples": samples})
    save_json(tmp_path / "metadata.json", {"name": "birds"})
    first, second, third, fourth = found(tmp_path)
    assert (first.sha256, first.labels, first.split) == (sha, ("dog",), "test")
    assert (second.labels, second.state) == (("cat", "dog"), None)
    assert third.labels is None
    assert (fourth.state, fourth.facts) == ("proposed", {"score": "0.5"})
    for sample in samples:
        sample["kind"] = sample.pop("ground_truth")
    save_json(tmp_path / "samples.json", {"samples": samples})
    with pytest.raises(InputError, match="has labels in kind, guess"):
        found(tmp_path)


def test_hugging_face_metadata_beside_the_pictures(tmp_path: Path) -> None:
    sha = save_picture(tmp_path / "test" / "a.png", 1)
    (tmp_path / "test" / "metadata.csv").write_text("file_name,label\na.png,cat\nb.png,dog\n")
    lines = json.dumps({"file_name": "c.png", "labels": ["cat", "dog"]})
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "metadata.jsonl").write_text(lines + "\n")
    labels = read_labels(tmp_path)
    assert labels.format == "huggingface"
    first, second, third = labels.rows
    assert (first.sha256, first.labels, first.split) == (sha, ("cat",), "test")
    assert (second.sha256, second.where) == (None, "line 3 of test/metadata.csv")
    assert (third.number, third.labels, third.split) == (3, ("cat", "dog"), "train")


def test_metadata_reaches_no_picture_outside_of_its_folder(tmp_path: Path) -> None:
    save_picture(tmp_path / "secret.png", 1)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "metadata.csv").write_text("file_name,label\n../secret.png,cat\n")
    [only] = found(tmp_path / "in")
    assert only.sha256 is None


@pytest.mark.parametrize("split", ["", "train/", "Validation/"])
def test_a_folder_is_a_class_and_one_picture_may_have_several(tmp_path: Path, split: str) -> None:
    sha = save_picture(tmp_path / f"{split}cat" / "deep" / "a.png", 1)
    save_picture(tmp_path / f"{split}big dog" / "a.png", 1)
    other = save_picture(tmp_path / f"{split}cat" / "a.png", 2)
    labels = read_labels(tmp_path)
    assert labels.format == "imagefolder"
    rows = {one.sha256: one for one in labels.rows}
    assert rows[sha].labels == ("big dog", "cat")
    assert rows[other].labels == ("cat",)
    assert {one.split for one in rows.values()} == {split.rstrip("/") or None}


def test_an_image_folder_whose_table_is_gone_is_read_by_its_folders(tmp_path: Path) -> None:
    write("imagefolder", [row(1, [CLASSES[2]]), row(2, [])], CLASSES, tmp_path / "out")
    (tmp_path / "out" / "metadata.csv").unlink()
    assert {one.labels for one in found(tmp_path / "out")} == {(CLASSES[2],), ()}


TASKS = [{"data": {"image": "a.png"}}]
IMAGE = {"id": 1, "file_name": "a.png"}
COCO = {"images": [IMAGE], "annotations": [], "categories": []}
BOX = {"image_id": 1, "category_id": 1}
ITEM = {"id": "a", "annotations": [{"type": "label", "label_id": 4}]}
QUESTIONS = [
    {"type": "choices", "from_name": name, "value": {"choices": ["a"]}} for name in ("kind", "blur")
]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "x,y\n1,2\n", "no column 'image'; it has x, y"),
        ("a.csv", "image,y\n1,2\n", "no column 'label'"),
        ("a.csv", "", "no header"),
        ("a.csv", b"image,label\n\xff,cat\n", "a.csv is not UTF-8 (byte 12)"),
        ("a.jsonl", '{"image": "a", "label": "b"}\n{"image"', "line 2 of a.jsonl is no JSON"),
        ("a.jsonl", "[1]", "line 1 of a.jsonl is no JSON object"),
        ("a.jsonl", '{"image": "a", "label": {}}', "line 1 of a.jsonl has the label {}"),
        ("a.parquet", "no parquet", "a.parquet is not a readable Parquet file"),
        ("a.json", "{", "a.json is no JSON"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", [BOX], "in no format of labels"),
        ("a.json", {}, "in no format of labels"),
        ("a.json", COCO | {"images": [{"id": 1}]}, 'image 1 of a.json has no "file_name"'),
        ("a.json", COCO | {"annotations": [BOX]}, "annotation 1 of a.json has the category 1"),
        (
            "a.json",
            COCO | {"images": [], "annotations": [BOX], "categories": [{"id": 1, "name": "a"}]},
            "an annotation is of image 1, which is missing",
        ),
        ("a.json", {"items": [{}], "categories": {}}, 'item 1 of a.json has no "id"'),
        ("a.json", {"items": [ITEM], "categories": {}}, "item 1 of a.json has the label 4"),
        ("a.json", [*TASKS, {"data": {}}], "task 2 of a.json has no picture"),
        (
            "a.json",
            [TASKS[0] | {"annotations": [{"result": QUESTIONS}]}],
            'task 1 of a.json answers several questions: "kind", "blur"',
        ),
        (
            "a.json",
            [{"image": "a.png", "id": 1, "kind": "a", "blur": "b"} | ANNOTATED],
            'record 1 of a.json: the answer may be in any of "kind", "blur"',
        ),
        (
            "a.csv",
            "annotation_id,annotator,blur,image,kind,lead_time\n1,1,b,a.png,a,2\n",
            'line 2 of a.csv: the answer may be in any of "blur", "kind"',
        ),
        ("a.json", {"labels": {"a": 3}, "classes": ["x"]}, '"a" of a.json has the label 3'),
        ("a.xml", "<annotations><image", "a.xml is no XML"),
        ("a.xml", "<annotations><image/></annotations>", "image 1 of a.xml has no name"),
        ("a.xml", "<annotations><track/></annotations>", "tracks of a video"),
        (
            "a.xml",
            "<annotations><image name='a'><tag/></image></annotations>",
            "a tag of image 1 of a.xml has no label",
        ),
        ("a.zip", "PK", "in no format of labels"),
    ],
)
def test_broken_files_are_refused_with_file_and_place(tmp_path, name, content, told) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(InputError) as error:
        found(path)
    assert told in str(error.value)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
LABELLED = {"from_name": "kind", "type": "choices", "value": {"choices": ["a"]}}
DOCUMENTS = [
    COCO
    | {
        "images": [IMAGE | {"prelabel": {"sha256": "0" * 64, "columns": {"site": "x"}}}],
        "annotations": [BOX],
        "categories": [{"id": 1, "name": "a"}],
    },
    {
        "items": [ITEM | {"image": {"path": "a.png"}, "attr": {"column.x": 1}}],
        "categories": {"label": {"labels": [{"name": str(n)} for n in range(5)]}},
    },
    [TASKS[0] | {"annotations": [{"was_cancelled": False, "result": [LABELLED]}]}],
    {"classes": ["a"], "labels": {"x": 0, "y": [{"label": "a", "attributes": {"state": "x"}}]}},
    {"samples": [{"filepath": "a", "tags": ["x"], "t": {"_cls": "Classification", "label": "a"}}]},
]


def places(document: object) -> list[tuple]:
    """Every place in a document, as the keys that lead to it."""
    keys = document if isinstance(document, dict) else range(len(document))  # type: ignore[arg-type]
    inner = [(key, document[key]) for key in keys]  # type: ignore[index]
    nested = [(k, *rest) for k, v in inner if isinstance(v, dict | list) for rest in places(v)]
    return [(key,) for key, _ in inner] + nested


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_document_is_read_or_refused(tmp_path_factory, data) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(DOCUMENTS))))
    *way, last = data.draw(st.sampled_from(places(document)))
    target = document
    for key in way:
        target = target[key]
    target[last] = data.draw(values)
    path = save_json(tmp_path_factory.mktemp("odd") / "labels.json", document)
    try:
        rows = found(path)
    except InputError:
        return
    finder = PictureFinder(rows)
    finder.offer("item", "in/a.png", "0" * 64)
    for one in rows:
        with suppress(InputError):
            finder.find(one)
        json.dumps([one.names, one.labels, dict(one.facts), dict(one.columns)]).encode()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_texts_that_no_database_takes_come_out_as_escapes(tmp_path: Path, document) -> None:
    for *way, last in places(document):
        odd = json.loads(json.dumps(document))
        target = odd
        for key in way:
            target = target[key]
        if isinstance(target[last], str):
            target[last] += "\0\ud800"
            with suppress(InputError):
                for one in found(save_json(tmp_path / "labels.json", odd)):
                    told = [one.where, *one.names, *(one.labels or ()), one.state, one.split]
                    told += [*one.facts.values(), *one.columns.values(), one.fault]
                    assert all(storable(text) == text for text in filter(None, told))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["image", "sha256", "label", "labels", "columns"]), values))
def test_whatever_stands_in_a_line_is_read_or_refused(tmp_path_factory, line) -> None:
    path = tmp_path_factory.mktemp("odd") / "labels.jsonl"
    path.write_text(json.dumps(line))
    with suppress(InputError):
        PictureFinder(found(path))


def test_a_folder_in_two_formats_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,label\n")
    save_json(tmp_path / "tasks.json", TASKS)
    with pytest.raises(InputError, match="csv, label_studio"):
        read_labels(tmp_path)


def test_a_source_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_labels(tmp_path / "nothing")


def named(*names: str, **given: object) -> LabelRow:
    return LabelRow(1, "line 1", names, ("cat",), **given)


def item_of(row: LabelRow, *paths: str) -> str:
    finder = PictureFinder([row])
    for path in paths:
        finder.offer(path, path, hashlib.sha256(path.encode()).hexdigest())
    return finder.find(row)


@pytest.mark.parametrize(
    ("row", "path"),
    [
        (named("b/x.png"), "/in/b/x.png"),
        (named("./x.png"), "/in/x.png"),
        (named("b\\x.png"), "/in/b/x.png"),
        (named("set.zip/x.png"), "/in/set.zip!/x.png"),
        (named("u\u0308.png"), "/in/ü.png"),
        (named("gone/x.png", "x.png"), "/in/x.png"),
        (named("b/x", is_stem=True), "/in/b/x.png"),
        (named(hashlib.sha256(b"/in/q.png").hexdigest()), "/in/q.png"),
        (named(f"x-{hashlib.sha256(b'/in/q.png').hexdigest()[:12]}.jpg"), "/in/q.png"),
        (named("other", sha256=hashlib.sha256(b"/in/q.png").hexdigest()), "/in/q.png"),
    ],
)
def test_a_picture_is_found_by_what_a_file_calls_it(row: LabelRow, path: str) -> None:
    assert item_of(row, "/in/a.png", path, "/in/b/y.png") == path


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (named("x.png"), "several items are called 'x.png': /in/a/x.png, /in/b/x.png"),
        (named("x", is_stem=True), "several items are called 'x'"),
        (named("c/x.png"), "no item is called 'c/x.png'"),
        (named("ax.png"), "no item is called"),
        (named("x.png", sha256="0" * 64), "no item has the bytes of 'x.png'"),
        (named(), "names no picture"),
        (named("x.png", fault="its annotations differ"), "its annotations differ"),
    ],
)
def test_a_name_that_fits_none_or_two_is_refused(row: LabelRow, told: str) -> None:
    with pytest.raises(InputError) as error:
        item_of(row, "/in/a/x.png", "/in/b/x.png", "/in/c/y.png")
    assert told in str(error.value)


def test_two_names_of_one_picture_are_one() -> None:
    finder = PictureFinder([row := named("x.png")])
    finder.offer("item", "/in/a/x.png", "0" * 64)
    finder.offer("item", "/in/b/x.png", "0" * 64)
    assert finder.find(row) == "item"
