"""Made-up pictures, as many as are needed: crops of one photograph, or scenes of their own."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.scenes import photograph

SCREEN = (1280, 960)
CAMERA = (4000, 3000)


def draw_views(folder: Path, count: int, size: tuple[int, int] = SCREEN) -> Path:
    """Write ``count`` different JPEG pictures of ``size`` (width, height in px) to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = size
    large = Image.open(io.BytesIO(photograph(width + 800, height + 800, seed=1)))
    rng = np.random.default_rng(0)
    for number in range(count):
        left, top = (int(v) for v in rng.integers(0, 800, 2))
        view = large.crop((left, top, left + width, top + height)).rotate(180 * (number % 2))
        view.save(folder / f"view_{number:05d}.jpg", quality=85)
    return folder


def draw_scenes(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """Write ``count`` JPEG pictures of ``size`` that are no near-duplicates of each other.

    Every scene is there in eight: as it is, mirrored, and both turned by quarters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        scene, turn = divmod(number, 8)
        if turn == 0:
            drawn = Image.open(io.BytesIO(photograph(*size, seed=scene)))
        view = ImageOps.mirror(drawn) if turn >= 4 else drawn
        view = view.rotate(90 * (turn % 4), expand=True)
        view.save(folder / f"scene_{number:05d}.jpg", quality=85)
    return folder
