"""Linear classifiers that are pulled towards a prior: the optimisation behind the heads."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp, softmax

Array = NDArray[np.float64]
Loss = Callable[[Array], tuple[float, Array]]
"""From logits [n, k] to the summed loss and its gradient [n, k]."""


@dataclass(frozen=True)
class Line:
    """Logits ``X @ weights.T + intercept``: float64 [k, d] and [k]."""

    weights: Array
    intercept: Array

    def __call__(self, X: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits [n, k], in the precision of X."""
        return X @ self.weights.T.astype(X.dtype) + self.intercept.astype(X.dtype)

    def beside(self, other: Self) -> Self:
        """Return both as one, this one's outcomes first: one product is faster than two."""
        return replace(
            self,
            weights=np.concatenate([self.weights, other.weights]),
            intercept=np.concatenate([self.intercept, other.intercept]),
        )

    def times(self, factor: float) -> Self:
        """Return the same classifier, less or more sure of itself."""
        return replace(self, weights=factor * self.weights, intercept=factor * self.intercept)


def prior_spread(weights: Array) -> float:
    """Return the root mean square of the weights around their mean over the classes.

    It measures how much the prior itself tells classes apart, and is the unit of the shrinkage:
    every result stays the same when a model's logit scale and its vectors trade factors.
    """
    around_mean = float(np.std(weights, axis=0).max(initial=0))
    if around_mean == 0:  # one class, or classes that share a text
        return float(np.sqrt(np.mean(weights**2)))
    return float(np.sqrt(np.mean(np.var(weights, axis=0))))


def strength_for(labels: int, classes: int) -> float:
    """Return the strength that stood up best in replays (1 up to 3 labels a class, 3 from 27 on).

    With strength s a weight may move from the prior by about s times the prior's own spread. Fixed
    strengths of 0.1 and 0.3 learned too little from hundreds of labels, 10 unlearned the prior from
    the first three; between them few labels favour 1 and many favour 3.
    """
    return float(np.clip(np.sqrt(labels / (3 * max(classes, 1))), 1.0, 3.0))


def fit_line(
    X: NDArray[np.floating],
    loss: Loss,
    prior: Line,
    weight_sd: float,
    intercept_sd: float,
    start: Line,
    max_iter: int,
) -> Line:
    """Minimise ``loss(logits) + ½‖(W − W₀) / weight_sd‖² + ½‖(b − b₀) / intercept_sd‖²``.

    This is the most probable classifier when each weight and intercept is normally distributed
    around the prior with these standard deviations.

    Args:
        X: feature vectors [n, d].
        loss: the loss over the n rows.
        prior: W₀ and b₀.
        weight_sd: above 0, in logits per unit of X.
        intercept_sd: above 0, in logits.
        start: where the search begins.
        max_iter: iterations of L-BFGS at most.
    """
    X = X.astype(np.float64)
    k, d = prior.weights.shape
    prior_logits = prior(X)

    def objective(flat: Array) -> tuple[float, Array]:
        moved, shift = flat[: k * d].reshape(k, d), flat[k * d :]
        value, slope = loss(prior_logits + weight_sd * (X @ moved.T) + intercept_sd * shift)
        gradient = np.concatenate(
            [(weight_sd * (slope.T @ X)).ravel(), intercept_sd * slope.sum(0)]
        )
        return value + 0.5 * float(flat @ flat), gradient + flat

    begin = np.concatenate(
        [
            ((start.weights - prior.weights) / weight_sd).ravel(),
            (start.intercept - prior.intercept) / intercept_sd,
        ]
    )
    options = {"maxiter": max_iter, "gtol": 1e-4}
    flat = minimize(objective, begin, jac=True, method="L-BFGS-B", options=options).x
    return Line(
        prior.weights + weight_sd * flat[: k * d].reshape(k, d),
        prior.intercept + intercept_sd * flat[k * d :],
    )


def group_loss(allowed: NDArray[np.bool_]) -> Loss:
    """Multinomial loss where each row belongs to a group of outcomes.

    Args:
        allowed: bool [n, k], at least one in each row; several are outcomes that nobody told apart
            (the background prompts of "none of these").
    """
    mask = np.where(allowed, 0.0, -np.inf)

    def loss(logits: Array) -> tuple[float, Array]:
        within = logits + mask
        value = (logsumexp(logits, axis=1) - logsumexp(within, axis=1)).sum()
        return float(value), softmax(logits, axis=1) - softmax(within, axis=1)

    return loss


def binary_loss(holds: NDArray[np.floating]) -> Loss:
    """Sum of the logistic losses of independent yes-or-no questions; ``holds`` is 0 or 1 [n, k]."""

    def loss(logits: Array) -> tuple[float, Array]:
        value = -(holds * log_expit(logits) + (1 - holds) * log_expit(-logits)).sum()
        return float(value), expit(logits) - holds

    return loss
