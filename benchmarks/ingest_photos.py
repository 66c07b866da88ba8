"""Import of photographs against the loop that one writes first, wall time in the same run.

``python -m benchmarks.ingest_photos [--pictures FOLDER [--copies N]] [--out FOLDER] [--full]``

Ways, each from a zip file and from a folder, into the same kind of database (WAL, full sync):

- ours: the import job as the command line runs it
- naive loop: unzip to disk, then for each file: hash, decode whole, LANCZOS to a thumbnail and,
  where ours makes one, to a copy for the screen, perceptual hash, copy into the store, one ORM
  transaction; wanted: at least 3.5 × the wall time of ours
- careful loop: the same, scaled by Pillow's `thumbnail` with its fast defaults

All make the same: original, thumbnail of 256, screen copy of 1280 pixels, hashes and rows. The
loops find no damaged files, name no reasons and can't go on after a crash.
"""

import hashlib
import shutil
import zipfile
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import imagehash
from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from benchmarks.homes import fresh_home, import_from, project_id, workplace
from benchmarks.report import (
    Cost,
    Figure,
    Way,
    as_json,
    measured,
    parser,
    publish,
    ratio,
    take_turns,
)
from benchmarks.rows import new_batch
from benchmarks.scenes import numbered, photographs
from db import tables as t
from labeling.images.thumbs import SCREEN, THUMB
from labeling.workspace import Workspace

GENERATED = {False: 60, True: 200}
ROUNDS = {False: 3, True: 7}
WANTED = ">= 3.5"

Scale = Callable[[Image.Image, int], Image.Image]


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--pictures", type=Path, help="folder of photographs; default: generated")
    made.add_argument(
        "--copies", type=int, default=1, help="take each JPEG of the folder so often, as new bytes"
    )
    arguments = made.parse_args()
    with workplace() as work:
        folder = work / "pictures"
        count = gather(folder, arguments, GENERATED[arguments.full])
        archive = pack(folder)
        sources = {"zip": archive, "folder": folder}
        costs = take_turns(ways(sources, work), ROUNDS[arguments.full])
        megabytes = archive.stat().st_size / 1e6
    details = {
        "pictures": count,
        "megabytes": round(megabytes, 1),
        "copies": arguments.copies,
        "source": "own" if arguments.pictures else "generated",
        "seconds": as_json(costs),
    }
    publish("ingest_photos", arguments.out, figures(costs, sources), details)


def ways(sources: Mapping[str, Path], work: Path) -> dict[str, Way]:
    made: dict[str, Way] = {}
    for kind, source in sources.items():
        made[f"ours, {kind}"] = partial(ours, source, work)
        made[f"naive, {kind}"] = partial(loop, source, work, lanczos)
        made[f"careful, {kind}"] = partial(loop, source, work, pillow_thumbnail)
    return made


def figures(costs: Mapping[str, list[Cost]], kinds: Iterable[str]) -> list[Figure]:
    made = []
    for kind in kinds:
        for way in ("naive", "careful"):
            for unit in ("wall", "cpu"):
                value = ratio(costs, f"{way}, {kind}", f"ours, {kind}", unit)
                wanted = WANTED if (way, unit) == ("naive", "wall") else None
                made.append(Figure(f"{way} loop / our import, {kind}, {unit} time", value, wanted))
    return made


def gather(folder: Path, arguments: Namespace, generated: int) -> int:
    """Fill a folder with pictures; how many."""
    if arguments.pictures:
        shutil.copytree(arguments.pictures, folder)
        for original in sorted(folder.rglob("*.[jJ][pP]*[gG]")):
            for number in range(1, arguments.copies):
                copy = original.with_stem(f"{original.stem}_{number}")
                copy.write_bytes(numbered(original.read_bytes(), number))
    else:
        folder.mkdir()
        for number, data in enumerate(photographs(generated)):
            (folder / f"{number:05}.jpg").write_bytes(data)
    return sum(1 for path in folder.rglob("*") if path.is_file())


def pack(folder: Path) -> Path:
    """The folder as a zip file beside it; pictures stored as they are, as zip programs do."""
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder))
    return archive


def ours(source: Path, work: Path) -> Cost:
    with fresh_home(work) as ws:
        return measured(lambda: import_from(ws, source))


def loop(source: Path, work: Path, scale: Scale) -> Cost:
    with fresh_home(work) as ws:
        project = project_id(ws)
        batch = new_batch(ws, project)
        return measured(lambda: import_one_by_one(ws, project, batch, source, scale))


def import_one_by_one(ws: Workspace, project: str, batch: str, source: Path, scale: Scale) -> None:
    folder = source
    if source.is_file():
        folder = ws.settings.root / "unpacked"
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
    store = ws.settings.root / "store"
    store.mkdir()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        picture = take_in(path, store, scale)
        with Session(ws.db.engine) as session:
            session.add(picture)
            item = t.Item(project_id=project, sha256=picture.sha256, batch_id=batch)
            session.add(item)
            session.flush()
            session.add(t.ItemSource(item_id=item.id, batch_id=batch, path=str(path)))
            session.commit()


def take_in(path: Path, store: Path, scale: Scale) -> t.Image:
    """Hash, decode and scale one file; its row."""
    data = path.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    with Image.open(path) as opened:
        kind = opened.format or ""
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    thumb = scale(picture, THUMB)
    thumb.save(store / f"{sha}-thumb.jpg", quality=85)
    has_screen = max(picture.size) > SCREEN
    if has_screen:
        scale(picture, SCREEN).save(store / f"{sha}-screen.jpg", quality=90)
    shutil.copyfile(path, store / sha)
    return t.Image(
        sha256=sha,
        phash=str(imagehash.dhash(thumb)),
        width=picture.width,
        height=picture.height,
        bytes=len(data),
        format=kind,
        has_screen=has_screen,
    )


def lanczos(picture: Image.Image, side: int) -> Image.Image:
    share = min(1.0, side / max(picture.size))
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def pillow_thumbnail(picture: Image.Image, side: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail((side, side))
    return small


if __name__ == "__main__":
    main()
