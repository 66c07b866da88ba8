import csv
import hashlib
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labeling.errors import ExportError, ImageRejected, InputError, RejectReason
from labeling.exporters.base import ExportOptions
from labeling.exporters.image_folder import folder_names
from labeling.exporters.registry import EXPORTERS, write
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, safe_name

CLASSES = ["cat", "Ünïcode 猫", 'comma, "quote"']


def picture(number):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), (number % 256, number // 256 % 256, 9)).save(buffer, "PNG")
    return buffer.getvalue()


def row(number=0, labels=("cat",), folder=None, **changes):
    data = picture(number)
    sha256 = hashlib.sha256(data).hexdigest()
    local = None
    if folder is not None:
        folder.mkdir(exist_ok=True)
        local = folder / f"{number}.png"
        local.write_bytes(data)
    made = ExportRow(
        sha256=sha256,
        file_name=safe_name(f"in/{number}.png", sha256, "PNG"),
        sources=[f"in/{number}.png"],
        labels=list(labels),
        state="verified",
        proposal_label="cat",
        score=0.25,
        model="embedded",
        user="ann",
        decided_at="2025-01-02T03:04:05+00:00",
        view="single",
        width=8,
        height=6,
        format="PNG",
        columns={"site": "north"},
        read=lambda: data,
        local=local,
    )
    return replace(made, **changes)


def load_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_jsonl(path):
    return [json.loads(line) for line in path.read_bytes().decode().split("\n")[:-1]]


def siblings(out):
    return sorted(p.name for p in out.parent.iterdir())


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_the_manifest_lists_every_file_with_its_hash(tmp_path, name):
    rows = [row(1), row(2, ["cat"]), row(3, [])]
    options = ExportOptions(pictures="copy", filters={"states": ["verified"]})
    written = write(name, rows, CLASSES, tmp_path / "out", options)
    out = tmp_path / "out"
    data = (out / "manifest.json").read_bytes()
    manifest = json.loads(data)
    assert hashlib.sha256(data).hexdigest() == written.manifest_sha256
    found = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if p.is_file()}
    assert set(found) == set(written.files)
    assert {f["path"] for f in manifest["files"]} == set(found) - {"manifest.json"}
    for file in manifest["files"]:
        content = found[file["path"]].read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["bytes"] == len(content)
    assert (written.items, manifest["items"]) == (3, 3)
    assert manifest["by_label"] == {"cat": 2, NONE_OF_THESE: 1}
    assert manifest["by_state"] == {"verified": 3}
    assert manifest["filters"] == {"states": ["verified"]}
    assert manifest["format"] == name
    assert siblings(out) == ["out"]


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_the_same_rows_give_the_same_manifest(tmp_path, name):
    first = write(name, [row(1), row(2)], CLASSES, tmp_path / "a")
    again = write(name, [row(1), row(2)], CLASSES, tmp_path / "b")
    assert first == again


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
items = st.lists(
    st.tuples(
        st.lists(st.sampled_from(CLASSES), unique=True),
        st.lists(texts, max_size=3),
        st.dictionaries(texts.filter(bool), texts, max_size=3),
        st.one_of(st.none(), texts),
        st.one_of(st.none(), st.floats(0, 1, width=32)),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(items)
def test_csv_and_jsonl_give_back_what_went_in(tmp_path_factory, given_items):
    rows = [
        row(n, labels, sources=sources, columns=columns, user=user, score=score)
        for n, (labels, sources, columns, user, score) in enumerate(given_items)
    ]
    folder = tmp_path_factory.mktemp("export")
    write("csv", rows, CLASSES, folder / "csv")
    write("jsonl", rows, CLASSES, folder / "jsonl")
    lines = load_csv(folder / "csv" / "labels.csv")
    records = load_jsonl(folder / "jsonl" / "labels.jsonl")
    assert len(lines) == len(records) == len(rows)
    own = {name for r in rows for name in r.columns}
    for expected, line, record in zip(rows, lines, records, strict=True):
        assert record["labels"] == json.loads(line["labels"]) == expected.labels
        assert record["sources"] == json.loads(line["sources"]) == expected.sources
        assert record["columns"] == expected.columns
        assert {n: line[f"column.{n}"] for n in own} == dict.fromkeys(own, "") | expected.columns
        assert record["user"] == expected.user
        assert line["user"] == (expected.user or "")
        assert record["score"] == expected.score
        assert (float(line["score"]) if line["score"] else None) == expected.score
        assert record["sha256"] == line["sha256"] == expected.sha256
        assert record["none_of_these"] == (not expected.labels)


def test_csv_says_label_state_score_model_user_and_time(tmp_path):
    rows = [
        row(1),
        row(2, []),
        row(3, CLASSES[:2]),
        row(4, [], state="proposed", user=None, decided_at=None),
    ]
    write("csv", rows, CLASSES, tmp_path / "out")
    lines = load_csv(tmp_path / "out" / "labels.csv")
    assert [line["label"] for line in lines] == ["cat", NONE_OF_THESE, "cat|Ünïcode 猫", ""]
    assert lines[0] | {"sha256": "", "file_name": ""} == {
        "file_name": "", "image": "in/1.png", "sha256": "", "label": "cat", "labels": '["cat"]',
        "state": "verified", "proposal_label": "cat", "score": "0.25", "model": "embedded",
        "user": "ann", "decided_at": "2025-01-02T03:04:05+00:00", "view": "single", "width": "8",
        "height": "6", "format": "PNG", "split": "", "group": "",
        "sources": '["in/1.png"]', "column.site": "north",
    }  # fmt: skip
    assert lines[3]["state"] == "proposed"
    assert not (tmp_path / "out" / "images").exists()


def test_formulas_and_names_that_are_no_utf8_are_not_repaired(tmp_path):
    odd = row(1, sources=["=cmd()", "bad\udcff.png"], columns={"+note": "@x"})
    write("csv", [odd], CLASSES, tmp_path / "csv")
    write("jsonl", [odd], CLASSES, tmp_path / "jsonl")
    [line] = load_csv(tmp_path / "csv" / "labels.csv")
    assert line["image"] == "=cmd()"
    assert line["column.+note"] == "@x"
    assert load_jsonl(tmp_path / "jsonl" / "labels.jsonl")[0]["sources"] == odd.sources


def test_coco_loads_in_pycocotools(tmp_path):
    from pycocotools.coco import COCO

    rows = [row(1), row(2, CLASSES[1:]), row(3, []), row(4, [], state="proposed")]
    write("coco", rows, CLASSES, tmp_path / "out", ExportOptions(pictures="copy"))
    with redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "out" / "annotations.json"))
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == CLASSES
    labels = {
        image["file_name"]: [
            coco.loadCats(a["category_id"])[0]["name"]
            for a in coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
        ]
        for image in coco.loadImgs(coco.getImgIds())
    }
    assert labels == {r.file_name: r.labels for r in rows}
    for annotation in coco.loadAnns(coco.getAnnIds(iscrowd=False)):
        assert annotation["bbox"] == [0, 0, 8, 6]
        assert annotation["area"] == 48
    assert len(coco.getAnnIds()) == 3
    about = [image["prelabel"] for image in coco.loadImgs(coco.getImgIds())]
    assert [a["none_of_these"] for a in about] == [False, False, True, False]
    assert [a["state"] for a in about][3] == "proposed"
    assert all((tmp_path / "out" / "images" / name).exists() for name in labels)


def test_an_empty_coco_is_valid(tmp_path):
    write("coco", [], CLASSES, tmp_path / "out")
    data = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert (data["images"], data["annotations"], len(data["categories"])) == ([], [], 3)


def test_image_folder_loads_in_torchvision(tmp_path):
    from torchvision.datasets import ImageFolder

    rows = [row(1), row(2), row(3, [CLASSES[2]]), row(4, [])]
    write("imagefolder", rows, CLASSES, tmp_path / "out")
    dataset = ImageFolder(str(tmp_path / "out"))
    back = {line["folder"]: line["class"] for line in load_csv(tmp_path / "out" / "classes.csv")}
    found = {Path(p).name: back[dataset.classes[c]] for p, c in dataset.samples}
    assert found == {r.file_name: (r.labels or [NONE_OF_THESE])[0] for r in rows}
    about = {line["file_name"]: line for line in load_csv(tmp_path / "out" / "metadata.csv")}
    assert {Path(name).name for name in about} == set(found)
    for name, line in about.items():
        content = (tmp_path / "out" / name).read_bytes()
        assert line["sha256"] == hashlib.sha256(content).hexdigest()


def test_folder_names_are_legal_distinct_and_map_back():
    classes = ("a:b", "a?b", "A_B", "con", "…", "ends.", "none_of_these", "😀" * 64)
    folders = folder_names(classes)
    assert set(folders) == {NONE_OF_THESE, *classes}
    assert folders["a:b"] == "a_b"
    assert folders["con"] == "_con"
    assert len({name.casefold() for name in folders.values()}) == len(folders)
    for name in folders.values():
        assert not set(name) & set('<>:"/\\|?*')
        assert len(name.encode()) <= 255
        assert name.strip(" .") == name


def test_pictures_of_the_same_name_do_not_collide(tmp_path):
    rows = [row(n, file_name="same.png") for n in range(3)]
    written = write("imagefolder", rows, CLASSES, tmp_path / "out")
    pictures = [name for name in written.files if name.startswith("cat/")]
    contents = {(tmp_path / "out" / name).read_bytes() for name in pictures}
    assert len(pictures) == len(contents) == 3
    names = [line["file_name"] for line in load_csv(tmp_path / "out" / "metadata.csv")]
    assert [(tmp_path / "out" / n).read_bytes() for n in names] == [picture(n) for n in range(3)]


@given(st.text(max_size=300), st.sampled_from(["JPEG", "PNG", "TIFF"]))
def test_safe_names_are_legal_everywhere(source, picture_format):
    name = safe_name(source, "ab" * 32, picture_format)
    assert name.endswith(("-abababababab.jpg", "-abababababab.png", "-abababababab.tif"))
    assert not set(name) & set('<>:"/\\|?*\x00\n')
    assert len(name.encode()) <= 160
    assert name[0] not in ". "


def test_safe_names_keep_what_people_know():
    assert safe_name("/data/Käfer 1.JPG", "0" * 64, "JPEG") == "Käfer 1-000000000000.jpg"
    assert safe_name("https://x.org/a/b.png?sig=1", "1" * 64, "PNG") == "b-111111111111.png"
    assert safe_name("C:\\pics\\fox.webp", "2" * 64, "WEBP") == "fox-222222222222.webp"


def test_several_labels_are_refused_by_image_folders_unless_asked_for(tmp_path):
    two = row(1, CLASSES[:2])
    with pytest.raises(ExportError, match=r"in/1\.png has 2 labels"):
        write("imagefolder", [two], CLASSES, tmp_path / "out")
    assert siblings(tmp_path / "out") == []
    written = write(
        "imagefolder", [two], CLASSES, tmp_path / "out", ExportOptions(several_labels="each")
    )
    assert written.items == 1
    assert {Path(name).parent.name for name in written.files if "/" in name} == set(CLASSES[:2])


def test_a_proposal_is_no_folder(tmp_path):
    with pytest.raises(ExportError, match="a proposal is none"):
        write("imagefolder", [row(1, [], state="proposed")], CLASSES, tmp_path / "out")


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_links_need_no_second_copy(tmp_path, mode):
    linked = row(1, folder=tmp_path / "originals")
    options = ExportOptions(pictures=mode)
    write("imagefolder", [linked], CLASSES, tmp_path / "out", options)
    target = tmp_path / "out" / "cat" / linked.file_name
    assert target.samefile(linked.local)
    assert target.is_symlink() == (mode == "symlink")
    write("imagefolder", [linked], CLASSES, tmp_path / "out", options)
    assert linked.local.read_bytes() == picture(1)


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_links_need_a_file_on_this_machine(tmp_path, mode):
    with pytest.raises(ExportError, match=r"can't be linked\. Export copies"):
        write("csv", [row(1)], CLASSES, tmp_path / "out", ExportOptions(pictures=mode))


def gone():
    raise ImageRejected(RejectReason.MISSING, "no file")


@pytest.mark.parametrize(
    "broken", [{"read": gone}, {"read": lambda: b"changed"}, {"read": Path("/no/such").read_bytes}]
)
@pytest.mark.parametrize("name", list(EXPORTERS))
def test_a_lost_original_ends_the_export_or_is_left_out_and_named(tmp_path, name, broken):
    rows = [row(1), row(2, **broken), row(3)]
    out = tmp_path / "out"
    with pytest.raises(ExportError, match=r"in/2\.png"):
        write(name, rows, CLASSES, out, ExportOptions(pictures="copy"))
    assert siblings(out) == []
    options = ExportOptions(pictures="copy", missing="skip")
    written = write(name, rows, CLASSES, out, options)
    assert (written.items, written.missing) == (2, ("in/2.png",))
    assert json.loads((out / "manifest.json").read_text())["missing"] == ["in/2.png"]
    assert not any("in/2.png" in p.read_text() for p in out.glob("*l*.csv"))


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_a_linked_original_that_changed_is_lost(tmp_path, mode):
    linked = row(1, folder=tmp_path / "originals")
    linked.local.write_bytes(b"other")
    with pytest.raises(ExportError, match="no longer the picture"):
        write("csv", [linked], CLASSES, tmp_path / "out", ExportOptions(pictures=mode))


def test_an_earlier_export_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "out"
    write("imagefolder", [row(1), row(2)], CLASSES, out)
    write("jsonl", [row(3)], CLASSES, out)
    assert sorted(p.name for p in out.iterdir()) == ["labels.jsonl", "manifest.json"]
    assert siblings(out) == ["out"]


@pytest.mark.parametrize("stranger", ["notes.txt", "cat/mine.png"])
def test_files_of_others_are_never_replaced(tmp_path, stranger):
    out = tmp_path / "out"
    write("imagefolder", [row(1)], CLASSES, out)
    (out / stranger).write_text("mine")
    with pytest.raises(ExportError, match="is from no export"):
        write("csv", [row(1)], CLASSES, out)
    assert (out / stranger).read_text() == "mine"


def test_edited_exports_and_foreign_folders_are_never_replaced(tmp_path):
    out = tmp_path / "out"
    write("csv", [row(1)], CLASSES, out)
    with (out / "labels.csv").open("a") as file:
        file.write("added by hand\n")
    with pytest.raises(ExportError, match=r'"labels\.csv" in .* was changed'):
        write("csv", [row(1)], CLASSES, out)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.doc").touch()
    with pytest.raises(ExportError, match="is not empty"):
        write("csv", [row(1)], CLASSES, foreign)
    (foreign / "manifest.json").write_text('{"written_by": "someone"}')
    with pytest.raises(ExportError, match="is from no export"):
        write("csv", [row(1)], CLASSES, foreign)
    with pytest.raises(ExportError, match="is a file"):
        write("csv", [row(1)], CLASSES, foreign / "thesis.doc")


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    assert write("csv", [row(1)], CLASSES, tmp_path / "out").items == 1


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_a_failure_in_the_middle_leaves_what_was_there(tmp_path, name):
    out = tmp_path / "out"
    before = write("csv", [row(1)], CLASSES, out)

    def rows():
        yield row(2)
        raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError, match="cancelled"):
        write(name, rows(), CLASSES, out)
    data = (out / "manifest.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == before.manifest_sha256
    assert siblings(out) == ["out"]


def test_what_a_killed_export_left_behind_is_removed(tmp_path):
    out = tmp_path / "out"
    left = tmp_path / ".out.partial-0123"
    left.mkdir()
    (left / "labels.csv").touch()
    running = EXPORTERS["csv"](CLASSES, out, ExportOptions())
    with running:
        write("csv", [row(1)], CLASSES, out)
        assert not left.exists()
        running.add(row(2))
        assert running.finish().items == 1  # its folder was locked, so the other left it alone
    assert siblings(out) == ["out"]


def test_a_place_below_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="Check space and rights"):
        write("csv", [row(1)], CLASSES, tmp_path / "file" / "out")


def test_labels_must_be_classes(tmp_path):
    with pytest.raises(ExportError, match=r'in/1\.png is labelled "fox"'):
        write("csv", [row(1, ["fox"])], CLASSES, tmp_path / "out")


@pytest.mark.parametrize("bad", ["../x.png", "a/b.png", "/x.png"])
def test_file_names_never_leave_their_folder(tmp_path, bad):
    with pytest.raises(ValueError, match="no plain file name"):
        write("imagefolder", [row(1, file_name=bad)], CLASSES, tmp_path / "out")
    assert siblings(tmp_path / "out") == []


def test_an_unknown_format_lists_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="imagefolder, csv, jsonl, coco"):
        write("yolo", [], CLASSES, tmp_path / "out")


def test_the_root_of_a_file_system_is_no_place() -> None:
    with pytest.raises(ExportError, match="no place"):
        EXPORTERS["csv"](["cat"], Path("/"), ExportOptions())


def test_fiftyone_maps_the_stem_of_a_picture_to_its_label(tmp_path):
    rows = [row(1), row(2, []), row(3, [CLASSES[1]]), row(4, [], state="proposed")]
    write("fiftyone", rows, CLASSES, tmp_path / "out")
    labels = json.loads((tmp_path / "out" / "all" / "labels.json").read_text())
    assert labels["classes"] == [*CLASSES, NONE_OF_THESE]
    told = [labels["labels"][Path(r.file_name).stem] for r in rows]
    assert (told[0]["label"], told[0]["confidence"]) == ("cat", 0.25)
    assert told[1]["label"] == NONE_OF_THESE
    assert told[2]["label"] == CLASSES[1]
    assert told[3] is None
    for r in rows:
        assert (tmp_path / "out" / "all" / "data" / r.file_name).read_bytes() == r.read()


def test_fiftyone_has_lists_everywhere_where_one_picture_has_several_labels(tmp_path):
    several = row(2, ["cat", CLASSES[1]], split="test")
    rows = [row(1, split="train"), several, row(3, [], split="test"), row(4, [], state="proposed")]
    write("fiftyone", rows, CLASSES, tmp_path / "out")
    told: dict = {}
    for path in (tmp_path / "out").glob("*/labels.json"):
        told |= json.loads(path.read_text())["labels"]
    answers = [told[Path(r.file_name).stem] for r in rows]
    assert [answer and [one["label"] for one in answer] for answer in answers] == [
        ["cat"],
        ["cat", CLASSES[1]],
        [NONE_OF_THESE],
        None,
    ]


def test_a_proposal_is_a_prediction_and_never_an_annotation_of_label_studio(tmp_path):
    rows = [row(1, ["cat"]), row(2, [], state="proposed")]
    write("label_studio", rows, CLASSES, tmp_path / "out")
    decided, proposed = json.loads((tmp_path / "out" / "tasks.json").read_text())
    assert decided["annotations"][0]["result"][0]["value"] == {"choices": ["cat"]}
    assert proposed["annotations"] == []
    assert proposed["predictions"][0]["result"][0]["value"] == {"choices": ["cat"]}


def test_knowing_the_formats_loads_no_pyarrow():
    told = "import sys, labeling.exporters.registry; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
