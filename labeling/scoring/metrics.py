"""How good proposals are, measured against the truth. Plain numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 of one class (0 to 1; 0 where undefined), and how often it holds."""

    precision: float
    recall: float
    f1: float
    support: int


def class_figures(truth: Bools, proposed: Bools) -> list[ClassFigures]:
    """Figures of each class.

    Args:
        truth: bool [n, c], which classes hold.
        proposed: bool [n, c], which are proposed.
    """
    right = (truth & proposed).sum(axis=0)
    return [
        _figures(int(r), int(p), int(t))
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


def _figures(right: int, proposed: int, true: int) -> ClassFigures:
    precision = right / proposed if proposed else 0.0
    recall = right / true if true else 0.0
    both = precision + recall
    return ClassFigures(precision, recall, 2 * precision * recall / both if both else 0.0, true)
