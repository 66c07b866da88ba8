"""How good proposals are, measured against the truth. Plain numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, skew

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall, F1 (0 to 1) and Matthews correlation (−1 to 1) of one class.

    Each is 0 where it is undefined; ``support`` is how often the class holds.
    """

    precision: float
    recall: float
    f1: float
    mcc: float
    support: int


def class_figures(truth: Bools, proposed: Bools) -> list[ClassFigures]:
    """Figures of each class.

    Args:
        truth: bool [n, c], which classes hold.
        proposed: bool [n, c], which are proposed.
    """
    right = (truth & proposed).sum(axis=0)
    return [
        _figures(int(r), int(p), int(t), len(truth))
        for r, p, t in zip(right, proposed.sum(axis=0), truth.sum(axis=0), strict=True)
    ]


def macro_f1(figures: list[ClassFigures]) -> float:
    """Mean F1 of the classes that are true at least once (0 where none is)."""
    seen = [one.f1 for one in figures if one.support]
    return float(np.mean(seen)) if seen else 0.0


def expected_calibration_error(score: NDArray[np.floating], right: Bools, bins: int = 15) -> float:
    """Mean gap between score and share that is right, over bins of equal width, in 0 to 1.

    Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al., ICML 2017 use 15 bins.

    Args:
        score: the probability of each proposal [n], 0 to 1.
        right: whether it is right [n].
        bins: how many bins.
    """
    if not len(score):
        return 0.0
    index = np.minimum((score * bins).astype(int), bins - 1)
    gap = np.bincount(index, weights=score - right, minlength=bins)
    return float(np.abs(gap).sum() / len(score))


def auc(score: NDArray[np.floating], holds: Bools) -> float | None:
    """The area under the ROC curve: how often a positive scores above a negative, ties half.

    Args:
        score: of each picture [n].
        holds: whether the class holds [n].

    Returns:
        0 to 1; None where all are positive or none is.
    """
    positive = int(holds.sum())
    negative = len(holds) - positive
    if not positive or not negative:
        return None
    above = rankdata(score)[holds].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


def confusion(truth: NDArray[np.integer], said: NDArray[np.integer], k: int) -> NDArray[np.int64]:
    """How often each answer [k columns] was given where each was true [k rows].

    Args:
        truth: the true answer of each picture [n], 0 to k − 1.
        said: the proposed one [n].
        k: how many answers there are.
    """
    return np.bincount(truth * k + said, minlength=k * k).reshape(k, k)


def occurrences(shares: NDArray[np.floating], k: int = 1) -> NDArray[np.int64]:
    """How often each class is among the k best of a picture, its k-occurrence: int [c].

    Args:
        shares: probabilities of the classes [n, c].
        k: how many of the best count, at most c.
    """
    best = np.argpartition(-shares, k - 1, axis=1)[:, :k]
    return np.bincount(best.ravel(), minlength=shares.shape[1])


def hubness(shares: NDArray[np.floating], k: int = 1) -> float:
    """Skewness over the classes of their k-occurrences.

    A few classes that are near to everything (hubs) make it large; 0 where all come equally often
    (Radovanović, Nanopoulos and Ivanović, Hubs in space, JMLR 2010).

    Args:
        shares: probabilities of the classes [n, c].
        k: how many of the best count, at most c.
    """
    counts = occurrences(shares, k)
    return float(skew(counts)) if counts.std() > 0 else 0.0


def _figures(right: int, proposed: int, true: int, n: int) -> ClassFigures:
    precision = right / proposed if proposed else 0.0
    recall = right / true if true else 0.0
    both = precision + recall
    spread = float(proposed) * true * (n - proposed) * (n - true)
    mcc = (n * right - proposed * true) / spread**0.5 if spread else 0.0
    return ClassFigures(
        precision, recall, 2 * precision * recall / both if both else 0.0, mcc, true
    )
