"""How far probabilities can be believed: calibration errors, Brier score and reliability diagram.

Truth is bool [n, k] beside probabilities float [n, k]: one outcome in each row of a single-label
project, any number of classes in a multi-label one.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.scoring.metrics import expected_calibration_error

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]

DIAGRAM_BINS = 10
TINY = 1e-7


@dataclass(frozen=True)
class Bin:
    """The answers with a score in ``low`` to ``high``: how many, mean score, how many right."""

    low: float
    high: float
    n: int
    score: float
    right: int


def reliability(score: Floats, right: Bools, bins: int = DIAGRAM_BINS) -> list[Bin]:
    """Return the bins of a reliability diagram that hold any answer (DeGroot and Fienberg, 1983).

    Args:
        score: the probability of each answer [n], 0 to 1.
        right: whether it is right [n].
        bins: bins of equal width.
    """
    index = np.minimum((np.asarray(score) * bins).astype(int), bins - 1)
    n = np.bincount(index, minlength=bins)
    total = np.bincount(index, weights=score, minlength=bins)
    hits = np.bincount(index, weights=right, minlength=bins)
    return [
        Bin(b / bins, (b + 1) / bins, int(n[b]), float(total[b] / n[b]), int(hits[b]))
        for b in range(bins)
        if n[b]
    ]


def answers(shares: Floats, holds: Bools, several: bool) -> tuple[Floats, Bools]:
    """Return the scores and whether they are right, as calibration is judged by them.

    Single-label: the best outcome of each row [n]. Multi-label: every question of every row [n·k].
    """
    if several:
        return shares.ravel(), holds.ravel()
    best = shares.argmax(axis=1)
    rows = np.arange(len(shares))
    return shares[rows, best], holds[rows, best]


def brier(shares: Floats, holds: Bools, several: bool) -> Floats:
    """Return the Brier score [n] of each row (Brier, 1950); 0 is perfect.

    Single-label: squared distance of the outcomes' probabilities from the truth, 0 to 2.
    Multi-label: the mean over the questions, 0 to 1.
    """
    squared = (shares - holds) ** 2
    return np.asarray(squared.mean(axis=1) if several else squared.sum(axis=1))


def log_loss(shares: Floats, holds: Bools, several: bool) -> Floats:
    """Return the negative log-likelihood [n] of each row, in nats; multi: mean of questions."""
    kept = np.clip(shares.astype(np.float64), TINY, 1 - TINY)
    if several:
        return np.asarray(-np.where(holds, np.log(kept), np.log1p(-kept)).mean(axis=1))
    return np.asarray(-np.log(np.where(holds, kept, 1.0)).sum(axis=1))


def figures(shares: Floats, holds: Bools, several: bool) -> dict[str, Any]:
    """Return what a page shows about probabilities, as JSON.

    Returns:
        n, ece (15 bins of equal width), brier, log_loss, reliability (bins) and per_class: for each
        column n (how often it holds), ece and brier of the yes-or-no question whether it does.
    """
    score, right = answers(shares, holds, several)
    return {
        "n": len(shares),
        "ece": expected_calibration_error(score, right),
        "brier": _mean(brier(shares, holds, several)),
        "log_loss": _mean(log_loss(shares, holds, several)),
        "reliability": [asdict(one) for one in reliability(score, right)],
        "per_class": [
            {
                "n": int(own.sum()),
                "ece": expected_calibration_error(share, own),
                "brier": _mean((share - own) ** 2),
            }
            for share, own in zip(shares.T, holds.T, strict=True)
        ],
    }


def _mean(values: Floats) -> float | None:
    return float(np.mean(values)) if len(values) else None
