"""Verified labels that are probably wrong: confident learning over held-out probabilities."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METHOD = (
    "confident learning (Northcutt, Jiang and Chuang, JAIR 2021; cleanlab) on probabilities of a "
    "head that never saw the picture; expected: the sum of what it leaves for other answers, "
    "which is right as far as the head is calibrated"
)
FEWEST_LABELS = 20
"""Labels below which nothing is suspected: a head taught with fewer knows less than a person."""


@dataclass(frozen=True)
class Suspects:
    """Labels to look at again, the most suspicious first.

    Attributes:
        rows: int64 [m], positions among the labels.
        quality: float64 [m] in 0 to 1, the probability of the given label; for several labels a
            picture, that of its least supported answer.
        likelier: int64 [m], the most probable outcome; for several labels a picture, the class
            whose answer is least supported.
        expected: how many of the m are expected to be wrong.
        n: labels that were looked at.
        method: how they were found.
    """

    rows: NDArray[np.int64]
    quality: NDArray[np.float64]
    likelier: NDArray[np.int64]
    expected: float
    n: int
    method: str = METHOD


def suspects(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Suspects:
    """Find single labels that are probably wrong.

    Args:
        labels: outcome of each picture, 0 to k − 1 [n].
        probabilities: float [n, k], held out: of a head that did not learn from that picture; each
            row sums to 1.

    Raises:
        ValueError: the shapes disagree, or a label is outside 0 to k − 1.
    """
    labels = np.asarray(labels)
    n, k = probabilities.shape
    if labels.shape != (n,) or (n and not 0 <= labels.min() <= labels.max() < k):
        raise ValueError(f"labels {labels.shape} do not fit probabilities {probabilities.shape}")
    if n < FEWEST_LABELS or k < 2:
        return _none(n)
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        rows = find_label_issues(
            labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
        )
    given = probabilities[rows, labels[rows]]
    return _found(rows, given, probabilities[rows].argmax(axis=1), n)


def suspects_of_sets(holds: NDArray[np.bool_], probabilities: NDArray[np.floating]) -> Suspects:
    """Find sets of labels that are probably wrong, each class being a question of its own.

    Args:
        holds: bool [n, c], the classes that people gave.
        probabilities: float [n, c] in 0 to 1, held out, that each class holds.

    Raises:
        ValueError: the shapes disagree.
    """
    if holds.shape != probabilities.shape:
        raise ValueError(f"labels {holds.shape} do not fit probabilities {probabilities.shape}")
    n, classes = holds.shape
    support = np.where(holds, probabilities, 1 - probabilities)
    doubted = np.zeros(holds.shape, dtype=bool)
    for c in range(classes):
        answers = np.column_stack([1 - probabilities[:, c], probabilities[:, c]])
        doubted[suspects(holds[:, c].astype(np.int64), answers).rows, c] = True
    rows = np.flatnonzero(doubted.any(axis=1))
    least = np.where(doubted, support, np.inf)[rows].argmin(axis=1)
    quality = support[rows, least]
    order = np.argsort(quality, kind="stable")
    return _found(rows[order], quality[order], least[order], n)


def _found(
    rows: NDArray[np.integer],
    quality: NDArray[np.floating],
    likelier: NDArray[np.integer],
    n: int,
) -> Suspects:
    return Suspects(
        rows.astype(np.int64),
        quality.astype(np.float64),
        likelier.astype(np.int64),
        float((1 - quality).sum()),
        n,
    )


def _none(n: int) -> Suspects:
    empty = np.empty(0, np.int64)
    return Suspects(empty, np.empty(0), empty, 0.0, n)
