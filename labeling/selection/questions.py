"""What a classifier is asked about each picture, in chunks, on all cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labeling.heads.blas import one_thread

Array = NDArray[np.float64]
Measure = Callable[["Questions", Array], NDArray[np.floating]]
"""One of modAL's measures, or a function of the same shape: [questions] of probabilities."""

CHUNK_CELLS = 200_000
"""Probabilities that a thread holds at once: they stay in its cache."""
THREADS = min(8, os.cpu_count() or 1)


class Classifier(Protocol):
    """Anything that gives probabilities [n, k]; ``multilabel`` tells that rows do not sum to 1."""

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the probabilities [n, k] of n feature vectors."""


class Questions:
    """What a classifier is asked about some pictures, in the shape of a classifier for modAL.

    One question with all classes as outcomes, or, for a multi-label classifier, yes or no for each
    class. ``probabilities`` float64 [questions, outcomes]; ``shape``: pictures × questions each.
    """

    def __init__(self, classifier: Classifier, X: NDArray[np.floating]) -> None:
        shares = np.asarray(classifier.predict_proba(X), dtype=np.float64)
        head = getattr(classifier, "estimator", classifier)
        self.shape = (len(shares), 1)
        self.probabilities = shares
        if getattr(head, "multilabel", False):
            self.shape = (len(shares), shares.shape[1])
            self.probabilities = np.column_stack([1 - shares.ravel(), shares.ravel()])

    def predict_proba(self, X: NDArray[np.floating]) -> Array:  # noqa: ARG002
        """Return the probabilities of the questions; X is looked at by nobody."""
        return self.probabilities

    def measured(self, measure: Measure) -> Array:
        """Apply a measure: float64 [pictures, questions each]."""
        found = np.asarray(measure(self, self.probabilities), dtype=np.float64)
        return found.reshape(self.shape)


def measured(
    classifier: Classifier,
    X: NDArray[np.floating],
    measure: Measure,
    over_questions: Callable[[Array], Array],
) -> Array:
    """Measure every picture of a pool: float64 [n].

    Only the measure of a picture is kept, never all probabilities, so that a million pictures and a
    hundred classes need little beside their vectors.

    Args:
        classifier: its ``predict_proba`` is called by several threads.
        X: vectors of the pool [n, d].
        measure: of each question.
        over_questions: from [chunk, questions each] to [chunk].
    """
    width = max(np.shape(classifier.predict_proba(X[:1]))[1], 1) if len(X) else 1
    step = max(1, CHUNK_CELLS // width)

    def chunk(start: int) -> Array:
        return over_questions(Questions(classifier, X[start : start + step]).measured(measure))

    starts = range(0, len(X), step)
    if len(starts) < 2:
        return chunk(0)
    with one_thread(), ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(chunk, starts)))


def best_two(asked: Questions, probabilities: Array) -> Array:  # noqa: ARG001
    """Return the gap between the two largest probabilities of each question, in 0 to 1.

    The values of modAL's ``classifier_margin``, without sorting the others (a third of the time at
    100 classes).
    """
    if probabilities.shape[1] < 2:
        return np.zeros(len(probabilities))
    rows = np.arange(len(probabilities))
    best = probabilities.argmax(axis=1)
    rest = probabilities.copy()
    rest[rows, best] = -1.0
    return probabilities[rows, best] - rest.max(axis=1)


def smallest(values: Array, n: int) -> NDArray[np.int64]:
    """Return the indices of the n smallest values, smallest first, equals in their order."""
    if n >= len(values):
        return np.argsort(values, kind="stable")
    bound = np.partition(values, n)[n] if n else -np.inf
    below = np.flatnonzero(values < bound)
    equal = np.flatnonzero(values == bound)[: n - len(below)]
    chosen = np.sort(np.concatenate([below, equal]))
    return chosen[np.argsort(values[chosen], kind="stable")]
