"""What is true of a picture, and what a caption claims: small vectors that can be compared.

A picture and a caption are both an int8 vector with one place per attribute. In a picture ``-1``
means that the attribute does not apply (a digit has no shape); in a caption it means that the
caption says nothing about it. A caption is true of a picture when every claim it makes is met.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

COLOURS = (
    "red", "orange", "yellow", "green", "cyan", "blue",
    "purple", "pink", "brown", "black", "gray", "white",
)  # fmt: skip
SHAPES = (
    "circle", "square", "triangle", "star", "heart", "cross",
    "ring", "diamond", "arrow", "moon", "oval", "bolt",
)  # fmt: skip
TEXTURES = ("plain", "striped", "dotted", "checkered", "outlined")
COUNTS = ("one", "two", "three", "four")
SIZES = ("small", "medium", "large")
BACKGROUNDS = ("light", "dark", "gradient", "grid", "noisy", "two-tone")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FAMILIES = ("shape", "digit", "other")
OTHERS = ("letter", "scribble", "blank", "noise", "clutter")

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "family": FAMILIES,
    "colour": COLOURS,
    "shape": SHAPES,
    "texture": TEXTURES,
    "count": COUNTS,
    "size": SIZES,
    "background": BACKGROUNDS,
    "digit": DIGITS,
    "other": OTHERS,
}
PLACE = {name: place for place, name in enumerate(ATTRIBUTES)}

Facts = NDArray[np.int8]


def facts(**values: str) -> Facts:
    """Build a vector from attribute values, e.g. ``facts(family="shape", colour="red")``."""
    vector = np.full(len(ATTRIBUTES), -1, np.int8)
    for name, value in values.items():
        vector[PLACE[name]] = ATTRIBUTES[name].index(value)
    return vector


def value_of(vector: Facts, attribute: str) -> str | None:
    """Read one attribute back; ``None`` where it does not apply."""
    index = int(vector[PLACE[attribute]])
    return None if index < 0 else ATTRIBUTES[attribute][index]


def is_true(pictures: Facts, claims: Facts) -> NDArray[np.bool_]:
    """Compare pictures [n, attributes] with captions [m, attributes]: bool [n, m]."""
    silent = claims < 0
    met = pictures[:, None, :] == claims[None, :, :]
    return (met | silent[None]).all(axis=2)


def is_held_out(colour: int, shape: int) -> bool:
    """Tell the 24 of 144 colour-shape pairs that no training picture shows.

    Each colour and each shape loses two partners, so every word stays well trained.
    """
    return (shape - 5 * colour) % len(SHAPES) in (0, 6)
