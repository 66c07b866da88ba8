"""Linear discriminant analysis whose class means are shrunk to what the texts say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar

from labeling.heads.base import PriorHead, SingleLabel, Vectors, shared_out
from labeling.heads.shrinkage import Array, Line, group_loss

TRUST = (0.05, 50.0)
"""Fewest and most labelled pictures that a text may count for."""
TEMPERATURE_SD = 0.7


@dataclass(frozen=True)
class Means:
    """Class means: ``centre`` + ``around`` [k, d], the ``labels`` [k] behind each.

    ``trust`` is how many labels a text counts for.
    """

    centre: Array
    around: Array
    labels: Array
    trust: float

    @property
    def weight(self) -> Array:
        """How many labels each mean rests on [k], its text counted."""
        return self.labels + self.trust


class LdaHead(SingleLabel, PriorHead):
    """Gaussian classes of one covariance; a class's mean lies between its pictures and its text.

    Zero-shot weights w are those of a discriminant analysis with means covariance · w: these are
    the prior means. How many pictures a text counts for is estimated from how far the labelled
    classes lie from it (empirical Bayes), so that texts that mislead soon count for nothing. The
    covariance is that of Ledoit and Wolf (2004) of the pictures around their class means; a
    temperature is fitted on each picture's logits without itself. All is closed form but that one
    number: a fit costs one matrix of d × d.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
    """

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        self.line_ = prior = self.prior
        if len(X) < 2:
            return
        rows: Array = X.astype(np.float64)
        shares = shared_out(prior(rows), allowed)
        slopes = prior.weights - prior.weights.mean(axis=0)
        covariance = np.eye(rows.shape[1]) * _spread(rows, shares)
        for _ in range(2):
            means = shrunken_means(rows, shares, slopes @ covariance)
            covariance = _covariance(rows - means.centre - shares @ means.around, means)
        factor = cho_factor(covariance)
        temperature = _temperature(rows - means.centre, shares, allowed, means, factor, prior)
        weights = cho_solve(factor, means.around.T).T
        bend = 0.5 * np.einsum("kd,kd->k", weights, means.around)
        weights, intercept = temperature * weights, prior.intercept - temperature * bend
        self.line_ = Line(weights, intercept - weights @ means.centre)


def shrunken_means(X: Array, shares: Array, text_means: Array) -> Means:
    """Draw the mean of each class from its pictures towards its text, as far as texts are right.

    Args:
        X: pictures [n, d].
        shares: the outcomes of each [n, k]; rows sum to 1.
        text_means: where the texts put the means [k, d], but for a shift and a factor.
    """
    labels = shares.sum(axis=0)
    told = shares @ text_means
    centre = X.mean(axis=0) - told.mean(axis=0)
    sizes = np.maximum(labels, 1e-9)[:, None]
    found = shares.T @ (X - centre) / sizes
    seen = labels > 0.5
    noise = float(np.sum((X - centre - shares @ found) ** 2)) / max(len(X) - seen.sum(), 1)
    apart = np.sum((found - text_means) ** 2, axis=1)[seen] - noise / labels[seen]
    trust = float(np.clip(noise / max(apart.mean(), 1e-12), *TRUST))
    around = (labels[:, None] * found + trust * text_means) / (labels + trust)[:, None]
    return Means(centre, around, labels, trust)


def _spread(X: Array, shares: Array) -> float:
    """Variance of the pictures around the means of their classes, per dimension."""
    found = shares.T @ X / np.maximum(shares.sum(axis=0), 1e-9)[:, None]
    freedom = max(len(X) - int((shares.sum(axis=0) > 0.5).sum()), 1)
    inside = float(np.sum((X - shares @ found) ** 2)) / freedom / X.shape[1]
    return inside or float(X.var()) or 1.0


def _covariance(residuals: Array, means: Means) -> Array:
    from sklearn.covariance import ledoit_wolf

    covariance, _ = ledoit_wolf(residuals, assume_centered=True)
    used = float(np.sum(means.labels / means.weight)) / len(residuals)
    return covariance / max(1 - used, 0.1)


def _temperature(
    around: Array,
    shares: Array,
    allowed: NDArray[np.bool_],
    means: Means,
    factor: tuple[Array, bool],
    prior: Line,
) -> float:
    """Fit the temperature on logits that no picture had a part in itself."""
    weights = cho_solve(factor, means.around.T).T
    logits = around @ weights.T - 0.5 * np.einsum("kd,kd->k", weights, means.around)
    own = around - shares @ means.around
    solved = cho_solve(factor, own.T).T
    rest = np.maximum(shares @ means.weight - 1, means.trust)
    moved = -own / rest[:, None]
    at_own = np.einsum("nd,nd->n", around, -solved / rest[:, None])
    at_own -= np.einsum("nd,nd->n", moved, shares @ weights)
    at_own -= 0.5 * np.einsum("nd,nd->n", moved, -solved / rest[:, None])
    logits += shares * at_own[:, None]
    loss = group_loss(allowed)

    def objective(t: float) -> float:
        return loss(np.exp(t) * logits + prior.intercept)[0] + 0.5 * (t / TEMPERATURE_SD) ** 2

    return float(np.exp(minimize_scalar(objective, bounds=(-3, 2), method="bounded").x))
