"""Do the features tell the classes apart at all? Where not, no policy and no head can help."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.base import clone

from labeling.heads.base import Vectors

SMALL_GAIN = 0.10
"""A gain that is surely smaller is called none: it would save hardly a label."""
ENOUGH_RANDOM = 30
"""Random labels from which on only they are predicted."""
FEWEST = 20
"""Labels below which nothing is said."""
METHOD = (
    "share of labels that a head taught with the other folds has right, less that of always naming "
    "the commonest class of those folds; the best kind counts; 95 % interval of matched pairs "
    "(Agresti and Min 2005)"
)
Verdict = Literal["separate", "do_not_separate", "unknown"]


@dataclass(frozen=True)
class Separability:
    """What is known of the features.

    Attributes:
        verdict: "separate" where the gain is surely above 0, "do_not_separate" where it is surely
            below ``SMALL_GAIN``, "unknown" otherwise.
        kind: the kind of head that did best; None with fewer than ``FEWEST`` labels.
        right: labels that it has right, of n.
        commonest: labels that always naming the commonest class has right, of n.
        n: labels that were predicted.
        gain, low, high: the difference of the shares, −1 to 1, and its interval.
        sample: "random" labels, or "all" while those are few. Labels that a policy picked are
            harder than the rest, so "all" makes features look worse than they are.
        method: how it was obtained.
    """

    verdict: Verdict
    kind: str | None
    right: int
    commonest: int
    n: int
    gain: float
    low: float
    high: float
    sample: Literal["random", "all"]
    method: str = METHOD

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def separability(
    candidates: Mapping[str, Any],
    X: Vectors,
    y: NDArray[np.integer],
    random: NDArray[np.bool_],
    folds: int = 5,
    seed: int = 0,
) -> Separability:
    """Compare heads with always naming the commonest class, on labels that they did not see.

    Of several kinds the best counts, which flatters the features a little: the warning "do not
    separate" comes rather too late than wrongly.

    Args:
        candidates: single-label heads by kind; they stay as they are.
        X: vectors of the labelled pictures [n, d].
        y: their labels [n]; no audit among them.
        random: bool [n], whether a label was drawn at random.
        folds: how many parts the labels are divided into.
        seed: of the division.
    """
    sample: Literal["random", "all"] = "random" if random.sum() >= ENOUGH_RANDOM else "all"
    asked = np.flatnonzero(random) if sample == "random" else np.arange(len(y))
    if len(asked) < FEWEST:
        return Separability("unknown", None, 0, 0, len(asked), 0.0, -1.0, 1.0, sample)
    right: dict[str, list[NDArray[np.bool_]]] = {kind: [] for kind in candidates}
    common = []
    for out in np.array_split(np.random.default_rng(seed).permutation(asked), folds):
        rest = np.setdiff1d(np.arange(len(y)), out)
        classes, counts = np.unique(y[rest], return_counts=True)
        common.append(y[out] == classes[counts.argmax()])
        for kind, head in candidates.items():
            right[kind].append(clone(head).fit(X[rest], y[rest]).predict(X[out]) == y[out])
    found = {kind: np.concatenate(parts) for kind, parts in right.items()}
    kind = max(found, key=lambda name: int(found[name].sum()))
    return _judged(kind, found[kind], np.concatenate(common), sample)


def _judged(
    kind: str,
    right: NDArray[np.bool_],
    common: NDArray[np.bool_],
    sample: Literal["random", "all"],
) -> Separability:
    low, high = matched_difference(
        int((right & ~common).sum()), int((common & ~right).sum()), len(right)
    )
    verdict: Verdict = "unknown"
    if low > 0:
        verdict = "separate"
    elif high < SMALL_GAIN:
        verdict = "do_not_separate"
    gain = float(right.mean() - common.mean())
    counts = int(right.sum()), int(common.sum()), len(right)
    return Separability(verdict, kind, *counts, gain, low, high, sample)


def matched_difference(
    first: int, second: int, n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the difference of two shares on the same n things, −1 to 1.

    Wald's interval after half a thing is added to each of the four cells: Agresti and Min (Simple
    improved confidence intervals for comparing matched proportions, Statistics in Medicine 2005).

    Args:
        first: things that only the first has right.
        second: things that only the second has right.
        n: things in all.
        confidence: 0 to 1.
    """
    only_first, only_second, total = first + 0.5, second + 0.5, n + 2
    mean = (only_first - only_second) / total
    variance = (only_first + only_second) / total - mean**2
    half = float(norm.ppf(0.5 + confidence / 2) * np.sqrt(variance / total))
    return max(-1.0, mean - half), min(1.0, mean + half)
