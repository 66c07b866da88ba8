"""Pictures laid out as files to be sent: each under a name that is unique and safe."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from db.tables import Image
from labeling.cvat.names import AS_IS, staged_name
from labeling.errors import ImageRejected
from labeling.images.decode import load_rgb
from labeling.workflows.cvat_ours import Ours
from labeling.workflows.pictures import original
from labeling.workspace import Workspace

JPEG_QUALITY = 95


@dataclass
class Staged:
    """A batch on disk: its pictures in order, and those that can't be read with the reason."""

    folder: Path
    pictures: list[Ours] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    unreadable: list[tuple[Ours, str]] = field(default_factory=list)


def stage(ws: Workspace, folder: Path, batch: Iterable[Ours]) -> Staged:
    """Lay out the pictures of a batch in a new folder.

    Copies in the store are linked, not copied; linked files are read and held against their hash;
    formats that CVAT may not read are rendered as JPEG, first frame, upright.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    staged = Staged(folder)
    for ours in batch:
        name = staged_name(len(staged.files), ours.image.sha256, ours.image.format)
        try:
            _write(ws, ours.image, folder / name)
        except ImageRejected as error:
            staged.unreadable.append((ours, error.detail))
            continue
        staged.pictures.append(ours)
        staged.files.append(folder / name)
    return staged


def _write(ws: Workspace, image: Image, target: Path) -> None:
    stored = None if image.link else ws.blobs.local_path("original", image.sha256)
    if image.format in AS_IS and stored and _linked(stored, target):
        return
    data = original(ws, image, rehash=True)
    if image.format not in AS_IS:
        rendered = io.BytesIO()
        load_rgb(data).save(rendered, "JPEG", quality=JPEG_QUALITY)
        data = rendered.getvalue()
    target.write_bytes(data)


def _linked(source: Path, target: Path) -> bool:
    """Whether a hard link could be made; a symbolic one would not keep its name."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True
