"""Pictures like photographs, made from seeds: natural texture, edges, sensor noise, real sizes."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

PHOTO_SIZES = [(640, 480)] * 8 + [(1024, 768)] * 5 + [(1600, 1200)] * 4 + [(3000, 2000)] * 2
PHOTO_SIZES += [(4000, 3000)]
"""What a folder of mixed origin holds: many from the web, some from phones and cameras."""

_QUALITY = 90


def photographs(count: int) -> Iterator[bytes]:
    """JPEG files of the sizes in `PHOTO_SIZES`, in turn; each has bytes of its own."""
    made: dict[int, bytes] = {}
    for number in range(count):
        kind = number % len(PHOTO_SIZES)
        if kind not in made:
            made[kind] = photograph(*PHOTO_SIZES[kind], seed=kind)
        yield numbered(made[kind], number)


def photograph(width: int, height: int, seed: int = 0) -> bytes:
    """One JPEG of about 2.4 bits a pixel, as cameras write them."""
    rng = np.random.default_rng(seed)
    scene = Image.fromarray(_texture(width, height, rng))
    pen = ImageDraw.Draw(scene)
    for _ in range(12):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        reach = int(rng.integers(width // 40, width // 6))
        colour = tuple(rng.integers(0, 256, 3).tolist())
        pen.line((x, y, x + reach, y + reach // 3), fill=colour, width=1 + width // 400)
        pen.arc((x, y, x + reach, y + reach), 0, 250, fill=colour, width=1 + width // 400)
    file = io.BytesIO()
    scene.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def numbered(jpeg: bytes, number: int) -> bytes:
    """The same picture as another file: with a number in a comment behind the first marker."""
    comment = str(number).encode()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return jpeg[:2] + segment + jpeg[2:]


def _texture(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Noise whose strength falls with its frequency, as in nature: uint8 [height, width, 3]."""
    total = np.full((height, width, 3), 120, np.float32)
    cells, strength = 2, 60.0
    while cells < width:
        rows = max(2, cells * height // width)
        for channel in range(3):
            grid = rng.normal(0, strength, (rows, cells)).astype(np.float32)
            layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
            total[..., channel] += np.asarray(layer)
        cells, strength = cells * 2, strength * 0.7
    grain = rng.normal(0, 3, (height, width, 1)).astype(np.float32)
    return np.clip(total + grain, 0, 255).astype(np.uint8)
