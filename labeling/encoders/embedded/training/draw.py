"""Draws scenes: one to four objects of one colour, shape, texture and size on a background.

Picture ``index`` of a stream is always the same picture: its random numbers are seeded with
``(stream, index)``, so the streams for training, validation and the samples can't meet.
"""

import math
from enum import IntEnum

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from labeling.encoders.embedded.training.facts import (
    BACKGROUNDS,
    COLOURS,
    COUNTS,
    SHAPES,
    SIZES,
    TEXTURES,
    Facts,
    facts,
    is_held_out,
)

RGB = tuple[int, int, int]
Point = tuple[float, float]


class Stream(IntEnum):
    """Who a picture is drawn for; part of its seed."""

    TRAINING = 1
    VALIDATION = 2
    SAMPLE = 3


PALETTE: dict[str, RGB] = {
    "red": (214, 32, 36), "orange": (246, 134, 20), "yellow": (246, 218, 36),
    "green": (44, 150, 56), "cyan": (52, 204, 214), "blue": (36, 72, 206),
    "purple": (128, 44, 168), "pink": (248, 128, 182), "brown": (122, 74, 34),
    "black": (20, 20, 22), "gray": (132, 132, 134), "white": (246, 246, 246),
}  # fmt: skip
DIAMETERS = {"small": (0.28, 0.33), "medium": (0.37, 0.43), "large": (0.55, 0.80)}
MIN_CONTRAST = 110.0
SUPERSAMPLING = 2


def generator(stream: Stream, index: int) -> np.random.Generator:
    """Return the random numbers of one picture."""
    return np.random.default_rng((int(stream), index))


def scene(rng: np.random.Generator, side: int, *, pairs: str = "seen") -> tuple[Image.Image, Facts]:
    """Draw one scene.

    Args:
        rng: the picture's own random numbers.
        side: width and height of the picture, pixels.
        pairs: "seen" avoids the held-out colour-shape pairs, "unseen" draws only those.

    Returns:
        An RGB picture and what is true of it.
    """
    colour, shape = _colour_and_shape(rng, pairs)
    count = int(rng.integers(len(COUNTS)))
    size = SIZES[rng.integers(len(SIZES) if count == 0 else 2)]
    texture = TEXTURES[rng.integers(len(TEXTURES))]
    big = side * SUPERSAMPLING
    paint = _vary(PALETTE[COLOURS[colour]], rng, 16)
    background, canvas = draw_background(rng, big, avoid=paint)
    fill = _textured(texture, paint, big, rng)
    diameter = rng.uniform(*DIAMETERS[size]) * big
    turn = math.radians(rng.uniform(-12, 12))
    mask = Image.new("L", (big, big), 0)
    for centre in _places(count + 1, diameter, big, rng):
        _stamp(mask, SHAPES[shape], centre, diameter / 2, turn, texture == "outlined")
    canvas.paste(fill, (0, 0), mask)
    picture = soften(canvas.reduce(SUPERSAMPLING), rng)
    truth = facts(
        family="shape", colour=COLOURS[colour], shape=SHAPES[shape], texture=texture,
        count=COUNTS[count], size=size, background=background,
    )  # fmt: skip
    return picture, truth


def soften(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Blur a third of the pictures and add grain to another, as cameras and scanners do."""
    dice = rng.random()
    if dice < 0.3:
        return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.8) * picture.width / 64))
    if dice < 0.6:
        pixels = np.asarray(picture, np.float32)
        grain = rng.normal(0, rng.uniform(3, 14), pixels.shape).astype(np.float32)
        return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
    return picture


def draw_background(
    rng: np.random.Generator, side: int, avoid: RGB | None = None
) -> tuple[str, Image.Image]:
    """Paint an empty background, far enough in colour from ``avoid``; returns its name too."""
    while True:
        kind = BACKGROUNDS[rng.integers(len(BACKGROUNDS))]
        base = _base_colour(kind, rng)
        second = _vary(base, rng, 45)
        if avoid is None or min(_distance(base, avoid), _distance(second, avoid)) > MIN_CONTRAST:
            return kind, _PAINTERS[kind](base, second, side, rng)


def _colour_and_shape(rng: np.random.Generator, pairs: str) -> tuple[int, int]:
    while True:
        colour, shape = int(rng.integers(len(COLOURS))), int(rng.integers(len(SHAPES)))
        if is_held_out(colour, shape) == (pairs == "unseen"):
            return colour, shape


def _vary(colour: RGB, rng: np.random.Generator, spread: int) -> RGB:
    shifted = np.clip(np.array(colour) + rng.integers(-spread, spread + 1, 3), 0, 255)
    return int(shifted[0]), int(shifted[1]), int(shifted[2])


def _distance(a: RGB, b: RGB) -> float:
    return math.dist(a, b)


def _base_colour(kind: str, rng: np.random.Generator) -> RGB:
    low, high = {"light": (200, 255), "dark": (0, 60)}.get(kind, (30, 230))
    if kind == "grid":
        low, high = 215, 255
    level = int(rng.integers(low, high + 1))
    return _vary((level, level, level), rng, 22)


def _flat(base: RGB, _second: RGB, side: int, _rng: np.random.Generator) -> Image.Image:
    return Image.new("RGB", (side, side), base)


def _gradient(base: RGB, second: RGB, side: int, rng: np.random.Generator) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((side, side))
    if rng.random() < 0.5:
        ramp = ramp.transpose(Image.Transpose.ROTATE_90)
    return Image.composite(_flat(base, base, side, rng), _flat(second, second, side, rng), ramp)


def _grid(base: RGB, _second: RGB, side: int, rng: np.random.Generator) -> Image.Image:
    canvas = Image.new("RGB", (side, side), base)
    pen = ImageDraw.Draw(canvas)
    step = side / int(rng.integers(6, 10))
    line = tuple(int(channel * 0.78) for channel in base)
    offset = rng.uniform(0, step)
    for k in range(-1, 11):
        at = offset + k * step
        pen.line([(at, 0), (at, side)], fill=line, width=max(1, side // 64))
        pen.line([(0, at), (side, at)], fill=line, width=max(1, side // 64))
    return canvas


def _noisy(base: RGB, _second: RGB, side: int, rng: np.random.Generator) -> Image.Image:
    coarse = side // SUPERSAMPLING
    grain = np.array(base) + rng.normal(0, 22, (coarse, coarse, 1))
    pixels = np.clip(grain, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)


def _two_tone(base: RGB, second: RGB, side: int, rng: np.random.Generator) -> Image.Image:
    canvas = Image.new("RGB", (side, side), base)
    edge = int(rng.uniform(0.3, 0.7) * side)
    box = (0, edge, side, side) if rng.random() < 0.5 else (edge, 0, side, side)
    canvas.paste(second, box)
    return canvas


_PAINTERS = {
    "light": _flat, "dark": _flat, "gradient": _gradient,
    "grid": _grid, "noisy": _noisy, "two-tone": _two_tone,
}  # fmt: skip


def _textured(texture: str, paint: RGB, side: int, rng: np.random.Generator) -> Image.Image:
    """Fill a whole canvas with paint; the second tone is a lighter or darker shade of it."""
    fill = Image.new("RGB", (side, side), paint)
    if texture in ("plain", "outlined"):
        return fill
    bright = sum(paint) / 3 > 150
    goal = 0 if bright else 255
    shade: RGB = tuple(int(c + (goal - c) * 0.62) for c in paint)  # type: ignore[assignment]
    fill.paste(shade, (0, 0), _pattern(texture, side, rng))
    return fill


def _pattern(texture: str, side: int, rng: np.random.Generator) -> Image.Image:
    period = side * rng.uniform(0.085, 0.12)
    y, x = np.mgrid[0:side, 0:side] + rng.uniform(0, period, 2)[:, None, None]
    if texture == "striped":
        angle = rng.uniform(0, math.pi)
        on = ((x * math.cos(angle) + y * math.sin(angle)) % period) < period / 2
    elif texture == "checkered":
        half = period * 0.62
        on = ((x // half).astype(int) + (y // half).astype(int)) % 2 == 0
    else:
        on = (x % period - period / 2) ** 2 + (y % period - period / 2) ** 2 < (period * 0.3) ** 2
    return Image.fromarray((on * 255).astype(np.uint8))


def _places(
    count: int, diameter: float, side: int, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Choose centres: anywhere for one object, else in different quarters of the picture."""
    if count == 1:
        low, high = diameter / 2, side - diameter / 2
        return [(rng.uniform(low, high), rng.uniform(low, high))]
    half = side / 2
    slack = max(0.0, half - diameter) / 2
    return [
        (
            (quarter % 2 + 0.5) * half + rng.uniform(-slack, slack),
            (quarter // 2 + 0.5) * half + rng.uniform(-slack, slack),
        )
        for quarter in rng.permutation(4)[:count]
    ]


def _stamp(
    mask: Image.Image, shape: str, centre: Point, radius: float, turn: float, outlined: bool
) -> None:
    """Add one object to the mask, filled or as an outline."""
    pen = ImageDraw.Draw(mask)
    pen.polygon(_outline(shape, centre, radius, turn), fill=255)
    if outlined:
        pen.polygon(_outline(shape, centre, radius * 0.76, turn), fill=0)
    if shape == "ring":
        hole = 0.5 if not outlined else 0.48
        pen.polygon(_outline("ring", centre, radius * hole, turn), fill=0)


def _circle(points: int = 36) -> list[Point]:
    return [
        (math.cos(2 * math.pi * k / points), math.sin(2 * math.pi * k / points))
        for k in range(points)
    ]


def _star() -> list[Point]:
    return [
        (r * math.sin(math.pi * k / 5), -r * math.cos(math.pi * k / 5))
        for k in range(10)
        for r in (1.0 if k % 2 == 0 else 0.42,)
    ]


def _heart() -> list[Point]:
    steps = [2 * math.pi * k / 36 for k in range(36)]
    return [
        (
            math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16,
        )
        for t in steps
    ]


def _moon() -> list[Point]:
    outer = [(math.cos(t), math.sin(t)) for t in np.linspace(math.pi * 0.28, math.pi * 1.72, 24)]
    inner = [
        (0.42 + 0.79 * math.cos(t), 0.79 * math.sin(t))
        for t in np.linspace(math.pi * 1.62, math.pi * 0.38, 24)
    ]
    return outer + inner


UNIT_OUTLINES: dict[str, list[Point]] = {
    "circle": _circle(),
    "ring": _circle(),
    "square": [(-0.82, -0.82), (0.82, -0.82), (0.82, 0.82), (-0.82, 0.82)],
    "triangle": [(0, -0.95), (0.98, 0.75), (-0.98, 0.75)],
    "star": _star(),
    "heart": _heart(),
    "cross": [
        (-0.32, -0.95), (0.32, -0.95), (0.32, -0.32), (0.95, -0.32), (0.95, 0.32), (0.32, 0.32),
        (0.32, 0.95), (-0.32, 0.95), (-0.32, 0.32), (-0.95, 0.32), (-0.95, -0.32), (-0.32, -0.32),
    ],
    "diamond": [(0, -1), (0.68, 0), (0, 1), (-0.68, 0)],
    "arrow": [
        (1, 0), (0.25, -0.8), (0.25, -0.3), (-1, -0.3), (-1, 0.3), (0.25, 0.3), (0.25, 0.8),
    ],
    "moon": _moon(),
    "oval": [(x, 0.55 * y) for x, y in _circle()],
    "bolt": [
        (0.3, -1), (-0.62, 0.16), (-0.06, 0.16), (-0.3, 1), (0.62, -0.22), (0.06, -0.22),
    ],
}  # fmt: skip


def _outline(shape: str, centre: Point, radius: float, turn: float) -> list[Point]:
    cos, sin = math.cos(turn) * radius, math.sin(turn) * radius
    return [
        (centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos)
        for x, y in UNIT_OUTLINES[shape]
    ]
