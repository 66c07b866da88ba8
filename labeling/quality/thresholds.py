"""Nested parts of a frame by score, tested from a start fixed beforehand towards the whole. Pure.

Fixed-sequence testing as in Angelopoulos, Bates, Candès, Jordan and Lei, Learn then test:
calibrating predictive algorithms to achieve risk control, 2021: the hypotheses "too many of this
part are wrong" are tested in an order that the outcomes of the audit don't influence, each at the
whole risk, until one can't be rejected. A false rejection has to be that of the first true
hypothesis, so all together come to no more than the risk.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from labeling.quality.hypergeometric import Counts, critical

STEPS = 100
"""How many parts there are at most, in equal steps of the frame."""
CAUTION = 1.5
"""How many times the errors that the scores tell are expected when the start is chosen."""


@dataclass(frozen=True)
class Parts:
    """Nested parts, the surest first: the items whose score reaches a threshold.

    Args:
        thresholds: float64 [T], falling.
        sizes: int [T], items of each part.
        drawn: int [T], how many of them are in the audit.
        wrong: int [T], how many of those are wrong.
        doubts: float64 [T], the share of each that its scores expect to be wrong.
    """

    thresholds: NDArray[np.float64]
    sizes: Counts
    drawn: Counts
    wrong: Counts
    doubts: NDArray[np.float64]


@dataclass(frozen=True)
class Passed:
    """How far the tests went.

    Args:
        last: the part that passed last, −1 where none did.
        critical: int [T], the most wrong ones in the audit with which each part passes.
        whole: whether all parts from the start on passed.
    """

    last: int
    critical: Counts
    whole: bool


def nested(
    scores: NDArray[np.floating], drawn: NDArray[np.bool_], wrong: NDArray[np.bool_]
) -> Parts:
    """The parts of a frame.

    Args:
        scores: float64 [n], n at least 1; ties stay together.
        drawn: bool [n], whether an item is in the audit.
        wrong: bool [n], whether its proposal is wrong or undecided; only read where drawn.
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order].astype(np.float64)
    cuts = np.unique(np.ceil(np.arange(1, STEPS + 1) * len(scores) / STEPS).astype(int))
    sizes = np.unique(np.searchsorted(-falling, -falling[cuts - 1], side="right"))
    counted = [np.cumsum(of[order])[sizes - 1] for of in (drawn, drawn & wrong)]
    doubts = np.cumsum(1 - np.clip(falling, 0, 1))[sizes - 1] / sizes
    return Parts(falling[sizes - 1], sizes, counted[0], counted[1], doubts)


def walk(parts: Parts, allowed: Counts, risk: float) -> Passed:
    """Test part after part.

    Args:
        parts: from `nested`.
        allowed: int [T], how many of each part may be wrong.
        risk: the probability with which a part may pass that has more wrong ones.
    """
    limits = critical(parts.sizes, parts.drawn, allowed, risk)
    start = first(parts, limits)
    passes = parts.wrong[start:] <= limits[start:]
    passing = len(passes) if passes.all() else int(np.argmin(passes))
    last = start + passing - 1 if passing else -1
    return Passed(last, limits, whole=bool(passes.all()))


def first(parts: Parts, limits: Counts) -> int:
    """The part that most surely passes, as far as scores alone tell: where the tests start.

    Starting at the surest part that could pass at all would end all tests at one chance error, and
    starting before a part that too few were drawn of to pass at all would end them there. Only the
    sizes, the draw and the scores decide, never an outcome; bad scores cost items, not validity.
    """
    doubts = np.minimum(CAUTION * parts.doubts, 1.0)
    chance = np.where(limits >= 0, bdtr(limits, parts.drawn, doubts), 0.0)
    free = int(np.max(np.flatnonzero(limits < 0), initial=-1)) + 1
    free = 0 if free == len(limits) else free
    return int(free + np.argmax(chance[free:]))
