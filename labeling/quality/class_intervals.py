"""Exact intervals for the figures of each class. Pure.

Precision and recall are shares of what was proposed and of what is true. F1 is 2J ÷ (1 + J) of the
Jaccard share J, of all that is proposed or true how much is both, so its interval is that of J
(Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11, 1912).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labeling.quality.intervals import CONFIDENCE, clopper_pearson

METHOD = (
    "Clopper-Pearson, 95 % for each figure by itself, over pictures proposed as the class "
    "(precision), of the class (recall), or either (F1)"
)


class Between(NamedTuple):
    """The ends of an interval, 0 to 1."""

    low: float
    high: float


def intervals(
    truth: NDArray[np.bool_], said: NDArray[np.bool_], confidence: float = CONFIDENCE
) -> list[dict[str, Between]]:
    """Return precision, recall and f1 of each class as intervals; 0 to 1 where nothing was counted.

    Args:
        truth: bool [n, c], which classes hold.
        said: bool [n, c], which are proposed.
        confidence: between 0 and 1.
    """
    right = (truth & said).sum(axis=0).tolist()
    of = {
        "precision": said.sum(axis=0).tolist(),
        "recall": truth.sum(axis=0).tolist(),
        "f1": (truth | said).sum(axis=0).tolist(),
    }
    return [
        {name: _between(name, hits, counts[n], confidence) for name, counts in of.items()}
        for n, hits in enumerate(right)
    ]


def _between(name: str, hits: int, n: int, confidence: float) -> Between:
    low, high = clopper_pearson(hits, n, confidence)
    if name == "f1":
        return Between(2 * low / (1 + low), 2 * high / (1 + high))
    return Between(low, high)
