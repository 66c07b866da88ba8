"""Gaussian classes of one covariance, whose means are drawn towards texts (empirical Bayes)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from labeling.heads.shrinkage import Array, Line

TRUST = (0.05, 50.0)
"""Fewest and most labelled pictures that a text may count for."""
LEAST_FACTOR = 0.05
LEAST_FREE = 0.1
"""Share of the pictures that at least counts as free, however many means were fitted to them."""
ROUNDS = 2


@dataclass(frozen=True)
class Gaussians:
    """Means ``centre`` + ``around`` [k, d] and the covariance [d, d] that all classes share.

    ``trust`` is for how many labels a text counts.
    """

    centre: Array
    around: Array
    covariance: Array
    trust: float

    @property
    def line(self) -> Line:
        """The log densities as logits, but for what is the same for all classes."""
        weights = cho_solve(cho_factor(self.covariance), self.around.T).T
        bend = 0.5 * np.einsum("kd,kd->k", weights, self.around)
        return Line(weights, -bend - weights @ self.centre)


def fit_gaussians(X: Array, shares: Array, slopes: Array) -> Gaussians:
    """Fit means and covariance.

    A linear classifier with weights w is the discriminant analysis of classes whose means are
    covariance · w: these are the prior means, but for a shift and a factor that the labels tell.
    How many pictures a text counts for is estimated from how far the labelled classes lie from it.
    The covariance is Ledoit and Wolf's (2004) of the pictures around the shrunken means.

    Args:
        X: pictures [n, d], n ≥ 2.
        shares: the outcomes of each [n, k]; rows sum to 1.
        slopes: weights [k, d] of the zero-shot classifier.
    """
    from sklearn.covariance import ledoit_wolf

    labels = shares.sum(axis=0)
    texts = slopes - slopes.mean(axis=0)
    covariance = np.eye(X.shape[1]) * spread(X, shares)
    for _ in range(ROUNDS):
        means = shrunken_means(X, shares, texts @ covariance, float(np.trace(covariance)))
        centre, around, trust = means
        residuals = X - centre - shares @ around
        covariance, _ = ledoit_wolf(residuals, assume_centered=True)
        covariance = around_true_means(covariance, labels, trust, X)
    return Gaussians(centre, around, covariance, trust)


def around_true_means(covariance: Array, labels: Array, trust: float, X: Array) -> Array:
    """Return what a covariance [d, d] of pictures around fitted means is around the true ones.

    Fitted means lie too close to their pictures: as many of these as the means took are not free.

    Args:
        covariance: of the pictures around the means that were fitted to them.
        labels: how many pictures each mean was fitted to [k].
        trust: for how many more its text counted.
        X: the pictures [n, d].
    """
    free = max(1 - float((labels / (labels + trust)).sum()) / len(X), LEAST_FREE)
    return covariance / free + np.eye(X.shape[1]) * _tiny(X)


class Means(NamedTuple):
    """Class means ``centre`` [d] + ``around`` [k, d]; for how many labels a text counts."""

    centre: Array
    around: Array
    trust: float


def shrunken_means(X: Array, shares: Array, texts: Array, noise: float | None = None) -> Means:
    """Draw the mean of each class from its pictures towards its text, as far as texts are right.

    Args:
        X: pictures [n, d].
        shares: the outcomes of each [n, k]; rows sum to 1.
        texts: where the texts put the means [k, d], but for a shift and a factor.
        noise: mean squared distance of a picture to the mean of its class; None: estimated.
    """
    labels = shares.sum(axis=0)
    if noise is None:
        noise = spread(X, shares) * X.shape[1]
    told = shares @ texts
    told_around, around = told - told.mean(axis=0), X - X.mean(axis=0)
    size = max(float(np.sum(told_around**2)), _tiny(X))
    factor = max(float(np.sum(told_around * around)) / size, LEAST_FACTOR)
    centre = X.mean(axis=0) - factor * told.mean(axis=0)
    found = shares.T @ (X - centre) / np.maximum(labels, 1e-9)[:, None]
    seen = labels > 0.5
    apart = np.sum((found - factor * texts) ** 2, axis=1)[seen] - noise / labels[seen]
    known = labels[seen] / (labels[seen] + 1)
    trust = float(np.clip(noise / max(np.average(apart, weights=known), 1e-12), *TRUST))
    drawn = labels[:, None] * found + trust * factor * texts
    return Means(centre, drawn / (labels + trust)[:, None], trust)


def spread(X: Array, shares: Array) -> float:
    """Variance per dimension around the means of the classes, or, with few labels, around one."""
    labels = shares.sum(axis=0)
    freedom = len(X) - int((labels > 0.5).sum())
    if freedom < 5:
        return max(float(X.var(axis=0).mean()), _tiny(X))
    means = shares.T @ X / np.maximum(labels, 1e-9)[:, None]
    return max(float(np.sum((X - shares @ means) ** 2)) / freedom / X.shape[1], _tiny(X))


def _tiny(X: Array) -> float:
    """A variance that is nothing beside the pictures' own, but keeps a matrix invertible."""
    return 1e-9 * max(float(np.mean(X**2)), 1e-12)
