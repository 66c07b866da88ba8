"""Makes the sample projects again: ``python -m labeling.samples.build``.

``digits`` and ``shapes`` come from seeds and from the held-out half of the scans. ``drawings`` is a
chosen set of clip art; it is only made again when a folder of the originals is named.
"""

import argparse
import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from labeling.encoders.embedded.training.digits import WORN, on_paper, render, scans
from labeling.encoders.embedded.training.draw import (
    Stream,
    draw_background,
    generator,
    scene,
    soften,
)
from labeling.encoders.embedded.training.facts import value_of
from labeling.samples.catalogue import NONE

HERE = Path(__file__).parent
LONG_TAIL = {7: 190, 1: 150, 3: 118, 0: 94, 9: 74, 2: 58, 6: 46, 4: 36, 8: 28, 5: 22}
NEITHER = {"letter": 26, "scribble": 16, "blank": 10}
NEAR_DUPLICATES = 20
TURNED_DIGITS = (2, 3, 4, 5, 7)
TURNED_EACH = 3
RAW_SHARE = 0.35
HARD_SIDE = 56
SCENE_SIDE = 96
SCENES = {"seen": 288, "unseen": 100}
EMPTY_SCENES = 12
SHUFFLE_SEED = 4242
FIRST_INDEX = {"digits": 0, "shapes": 100_000}
DOUBTFUL_DRAWINGS = frozenset(
    f"img_{number}.jpg"
    for number in (
        # cars after a real make or model, a network maker's symbol, mascots
        "0128", "0134", "0197", "0288", "0363", "0366", "0403", "0433", "0443", "0457", "0464",
        "0155", "0228", "0032", "0296",
    )
)  # fmt: skip


@dataclass
class Picture:
    """One picture of a sample; ``like`` is the picture it nearly repeats."""

    data: bytes
    suffix: str
    label: str
    remark: str = ""
    like: "Picture | None" = None
    path: str = field(default="")


def digits() -> list[Picture]:
    """Make the sample ``digits``: held-out scans, long-tailed, raw ones and damaged ones."""
    part = scans(Stream.SAMPLE)
    wanted = {digit: count + TURNED_EACH for digit, count in LONG_TAIL.items()}
    index = FIRST_INDEX["digits"]
    pictures, hard = [], []
    for digit, count in wanted.items():
        for rank, which in enumerate(np.flatnonzero(part.digits == digit)[:count]):
            rng = generator(Stream.SAMPLE, index)
            index += 1
            if rank >= LONG_TAIL[digit]:
                if digit in TURNED_DIGITS:
                    pictures.append(_turned(part.pixels[which], rank - LONG_TAIL[digit], digit))
            elif rng.random() < RAW_SHARE:
                pictures.append(_png(Image.fromarray(part.pixels[which]), str(digit)))
            else:
                image = render(part.pixels[which], rng, HARD_SIDE, hard=True, wear=WORN)
                hard.append(_jpeg(image, str(digit)))
    for kind, count in NEITHER.items():
        for _ in range(count):
            rng = generator(Stream.SAMPLE, index)
            index += 1
            image = on_paper(kind, rng, HARD_SIDE, Stream.SAMPLE)
            pictures.append(_jpeg(image, NONE, kind))
    step = len(hard) // NEAR_DUPLICATES
    copies = [_near_duplicate(original) for original in hard[::step][:NEAR_DUPLICATES]]
    return _arranged([*pictures, *hard, *copies], "sheet-{:02d}/cell-{:02d}{}", 30)


def shapes() -> list[Picture]:
    """Make the sample ``shapes``: scenes with four labels each, and a few empty ones."""
    index = FIRST_INDEX["shapes"]
    pictures = []
    for pairs, count in SCENES.items():
        for _ in range(count):
            image, truth = scene(generator(Stream.SAMPLE, index), SCENE_SIDE, pairs=pairs)
            index += 1
            names = [str(value_of(truth, name)) for name in ("colour", "texture", "shape")]
            names.append(count_class(str(value_of(truth, "count"))))
            remark = "" if pairs == "seen" else "colour and shape were never trained together"
            pictures.append(_jpeg(image, "|".join(names), remark))
    for _ in range(EMPTY_SCENES):
        rng = generator(Stream.SAMPLE, index)
        index += 1
        pictures.append(_jpeg(soften(draw_background(rng, SCENE_SIDE)[1], rng), NONE, "empty"))
    return _arranged(pictures, "set-{:02d}/picture-{:02d}{}", 40)


def count_class(count: str) -> str:
    """Return the class of a count: "one shape", "two shapes" …"""
    return f"{count} shape" if count == "one" else f"{count} shapes"


def drawings(source: Path) -> list[Picture]:
    """Take over the clip art of ``source`` (images/, truth.csv) without the doubtful ones."""
    with (source / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] not in DOUBTFUL_DRAWINGS]
    pictures = []
    for row in rows:
        near = f"; near duplicate group {row['near_dup']}" if row["near_dup"] else ""
        remark = f"{row['source_ref']} ({row['licence']}){near}"
        data = (source / "images" / row["file"]).read_bytes()
        path = f"{row['source']}/{row['file']}"
        pictures.append(Picture(data, ".jpg", row["label"] or NONE, remark, path=path))
    return pictures


def write(pictures: Sequence[Picture], folder: Path) -> None:
    """Write ``pictures.zip`` (stored, no times) and ``truth.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(pictures, key=lambda picture: picture.path)
    with zipfile.ZipFile(folder / "pictures.zip", "w", zipfile.ZIP_STORED) as archive:
        for picture in ordered:
            archive.writestr(zipfile.ZipInfo(picture.path), picture.data)
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "label", "remark"])
        writer.writerows([picture.path, picture.label, _remark(picture)] for picture in ordered)


def _remark(picture: Picture) -> str:
    return f"near duplicate of {picture.like.path}" if picture.like else picture.remark


def _turned(scan: np.ndarray, turns: int, digit: int) -> Picture:
    degrees = (90, 180, 270)[turns]
    turned = Image.fromarray(np.rot90(scan, turns + 1).copy())
    return _png(turned, str(digit), f"turned by {degrees} degrees")


def _near_duplicate(original: Picture) -> Picture:
    """Crop a pixel or two, enlarge and save again, as a second scan of the same sheet would."""
    image = Image.open(io.BytesIO(original.data))
    cropped = image.crop((1, 2, image.width - 1, image.height)).resize((64, 64))
    return Picture(as_jpeg(cropped, quality=80), ".jpg", original.label, like=original)


def _png(image: Image.Image, label: str, remark: str = "") -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return Picture(buffer.getvalue(), ".png", label, remark)


def _jpeg(image: Image.Image, label: str, remark: str = "") -> Picture:
    return Picture(as_jpeg(image), ".jpg", label, remark)


def as_jpeg(image: Image.Image, quality: int = 88) -> bytes:
    """Save a picture the way the samples hold it; full colour resolution keeps thin lines."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def _arranged(pictures: Iterable[Picture], pattern: str, each: int) -> list[Picture]:
    """Shuffle, and give each picture a path that says nothing about its label."""
    ordered = list(pictures)
    np.random.default_rng(SHUFFLE_SEED).shuffle(ordered)
    for place, picture in enumerate(ordered):
        picture.path = pattern.format(place // each + 1, place % each + 1, picture.suffix)
    return ordered


def main() -> None:
    """Read the command line and write the samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="where the sample folders are")
    parser.add_argument("--drawings", type=Path, help="folder with the originals of the drawings")
    options = parser.parse_args()
    made: Mapping[str, list[Picture]] = {"digits": digits(), "shapes": shapes()}
    if options.drawings:
        made = {**made, "drawings": drawings(options.drawings)}
    for name, pictures in made.items():
        write(pictures, options.out / name)
        print(f"{name}: {len(pictures)} pictures")


if __name__ == "__main__":
    main()
