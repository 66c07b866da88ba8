"""What features say beside another classifier: logistic regression on what that one leaves open."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from labeling.heads.base import Vectors
from labeling.heads.shrinkage import Array, Line, Loss, group_loss
from labeling.heads.stacking import fit_addition

STRENGTH = 10.0
"""Standard deviation, in logits, of what features say of a picture of average length."""
BELIEVED = 0.25
"""What of the other classifier's logits is believed meanwhile. Between 0.1 and 0.5 little moves."""
SPREAD = 1.0
"""Standard deviation of the other classifier's factor around 1: it may prove to know nothing."""
ROUNDS = 40
"""Iterations of L-BFGS at most."""


@dataclass(frozen=True)
class Residual:
    """What features add to another classifier.

    Attributes:
        line: logits by features, to be added.
        believed: factor of the other classifier beside them, 0 or more.
        unseen: logits [n, k] of both together, of each picture without its own label.
    """

    line: Line
    believed: float
    unseen: Array


def fit_residual(
    X: Vectors, allowed: NDArray[np.bool_], other: Array, fold: NDArray[np.int64]
) -> Residual:
    """Fit logistic regression with a ridge penalty on what another classifier leaves open.

    How much it counts, and how much is left of the other, is fitted on logits of pictures by
    regressions that were not told their labels (stacking: Wolpert 1992), so features that say
    nothing count for nothing.

    Args:
        X: features of labelled pictures [n, d].
        allowed: bool [n, k], what each may be.
        other: logits [n, k] that each got from the other classifier without its own label.
        fold: the fold of each picture [n].
    """
    centre = X.mean(axis=0, dtype=np.float64)
    around = X - centre
    length = np.sqrt(np.mean(np.sum(around**2, axis=1)))
    factor = STRENGTH / max(float(length), 1e-12)
    # The rows alone span what can be learned: with few labels that is far less than d.
    left, sizes, axes = np.linalg.svd(factor * around, full_matrices=False)
    seen = left * sizes
    alone = np.empty_like(other)
    for number in np.unique(fold):
        out, rest = fold == number, fold != number
        alone[out] = seen[out] @ weights_beside(seen[rest], allowed[rest], other[rest], BELIEVED)
    counts, believed = fit_addition(alone, other, group_loss(allowed), SPREAD)
    learned = counts * factor * (axes.T @ weights_beside(seen, allowed, other, BELIEVED)).T
    line = Line(learned, -learned @ centre)
    return Residual(line, believed, counts * alone + believed * other)


def weights_beside(
    features: Vectors, allowed: NDArray[np.bool_], other: Array, believed: float
) -> Array:
    """Return the most probable weights [m, k] of features beside another classifier.

    Args:
        features: of labelled pictures [n, m].
        allowed: bool [n, k], what each may be.
        other: logits of the other classifier [n, k].
        believed: what of these is believed. Weights are normal around 0, with a standard deviation
            of 1.
    """
    loss: Loss = group_loss(allowed)
    shape = features.shape[1], other.shape[1]

    def objective(flat: Array) -> tuple[float, Array]:
        value, slope = loss(believed * other + features @ flat.reshape(shape))
        return value + 0.5 * float(flat @ flat), (features.T @ slope).ravel() + flat

    begin = np.zeros(shape[0] * shape[1])
    options = {"maxiter": ROUNDS, "gtol": 1e-3}
    found = minimize(objective, begin, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x.reshape(shape))
