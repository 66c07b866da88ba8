"""Linear discriminant analysis whose class means are shrunk to what the texts say."""

import numpy as np
from numpy.typing import NDArray

from labeling.heads.base import PriorHead, SingleLabel, Vectors, shared_out
from labeling.heads.gaussians import fit_gaussians
from labeling.heads.shrinkage import Array, Line, group_loss
from labeling.heads.stacking import fit_mix

FOLDS = 5
FEWEST = 5
"""Labels below which it stays zero-shot."""


class LdaHead(SingleLabel, PriorHead):
    """Zero-shot logits, stacked with those of Gaussian classes that share a covariance.

    The mean of a class lies between its pictures and its text (`fit_gaussians`). How much the
    Gaussians count beside zero-shot, and a bias for each class, is fitted on the logits that each
    labelled picture gets from Gaussians of the other folds (stacking: Wolpert 1992), so few labels
    leave zero-shot nearly as it is and texts that mislead soon count for nothing. A fit costs a
    few matrices of d × d, far less than logistic regression.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
    """

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        self.line_ = prior = self.prior
        if len(X) < FEWEST:
            return
        rows: Array = X.astype(np.float64)
        shares = shared_out(prior(rows), allowed)
        zero_shot: Array = prior(rows).astype(np.float64)
        unseen = _left_out(rows, shares, prior)
        mix = fit_mix(unseen, zero_shot, group_loss(allowed))
        own = fit_gaussians(rows, shares, prior.weights).line
        self.line_ = Line(
            mix.learned * own.weights + mix.zero_shot * prior.weights,
            mix.learned * own.intercept + mix.zero_shot * prior.intercept + mix.bias,
        )


def _left_out(X: Array, shares: Array, prior: Line) -> Array:
    """Return the logits [n, k] of each picture by Gaussians of the other folds."""
    logits = np.empty_like(shares)
    fold = np.arange(len(X)) % FOLDS
    for out in (fold == number for number in range(FOLDS)):
        others = fit_gaussians(X[~out], shares[~out], prior.weights)
        logits[out] = others.line(X[out])
    return logits
