"""Do the features tell the classes apart at all? Where not, no policy and no head can help."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.base import clone

from labeling.heads.base import Vectors
from labeling.heads.candidates import PROBE

SMALL_GAIN = 0.10
"""A gain that is surely smaller is called none: it would save hardly a label."""
LEAST_TO_GAIN = 2 * SMALL_GAIN
"""What the commonest class has to leave, or a small gain says nothing."""
JUDGES = ("lda", "probe", "transductive")
"""Kinds of head that are asked: with texts and without, and one that finds classes that bend."""
FEWEST = 20
"""Labels below which nothing is said; random ones below which nothing bad is said."""
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
            below ``SMALL_GAIN`` and more could have been gained, "unknown" otherwise.
        kind: the kind of head that did best; None with fewer than ``FEWEST`` labels.
        right: labels that it has right, of n.
        commonest: labels that always naming the commonest class has right, of n.
        n: labels that were predicted.
        gain, low, high: the difference of the shares, −1 to 1, and its interval.
        sample: "random" labels, or "all" while those alone don't tell. Labels that a policy picked
            are harder than the rest, so "all" makes features look worse than they are: they are
            blamed only where random labels gain little too.
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


def judges(candidates: Mapping[str, Any]) -> dict[str, Any]:
    """Return those that are asked: `JUDGES`, and the probes on vectors of further models."""
    return {
        kind: head
        for kind, head in candidates.items()
        if kind in JUDGES or kind.startswith(f"{PROBE}:")
    }


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
    if len(y) < FEWEST:
        return Separability("unknown", None, 0, 0, len(y), 0.0, -1.0, 1.0, "all")
    right = {kind: np.empty(len(y), bool) for kind in candidates}
    common = np.empty(len(y), bool)
    for out in np.array_split(np.random.default_rng(seed).permutation(len(y)), folds):
        rest = np.setdiff1d(np.arange(len(y)), out)
        classes, counts = np.unique(y[rest], return_counts=True)
        common[out] = y[out] == classes[counts.argmax()]
        for kind, head in candidates.items():
            right[kind][out] = clone(head).fit(X[rest], y[rest]).predict(X[out]) == y[out]
    every = _judged(right, common, np.ones(len(y), bool), "all")
    if random.sum() < FEWEST:
        return every if every.verdict == "separate" else replace(every, verdict="unknown")
    drawn = _judged(right, common, random, "random")
    if drawn.verdict != "unknown":
        return drawn
    blamed = every.verdict == "do_not_separate" and drawn.gain >= SMALL_GAIN
    return replace(every, verdict="unknown") if blamed else every


def _judged(
    each: Mapping[str, NDArray[np.bool_]],
    common: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    sample: Literal["random", "all"],
) -> Separability:
    """What the best kind says of some labels."""
    kind = max(each, key=lambda name: int(each[name][rows].sum()))
    right, common = each[kind][rows], common[rows]
    low, high = matched_difference(
        int((right & ~common).sum()), int((common & ~right).sum()), len(right)
    )
    verdict: Verdict = "unknown"
    if low > 0:
        verdict = "separate"
    elif high < SMALL_GAIN and 1 - common.mean() >= LEAST_TO_GAIN:
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
