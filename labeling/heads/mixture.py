"""A mixture of Gaussian classes, fitted to labelled and unlabelled pictures together."""

from typing import NamedTuple, Self

import numpy as np
from scipy.special import softmax

from labeling.heads.base import Vectors
from labeling.heads.gaussians import Gaussians, around_true_means, shrunken_means, spread
from labeling.heads.shrinkage import Array, Line

ROUNDS = 3
"""Steps of expectation and maximisation. More gained nothing in replays: where classes are no
Gaussians, each step leads further from the labels."""


class Unlabelled(NamedTuple):
    """Pictures without labels: float64 [m, d], and their second moments [d, d]."""

    vectors: Array
    second: Array

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Return pictures ready for several fits."""
        exact = np.asarray(vectors, dtype=np.float64)
        return cls(exact, exact.T @ exact)


def fit_mixture(X: Array, shares: Array, pool: Unlabelled, start: Line, slopes: Array) -> Line:
    """Fit by expectation maximisation (Dempster, Laird and Rubin 1977); return its log posteriors.

    Labelled pictures keep their outcome, the others are shared out anew in each step, as by Nigam
    et al. (Text classification from labeled and unlabeled documents using EM, Machine Learning
    2000); for the vectors of CLIP see Zanella, Gérin and Ben Ayed (Boosting vision-language models
    with transduction, NeurIPS 2024). The pool tells what labels can't for long: how the pictures
    of a class vary around its mean, and how frequent each class is, which is not what labels that a
    policy picked look like.

    Args:
        X: labelled pictures [n, d].
        shares: the outcomes of each [n, k]; rows sum to 1.
        pool: unlabelled pictures, at least 2.
        start: the classifier that shares them out first.
        slopes: weights [k, d] of the zero-shot classifier, towards which means are drawn (see
            `fit_gaussians`).
    """
    both = np.concatenate([X, pool.vectors])
    second = X.T @ X + pool.second
    texts = slopes - slopes.mean(axis=0)
    line, covariance = start, None
    for _ in range(ROUNDS):
        told = np.concatenate([shares, softmax(line(pool.vectors), axis=1)])
        if covariance is None:
            covariance = np.eye(both.shape[1]) * spread(both, told)
        gaussians = _maximised(both, told, second, texts, covariance)
        covariance = gaussians.covariance
        counts = told.sum(axis=0)
        frequency = np.log((counts + 1) / (counts.sum() + len(counts)))
        line = Line(gaussians.line.weights, gaussians.line.intercept + frequency)
    return line


def _maximised(
    both: Array, told: Array, second: Array, texts: Array, covariance: Array
) -> Gaussians:
    """Means and covariance under which pictures with these outcomes are most probable.

    The covariance comes from second moments, so that a step costs no product of pictures × d × d.
    """
    noise = float(np.trace(covariance))
    centre, around, trust = shrunken_means(both, told, texts @ covariance, noise)
    means, counts = centre + around, told.sum(axis=0)
    crossed = (told.T @ both).T @ means
    scatter = second - crossed - crossed.T + (means.T * counts) @ means
    found = _oracle_shrunken(scatter / len(both), len(both))
    return Gaussians(centre, around, around_true_means(found, counts, trust, both), trust)


def _oracle_shrunken(covariance: Array, n: int) -> Array:
    """Draw a covariance of n pictures towards a sphere, as far as n leaves it uncertain.

    "OAS" of Chen, Wiesel, Eldar and Hero (Shrinkage algorithms for MMSE covariance estimation,
    IEEE Transactions on Signal Processing 2010), which needs no pictures, only their number.
    """
    d = len(covariance)
    square, trace = float(np.sum(covariance**2)), float(np.trace(covariance))
    excess = (n + 1) * (square - trace**2 / d)
    share = 1.0 if excess <= 0 else min(1.0, (square + trace**2) / excess)
    return np.asarray((1 - share) * covariance + share * trace / d * np.eye(d))
