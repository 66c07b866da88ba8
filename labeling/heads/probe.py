"""Supervised probes: plain logistic regression on any features, without texts."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator

from labeling.heads.base import SingleLabel, Vectors, answers_of_many
from labeling.heads.blas import one_thread
from labeling.heads.shrinkage import Line, Loss, binary_loss, fit_line, group_loss


class ProbeHead(SingleLabel, BaseEstimator):
    """Multinomial logistic regression with a ridge penalty: a "linear probe".

    It knows no texts, so it serves features without a text tower (DINOv2), and it wins where texts
    mislead. Before any label all outcomes are equally probable. It is supervised, never zero-shot.

    Args:
        n_classes: number of classes c.
        none: whether "none of these" is an outcome.
        strength: standard deviation of the logit that a picture of average length may get.
        max_iter: iterations of the search at most.
        warm_start: begin the search where the last fit ended; changes the time, not the optimum.
    """

    multilabel = False

    def __init__(
        self,
        n_classes: int,
        none: bool = False,
        strength: float = 10.0,
        max_iter: int = 200,
        warm_start: bool = False,
    ) -> None:
        self.n_classes = n_classes
        self.none = none
        self.strength = strength
        self.max_iter = max_iter
        self.warm_start = warm_start

    @property
    def background(self) -> Vectors | None:  # type: ignore[override]
        """One row that stands for "none of these", which has no vector here; or None."""
        return np.empty((1, 0)) if self.none else None

    def can_begin_at(self, line: Line) -> bool:
        """Whether a search may begin there: it has these outcomes."""
        return len(line.intercept) == self.outcomes

    def logits(self, X: Vectors) -> Vectors:
        """Return the logits [n, outcomes] of each row; 0 before any label."""
        if not hasattr(self, "line_"):
            return np.zeros((len(X), self.outcomes), X.dtype)
        return self.line_(X)

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        start = getattr(self, "line_", None) if self.warm_start else None
        loss = group_loss(allowed)
        self.line_ = _fitted(X, loss, self.outcomes, self.strength, self.max_iter, start)


class MultiLabelProbeHead(BaseEstimator):
    """One logistic regression per class with a ridge penalty: a "linear probe" for several labels.

    Before any label each class is as probable as not. It is supervised, never zero-shot.

    Args:
        n_classes: number of classes c.
        strength: see `ProbeHead`.
        max_iter: see `ProbeHead`.
        warm_start: see `ProbeHead`.
    """

    multilabel = True

    def __init__(
        self,
        n_classes: int,
        strength: float = 10.0,
        max_iter: int = 200,
        warm_start: bool = False,
    ) -> None:
        self.n_classes = n_classes
        self.strength = strength
        self.max_iter = max_iter
        self.warm_start = warm_start

    @property
    def classes_(self) -> NDArray[np.int64]:
        """Class indices 0 to c − 1."""
        return np.arange(self.n_classes)

    def can_begin_at(self, line: Line) -> bool:
        """Whether a search may begin there: it has these classes."""
        return len(line.intercept) == self.n_classes

    def fit(self, X: Vectors, y: NDArray[np.integer]) -> Self:
        """Learn from all labels so far.

        Args:
            X: picture vectors [n, d], n ≥ 0.
            y: 0 or 1 [n, c]: which classes hold.

        Raises:
            ValueError: shapes disagree, or a value is neither 0 nor 1.
        """
        holds = answers_of_many(X, y, self.n_classes)
        self.n_labels_ = len(X)
        with one_thread():
            start = getattr(self, "line_", None) if self.warm_start else None
            loss = binary_loss(holds)
            self.line_ = _fitted(X, loss, self.n_classes, self.strength, self.max_iter, start)
        return self

    def predict_proba(self, X: Vectors) -> NDArray[np.float64]:
        """Return the probability [n, c] that each class holds; rows need not sum to 1."""
        if not hasattr(self, "line_"):
            return np.full((len(X), self.n_classes), 0.5)
        return expit(self.line_(X).astype(np.float64))

    def predict(self, X: Vectors) -> NDArray[np.int64]:
        """Return 0 or 1 [n, c]: which classes hold with probability 0.5 or more."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)


def _fitted(
    X: Vectors, loss: Loss, outcomes: int, strength: float, max_iter: int, start: Line | None
) -> Line:
    """The classifier around the mean of the pictures; without pictures one that says nothing."""
    flat = Line(np.zeros((outcomes, X.shape[1])), np.zeros(outcomes))
    if len(X) == 0:
        return flat
    centre = X.mean(axis=0, dtype=np.float64)
    around = X - centre
    length = np.sqrt(np.mean(np.sum(around**2, axis=1)))
    weight_sd = strength / max(length, 1e-12)
    begin = flat
    if start is not None and start.weights.shape == flat.weights.shape:
        begin = Line(start.weights, start.intercept + start.weights @ centre)
    found = fit_line(around, loss, flat, weight_sd, 1.0, begin, max_iter)
    return Line(found.weights, found.intercept - found.weights @ centre)
