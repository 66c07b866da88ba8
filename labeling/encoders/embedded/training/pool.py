"""A pool of freshly drawn pictures that the training walks through in batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labeling.encoders.embedded.training.digits import digit, other
from labeling.encoders.embedded.training.draw import Stream, generator, scene
from labeling.encoders.embedded.training.facts import Facts

SIDE = 64
SHIFT = 4
SCENE_SHARE, DIGIT_SHARE, HARD_SHARE = 0.62, 0.25, 0.7


@dataclass(frozen=True)
class Pool:
    """Pictures uint8 [n, 64, 64, 3] and their facts int8 [n, attributes]."""

    pixels: NDArray[np.uint8]
    facts: Facts


def picture(stream: Stream, index: int) -> tuple[Image.Image, Facts]:
    """Draw picture ``index`` of a stream: a scene, a digit or neither; always the same one."""
    rng = generator(stream, index)
    dice = rng.random()
    if dice < SCENE_SHARE:
        return scene(rng, SIDE)
    if dice < SCENE_SHARE + DIGIT_SHARE:
        return digit(rng, SIDE, stream, hard=bool(rng.random() < HARD_SHARE))
    return other(rng, SIDE, stream)


def draw_pool(stream: Stream, first: int, size: int) -> Pool:
    """Draw pictures ``first`` to ``first + size - 1`` of a stream."""
    drawn = [picture(stream, index) for index in range(first, first + size)]
    pixels = np.stack([np.asarray(image) for image, _ in drawn])
    return Pool(pixels, np.stack([truth for _, truth in drawn]))


def batches(pool: Pool, size: int, rng: np.random.Generator) -> Iterator[Pool]:
    """Walk once through the pool in random order, each picture shifted a little."""
    order = rng.permutation(len(pool.pixels))
    for start in range(0, len(order) - size + 1, size):
        rows = order[start : start + size]
        yield Pool(_shifted(pool.pixels[rows], rng), pool.facts[rows])


def _shifted(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move each picture by up to four pixels; its edge fills the gap."""
    padded = np.pad(pixels, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")
    moves = rng.integers(0, 2 * SHIFT + 1, (len(pixels), 2))
    return np.stack(
        [row[y : y + SIDE, x : x + SIDE] for row, (y, x) in zip(padded, moves, strict=True)]
    )
