"""Linear discriminant analysis whose class means are shrunk to what the texts say."""

from dataclasses import dataclass

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
        self.line_ = self.prior
        if len(X) >= FEWEST:
            self.line_ = fit_stack(X.astype(np.float64), allowed, self.prior).line


@dataclass(frozen=True)
class Stack:
    """Gaussians and zero-shot as one classifier.

    Attributes:
        line: taught with all labels.
        shares: the outcomes of each picture [n, k] as they were taught.
        fold: the fold of each picture [n], 0 to `FOLDS` − 1.
        without: by fold, the same classifier with Gaussians that never saw it.
        unseen: logits [n, k] of each picture by the classifier without its fold.
    """

    line: Line
    shares: Array
    fold: NDArray[np.int64]
    without: list[Line]
    unseen: Array


def fit_stack(X: Array, allowed: NDArray[np.bool_], prior: Line) -> Stack:
    """Fit Gaussians, and how much they count beside the prior.

    Args:
        X: pictures [n, d], n ≥ `FEWEST`.
        allowed: bool [n, k], what each may be.
        prior: the zero-shot classifier.
    """
    zero_shot: Array = prior(X).astype(np.float64)
    shares = shared_out(zero_shot, allowed)
    fold = np.arange(len(X)) % FOLDS
    others = [
        fit_gaussians(X[fold != number], shares[fold != number], prior.weights).line
        for number in range(FOLDS)
    ]
    mix = fit_mix(unseen(others, X, fold), zero_shot, group_loss(allowed))
    without = [mix.line(gaussians, prior) for gaussians in others]
    return Stack(
        line=mix.line(fit_gaussians(X, shares, prior.weights).line, prior),
        shares=shares,
        fold=fold,
        without=without,
        unseen=unseen(without, X, fold),
    )


def unseen(without: list[Line], X: Array, fold: NDArray[np.int64]) -> Array:
    """Return the logits [n, k] of each picture by the classifier that never saw its fold."""
    logits = np.empty((len(X), len(without[0].intercept)))
    for number, line in enumerate(without):
        logits[fold == number] = line(X[fold == number])
    return logits
