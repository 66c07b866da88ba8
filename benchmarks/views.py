"""Crops of one large made-up photograph: as many different pictures of one size as are needed."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

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
