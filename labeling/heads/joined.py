"""Texts of one model, features of others: the preferred head where there are further features."""

import numpy as np
from numpy.typing import NDArray

from labeling.heads.base import Vectors
from labeling.heads.residual import fit_residual
from labeling.heads.shrinkage import Array, Line
from labeling.heads.transductive import TransductiveHead
from labeling.heads.votes import first_alike, unit


class JoinedHead(TransductiveHead):
    """A `TransductiveHead`, and a supervised probe on further features beside it.

    Vectors of the texts' model and of further ones stand side by side: LDA, the mixture and votes
    see the former; logistic regression on the latter learns what these leave open
    (`fit_residual`). How much either counts is fitted on labels that they were not told, so further
    features that say nothing cost nothing, and texts that mislead soon count for nothing.

    Args:
        class_vectors: text vectors [c, d], rows of length 1; vectors have more than d columns.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
        pool: unlabelled pictures [m, d or more], as in `TransductiveHead`.
    """

    def _own(self, X: Vectors) -> Vectors:
        return X[:, : self.class_vectors.shape[1]]

    def _beside(self, X: Vectors) -> Vectors | float:
        further: Line | None = getattr(self, "further_", None)
        return 0.0 if further is None else further(self._others(X))

    def _others(self, X: Vectors) -> Vectors:
        return X[:, self.class_vectors.shape[1] :]

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        self.further_: Line | None = None
        super()._learn(X, allowed)

    def _learn_beside(
        self, X: Vectors, allowed: NDArray[np.bool_], other: Array, fold: NDArray[np.int64]
    ) -> Array:
        features = self._others(X).astype(np.float64)
        alike = first_alike(unit(features))
        found = fit_residual(features, allowed, other, fold[alike])
        self._believe(found.believed)
        self.further_ = found.line
        return found.unseen

    def _believe(self, factor: float) -> None:
        super()._believe(factor)
        if self.further_ is not None:
            self.further_ = self.further_.times(factor)
