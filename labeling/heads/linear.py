"""Heads: classifiers over picture vectors that begin as zero-shot and learn from decisions."""

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from labeling.heads.base import PriorHead, SingleLabel, Vectors, answers_of_many
from labeling.heads.blas import one_thread
from labeling.heads.shrinkage import (
    Line,
    Loss,
    binary_loss,
    fit_line,
    group_loss,
    prior_spread,
    strength_for,
)


class _ShrunkenHead(PriorHead):
    """What both heads share: how far they may move from the prior, and the fit."""

    def __init__(
        self,
        class_vectors: Vectors,
        scale: float = 1.0,
        bias: float | None = None,
        background: Vectors | None = None,
        strength: float | Literal["auto"] = "auto",
        intercept_sd: float = 1.0,
        warm_start: bool = False,
        max_iter: int = 200,
    ) -> None:
        super().__init__(class_vectors, scale, bias, background)
        self.strength = strength
        self.intercept_sd = intercept_sd
        self.warm_start = warm_start
        self.max_iter = max_iter

    def can_begin_at(self, line: Line) -> bool:
        """Whether a search may begin there: it has these classes, and vectors of this length."""
        prior = self.prior
        return line.weights.shape == prior.weights.shape

    def _move(self, X: Vectors, loss: Loss, labels: int) -> None:
        prior = self.prior
        spread = prior_spread(prior.weights)
        start = self.line if self.warm_start else prior
        self.line_ = prior
        if len(X) and spread > 0:
            auto = strength_for(labels, self.n_classes)
            weight_sd = spread * (auto if self.strength == "auto" else self.strength)
            self.line_ = fit_line(
                X, loss, prior, weight_sd, self.intercept_sd, start, self.max_iter
            )


class ZeroShotHead(SingleLabel, _ShrunkenHead):
    """Single-label head: multinomial logistic regression, shrunk towards the zero-shot classifier.

    Usable without any label: it then predicts exactly what zero-shot proposes. Each label moves it
    away from there as far as the evidence goes; classes that nobody has seen keep their text.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
        strength: how far weights may move, in units of the prior's spread; "auto" grows from 1
            with few labels to 3 with many (see `strength_for`).
        intercept_sd: how far an intercept may move, in logits.
        warm_start: begin the search where the last fit ended; changes the time, not the optimum.
        max_iter: iterations of the search at most.
    """

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        self._move(X, group_loss(allowed), labels=len(X))


class MultiLabelHead(_ShrunkenHead):
    """Multi-label head: one logistic regression per class, shrunk towards SigLIP's sigmoid scores.

    Takes the arguments of `ZeroShotHead`, except background: "none of these" is no class at all.
    """

    multilabel = True

    def __init__(
        self,
        class_vectors: Vectors,
        scale: float = 1.0,
        bias: float | None = None,
        strength: float | Literal["auto"] = "auto",
        intercept_sd: float = 1.0,
        warm_start: bool = False,
        max_iter: int = 200,
    ) -> None:
        super().__init__(
            class_vectors, scale, bias, None, strength, intercept_sd, warm_start, max_iter
        )

    @property
    def classes_(self) -> NDArray[np.int64]:
        """Class indices 0 to c − 1."""
        return np.arange(self.n_classes)

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
            self._move(X, binary_loss(holds), labels=int(holds.sum()))
        return self

    def predict_proba(self, X: Vectors) -> NDArray[np.float64]:
        """Return the probability [n, c] that each class holds; rows need not sum to 1."""
        return expit(self.line(X).astype(np.float64))

    def predict(self, X: Vectors) -> NDArray[np.int64]:
        """Return 0 or 1 [n, c]: which classes hold with probability 0.5 or more."""
        return (self.predict_proba(X) >= 0.5).astype(np.int64)
