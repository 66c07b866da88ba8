"""What heads share: the zero-shot prior they begin with, and how outcomes are numbered."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from labeling.heads.blas import one_thread
from labeling.heads.shrinkage import Array, Line
from labeling.scoring.abstain import NONE, mean_offset

Vectors = NDArray[np.floating]


class PriorHead(BaseEstimator):
    """A head whose prior is the zero-shot classifier; each keeps what it learned in ``line_``."""

    multilabel = False

    def __init__(
        self,
        class_vectors: Vectors,
        scale: float = 1.0,
        bias: float | None = None,
        background: Vectors | None = None,
    ) -> None:
        self.class_vectors = class_vectors
        self.scale = scale
        self.bias = bias
        self.background = background

    @property
    def n_classes(self) -> int:
        """Number of classes, without "none of these"."""
        return len(self.class_vectors)

    @property
    def prior(self) -> Line:
        """The zero-shot classifier: scale · text vectors, and the model's bias."""
        rows = (
            [self.class_vectors]
            if self.background is None
            else [self.class_vectors, self.background]
        )
        texts = np.concatenate(rows).astype(np.float64)
        intercept = np.full(len(texts), self.bias or 0.0)
        if self.background is not None:
            intercept[self.n_classes :] += mean_offset(self.background)
        return Line(self.scale * texts, intercept)

    @property
    def line(self) -> Line:
        """The classifier in use: what was learned, or the prior before any label."""
        return getattr(self, "line_", None) or self.prior


class SingleLabel(ClassifierMixin):
    """Outcomes of a single-label head, of which exactly one holds, and their probabilities."""

    n_classes: int
    background: Vectors | None
    line: Line

    @property
    def classes_(self) -> NDArray[np.int64]:
        """Class indices 0 to c − 1, seen or not, and NONE (−1) last where there is background."""
        classes = np.arange(self.n_classes)
        return classes if self.background is None else np.append(classes, NONE)

    @property
    def outcomes(self) -> int:
        """Number of logits: one a class and one a background vector."""
        return self.n_classes + (0 if self.background is None else len(self.background))

    def logits(self, X: Vectors) -> Vectors:
        """Return the logits [n, outcomes] of each row."""
        return self.line(X)

    def shares(self, X: Vectors) -> Array:
        """Return the probabilities [n, outcomes], each background vector for itself."""
        return probabilities(self.logits(X))

    def predict_proba(self, X: Vectors) -> Array:
        """Return the probabilities [n, len(classes_)] of each row's outcomes; they sum to 1."""
        shares = self.shares(X)
        if self.background is None:
            return shares
        none = shares[:, self.n_classes :].sum(axis=1)
        return np.column_stack([shares[:, : self.n_classes], none])

    def predict(self, X: Vectors) -> NDArray[np.int64]:
        """Return the most probable class index of each row, NONE (−1) for none of these."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def fit(self, X: Vectors, y: NDArray[np.integer]) -> Self:
        """Learn from all labels so far; none at all gives back the prior.

        Args:
            X: picture vectors [n, d], n ≥ 0.
            y: class index of each, or NONE (−1); without background NONE teaches nothing.

        Raises:
            ValueError: an index outside −1 to c − 1, or shapes that disagree.
        """
        y = np.asarray(y)
        if X.ndim != 2 or y.shape != (len(X),):
            raise ValueError(f"X {X.shape} and y {y.shape} do not belong together")
        if len(y) and (y.min() < NONE or y.max() >= self.n_classes):
            raise ValueError(f"class indices must be in −1 to {self.n_classes - 1}")
        if self.background is None:
            X, y = X[y != NONE], y[y != NONE]
        outcome = np.arange(self.outcomes)
        allowed = outcome == y[:, None]
        allowed |= (y[:, None] == NONE) & (outcome >= self.n_classes)
        self.n_labels_ = len(y)
        with one_thread():
            self._learn(X, allowed)
        return self

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        """Learn from rows whose outcome is one of ``allowed`` bool [n, outcomes]."""
        raise NotImplementedError


def answers_of_many(X: Vectors, y: NDArray[np.integer], n_classes: int) -> Array:
    """Return the answers of a multi-label head as float64 [n, c], 0 or 1.

    Raises:
        ValueError: shapes disagree, or a value is neither 0 nor 1.
    """
    holds: Array = np.asarray(y, dtype=np.float64)
    if X.ndim != 2 or holds.shape != (len(X), n_classes):
        raise ValueError(f"X {X.shape} and y {holds.shape} do not belong together")
    if not np.isin(holds, (0, 1)).all():
        raise ValueError("multi-label answers are 0 or 1")
    return holds


def probabilities(logits: Vectors) -> Array:
    """Return the softmax of each row, float64 [n, k]."""
    shares: Array = logits.astype(np.float64)  # in place from here on: a pool may be large
    shares -= shares.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def shared_out(logits: Vectors, allowed: NDArray[np.bool_]) -> Array:
    """Share each row out among its allowed outcomes, as its logits have it.

    A row with one allowed outcome gives it 1; "none of these" is divided among the background.

    Args:
        logits: float64 [n, k].
        allowed: bool [n, k], at least one in each row.

    Returns:
        float64 [n, k]; rows sum to 1.
    """
    return softmax(np.where(allowed, logits, -np.inf).astype(np.float64), axis=1)
