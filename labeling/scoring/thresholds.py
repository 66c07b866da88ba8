"""From which score on a class is proposed, where a picture may bear several.

With honest probabilities one half makes the fewest wrong labels, and it never proposes a rare
class that the model is unsure of. The threshold of best F1 lies at half of that F1 (Lipton, Elkan
and Naryanaswamy, Optimal thresholding of classifiers to maximize F1 measure, ECML 2014). It is
looked for on randomly drawn labels, class by class; the best cut of one sample is a matter of luck,
so it is the mean over bootstrap samples (bagging: Breiman, 1996), and it is used only where it
beats one half on held-out labels. A picture where no class reaches its threshold abstains.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVEN = 0.5
"""The threshold of a class that has none of its own."""
OWN_FROM = 10
"""A class has a threshold of its own from this many positive and as many negative labels."""
FOLDS = 5
BAGS = 50
RESAMPLES = 400
LOWEST, HIGHEST = 0.02, 0.98
CHOICE = (
    "macro F1 on held-out folds of randomly drawn labels; own thresholds are used only where they "
    "beat one half by more than its standard error; bootstrap over pictures, 95 %"
)

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Thresholds:
    """Thresholds float64 [c] in 0 to 1, None where one half serves all classes, and why."""

    values: NDArray[np.float64] | None
    figures: dict[str, Any]


def fit(shares: Floats, holds: Bools, seed: int = 0) -> Thresholds:
    """Choose a threshold for each class.

    Args:
        shares: calibrated held-out probabilities [n, c] of randomly drawn labelled pictures.
        holds: which classes they bear, bool [n, c].
        seed: decides folds and bootstrap samples.

    Returns:
        The thresholds. Their figures: n, choice, used, f1_even and f1_own (macro F1 on held-out
        folds), gain with low and high, and per class threshold, f1_even and f1_own.

    Raises:
        ValueError: shapes disagree.
    """
    if shares.shape != holds.shape or shares.ndim != 2:
        raise ValueError(f"shares {shares.shape} and truth {holds.shape} do not belong together")
    rng = np.random.default_rng(seed)
    values = _thresholds(shares, holds, rng)
    if not np.any(values != EVEN):
        why = f"one half: no class has {OWN_FROM} randomly drawn labels for and against it"
        return Thresholds(None, {"n": len(shares), "choice": why, "used": False})
    own = np.empty(shares.shape, dtype=bool)
    for rows in np.array_split(rng.permutation(len(shares)), FOLDS):
        others = np.ones(len(shares), dtype=bool)
        others[rows] = False
        own[rows] = shares[rows] >= _thresholds(shares[others], holds[others], rng)
    figures = _compared(shares >= EVEN, own, holds, values, rng)
    return Thresholds(values if figures["used"] else None, figures)


def _thresholds(shares: Floats, holds: Bools, rng: np.random.Generator) -> NDArray[np.float64]:
    """The bagged threshold of best F1 of each class [c]; one half with few labels."""
    positive = holds.sum(axis=0)
    rich = np.minimum(positive, len(holds) - positive) >= OWN_FROM
    values = np.full(shares.shape[1], EVEN)
    if rich.any():
        weights = rng.multinomial(len(shares), np.full(len(shares), 1 / len(shares)), BAGS)
        for column in np.flatnonzero(rich):
            values[column] = _bagged(shares[:, column], holds[:, column], weights)
    return values


def _bagged(share: Floats, holds: Bools, weights: NDArray[np.integer]) -> float:
    """Mean over bootstrap samples [b, n] of the cut of best F1, half-way between two scores."""
    order = np.argsort(-share, kind="stable")
    ranked = share[order].astype(np.float64)
    proposed = weights[:, order].cumsum(axis=1)
    hits = (weights[:, order] * holds[order]).cumsum(axis=1)
    f1 = 2 * hits / np.maximum(proposed + hits[:, -1:], 1)
    last_of_equals = np.append(ranked[:-1] > ranked[1:], True)
    best = np.where(last_of_equals, f1, -1.0).argmax(axis=1)
    below = np.append(ranked[1:], 0.0)
    return float(np.clip((ranked[best] + below[best]) / 2, LOWEST, HIGHEST).mean())


def _compared(
    even: Bools, own: Bools, holds: Bools, values: Floats, rng: np.random.Generator
) -> dict[str, Any]:
    n = len(holds)
    everything = np.ones((1, n), dtype=np.int64)
    f1_even, f1_own = f1_scores(even, holds, everything)[0], f1_scores(own, holds, everything)[0]
    weights = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES)
    borne = holds.any(axis=0)
    gains = f1_scores(own, holds, weights) - f1_scores(even, holds, weights)
    sampled = gains[:, borne].mean(axis=1)
    gain = float((f1_own - f1_even)[borne].mean())
    return {
        "n": n,
        "choice": CHOICE,
        "used": bool(gain > np.std(sampled)),
        "f1_even": float(f1_even[borne].mean()),
        "f1_own": float(f1_own[borne].mean()),
        "gain": gain,
        "low": float(np.quantile(sampled, 0.025)),
        "high": float(np.quantile(sampled, 0.975)),
        "per_class": [
            {"threshold": float(t), "f1_even": float(a), "f1_own": float(b)}
            for t, a, b in zip(values, f1_even, f1_own, strict=True)
        ],
    }


def f1_scores(said: Bools, holds: Bools, weights: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the F1 [b, c] of proposals under weights of the pictures; 0 where undefined.

    Args:
        said: bool [n, c], what is proposed.
        holds: bool [n, c], the truth.
        weights: how often each picture counts, [b, n].
    """
    hits = weights @ (said & holds)
    both = weights @ (said.astype(np.int64) + holds)
    return np.asarray(2 * hits / np.maximum(both, 1))
