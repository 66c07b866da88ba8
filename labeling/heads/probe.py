"""A supervised probe: plain logistic regression on any features, without texts."""

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from labeling.heads.base import SingleLabel, Vectors
from labeling.heads.shrinkage import Line, fit_line, group_loss


class ProbeHead(SingleLabel, BaseEstimator):
    """Multinomial logistic regression with a ridge penalty: a "linear probe".

    It knows no texts, so it serves features without a text tower (DINOv2), and it wins where texts
    mislead. Before any label all outcomes are equally probable. It is supervised, never zero-shot.

    Args:
        n_classes: number of classes c.
        none: whether "none of these" is an outcome.
        strength: standard deviation of the logit that a picture of average length may get.
        max_iter: iterations of the search at most.
    """

    multilabel = False

    def __init__(
        self, n_classes: int, none: bool = False, strength: float = 10.0, max_iter: int = 200
    ) -> None:
        self.n_classes = n_classes
        self.none = none
        self.strength = strength
        self.max_iter = max_iter

    @property
    def background(self) -> Vectors | None:  # type: ignore[override]
        """One row that stands for "none of these", which has no vector here; or None."""
        return np.empty((1, 0)) if self.none else None

    def logits(self, X: Vectors) -> Vectors:
        """Return the logits [n, outcomes] of each row; 0 before any label."""
        if not hasattr(self, "line_"):
            return np.zeros((len(X), self.outcomes), X.dtype)
        return self.line_(X)

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        k, d = self.outcomes, X.shape[1]
        flat = Line(np.zeros((k, d)), np.zeros(k))
        self.line_ = flat
        if len(X) == 0:
            return
        centre = X.mean(axis=0, dtype=np.float64)
        around = X - centre
        length = np.sqrt(np.mean(np.sum(around**2, axis=1)))
        weight_sd = self.strength / max(length, 1e-12)
        found = fit_line(around, group_loss(allowed), flat, weight_sd, 1.0, flat, self.max_iter)
        self.line_ = Line(found.weights, found.intercept - found.weights @ centre)
