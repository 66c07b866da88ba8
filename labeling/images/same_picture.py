"""Whether two thumbnails show the same picture: saved again, resized, or slightly cropped.

A perceptual hash alone can't say: of 903 scans of digits, 438 pairs that are none lie within 10 of
its 64 bits. So the second picture is laid over the first (an affine motion with gain and offset,
found by Gauss-Newton steps from coarse to fine: Lucas and Kanade, An iterative image registration
technique, IJCAI 1981; Baker and Matthews, Lucas-Kanade 20 years on, IJCV 56, 2004), and then their
fine detail must agree: two ones drawn by different hands have the same shape, not the same grain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

SIDE = 64
"""Pixels a side at which pictures are compared."""
MOVE = 0.15
"""How far a point may move, as a share of half the side; beyond, it is another picture."""
OVERLAP = 0.6
"""The share of the first picture that the second must cover."""
DETAIL, STRICTER = 0.92, 0.4
"""Correlation of the fine detail from which on two pictures are the same, and what a motion adds
to it: the more was fitted, the more of the agreement may be the fit."""
OVERALL = 0.9
"""Correlation of colours and brightness that is needed beside it."""
FLAT = 1.0
"""Grey levels of detail below which there is nothing to compare: an empty page."""

_STEPS = {16: 6, 32: 4, 64: 2}
"""Steps at each size, coarse to fine."""
_ALIKE = 0.9
"""Correlation at the coarsest size below which two pictures are not looked at more closely."""
_HOPELESS = {16: 0.97, 32: 0.97, 64: 0.0}
"""Correlation after fitting at a size below which the finer ones are not tried."""
_FINE, _COARSE = 0.8, 2.0
"""Blurs between which detail lies, in pixels: below is noise of saving, above is shape."""
_DAMPING = 1e-3
_SMALL_STEP = 1e-3
_SMALL_GAIN = 0.2

Pixels = NDArray[np.uint8]
"""A picture at ``SIDE`` × ``SIDE`` × 3, red, green, blue."""
_Floats = NDArray[np.floating]


def pixels_of(thumb: Image.Image) -> Pixels:
    """A thumbnail of any mode and size as it is compared; the sides are stretched to be equal."""
    small = thumb.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def same_picture(first: Pixels, second: Pixels) -> bool:
    """Whether ``second`` is ``first`` again, maybe moved or scaled by up to ``MOVE``.

    Pictures without detail are never the same: nothing in them could tell.
    """
    a, b = first.astype(np.float32), second.astype(np.float32)
    grey_a, grey_b = a.mean(axis=2), b.mean(axis=2)
    coarse = min(_STEPS)
    if _correlation(_reduced(grey_a, coarse), _reduced(grey_b, coarse)) < _ALIKE:
        return False
    if min(_detail(a).std(), _detail(b).std()) < FLAT:
        return False
    if _agree(a, b, np.eye(2, 3)):
        return True
    motion = _aligned(grey_a, grey_b)
    return motion is not None and _agree(a, b, motion)


def _agree(a: _Floats, b: _Floats, motion: _Floats) -> bool:
    places, inside = _places(motion, SIDE)
    moved = np.stack([_at(b[:, :, colour], places) for colour in range(3)], axis=2)
    if _correlation(_blurred(a, _FINE)[inside], _blurred(moved, _FINE)[inside]) < OVERALL:
        return False
    needed = DETAIL + STRICTER * _size(motion)
    return _correlation(_detail(a)[inside], _detail(moved)[inside]) >= needed


def _detail(picture: _Floats) -> _Floats:
    return _blurred(picture, _FINE) - _blurred(picture, _COARSE)


def _blurred(picture: _Floats, sigma: float) -> _Floats:
    return np.asarray(ndimage.gaussian_filter(picture, (sigma, sigma, 0)))


def _correlation(a: _Floats, b: _Floats) -> float:
    """Between -1 and 1, over all colours together, so that another colour is another picture."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length else 0.0


def _aligned(a: _Floats, b: _Floats) -> _Floats | None:
    """The motion [2, 3] that lays grey ``b`` over grey ``a``; None where there is no small one."""
    motion: _Floats = np.eye(2, 3)
    for side in _STEPS:
        fitted = _fitted(_reduced(a, side), _reduced(b, side), motion)
        if fitted is None:
            return None
        motion = fitted
    return motion if _size(motion) <= MOVE else None


def _fitted(a: _Floats, b: _Floats, motion: _Floats) -> _Floats | None:
    """``motion`` made better at the size of ``a``; None where that is hopeless."""
    side = len(a)
    for _ in range(_STEPS[side]):
        step = _step(a, b, motion)
        if step is None or _size(motion + step) > 2 * MOVE:
            return None
        motion = motion + step
        if np.abs(step).max() < _SMALL_STEP:
            break
    places, inside = _places(motion, side)
    if inside.mean() < OVERLAP:
        return None
    good = _correlation(a[inside], _at(b, places)[inside]) >= _HOPELESS[side]
    return motion if good else None


def _size(motion: _Floats) -> float:
    """How far ``motion`` is from none at all: its largest coefficient."""
    return float(np.abs(motion - np.eye(2, 3)).max())


def _step(a: _Floats, b: _Floats, motion: _Floats) -> _Floats | None:
    """One damped Gauss-Newton step [2, 3] towards gain · b(motion) + offset = a."""
    side = len(a)
    places, inside = _places(motion, side)
    half = (side - 1) / 2
    down, right = (np.asarray(slope) for slope in np.gradient(b))
    x, y = _grid(side)
    moved, dx, dy = _at(b, places), _at(right, places) * half, _at(down, places) * half
    columns = (dx * x, dx * y, dx, dy * x, dy * y, dy, moved, np.ones_like(moved))
    slopes = np.stack([column[inside] for column in columns], axis=1)
    normal = slopes.T @ slopes
    normal[:6, :6] += np.eye(6) * _DAMPING * np.trace(normal[:6, :6])
    try:
        solved = np.linalg.solve(normal, slopes.T @ a[inside])
    except np.linalg.LinAlgError:
        return None
    gain = solved[6]
    if abs(gain) < _SMALL_GAIN:
        return None
    return np.asarray(np.clip(solved[:6] / gain, -MOVE, MOVE).reshape(2, 3))


def _reduced(picture: _Floats, side: int) -> _Floats:
    factor = len(picture) // side
    parts = picture.reshape(side, factor, side, factor).mean(axis=(1, 3))
    return np.asarray(ndimage.gaussian_filter(parts, _FINE))


def _grid(side: int) -> tuple[_Floats, _Floats]:
    """x and y of each pixel, -1 to 1."""
    line = np.linspace(-1, 1, side)
    return np.broadcast_to(line, (side, side)), np.broadcast_to(line[:, None], (side, side))


def _places(motion: _Floats, side: int) -> tuple[_Floats, NDArray[np.bool_]]:
    """Where each pixel comes from, as rows and columns [2, side, side], and whether that exists."""
    x, y = _grid(side)
    to_x = motion[0, 0] * x + motion[0, 1] * y + motion[0, 2]
    to_y = motion[1, 0] * x + motion[1, 1] * y + motion[1, 2]
    inside = (np.abs(to_x) <= 1) & (np.abs(to_y) <= 1)
    half = (side - 1) / 2
    return np.stack([to_y * half + half, to_x * half + half]), inside


def _at(picture: _Floats, places: _Floats) -> _Floats:
    return np.asarray(ndimage.map_coordinates(picture, places, order=1, mode="nearest"))
