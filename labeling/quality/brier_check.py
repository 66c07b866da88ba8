"""Which of two ways to say what a picture shows is the better one, by settled pictures. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

LEAST = 20
"""Settled pictures below which the second way is not called better."""
SURE = 1.28
"""Standard errors of the gain, at least, for the second way to be called better: 90 %."""


@dataclass(frozen=True)
class Check:
    """Two ways on the same n pictures: how often each is right, and its Brier score (Brier, 1950).

    ``better``: whether the other way's score is lower beyond doubt.
    """

    n: int
    one_right: float
    one_brier: float
    other_right: float
    other_brier: float
    better: bool

    def as_dict(self) -> dict[str, Any]:
        """The check as JSON."""
        return asdict(self)


def compared(one: Sequence[tuple[bool, float]], other: Sequence[tuple[bool, float]]) -> Check:
    """Compare what two ways said of the same pictures.

    Args:
        one: of each picture whether the answer was right, and the confidence in it, 0 to 1.
        other: the same by the other way.

    Raises:
        ValueError: there is no picture, or they are not as many.
    """
    if not one or len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} answers can't be compared")
    right = np.array([[told[0] for told in way] for way in (one, other)], dtype=np.float64)
    said = np.array([[told[1] for told in way] for way in (one, other)])
    scores = (said - right) ** 2
    n = len(one)
    gain = scores[0] - scores[1]
    error = float(np.std(gain, ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    return Check(
        n=n,
        one_right=float(right[0].mean()),
        one_brier=float(scores[0].mean()),
        other_right=float(right[1].mean()),
        other_brier=float(scores[1].mean()),
        better=bool(n >= LEAST and gain.mean() > SURE * error),
    )
