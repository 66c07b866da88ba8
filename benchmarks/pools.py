"""A simulated pool of pictures and the simplest head that learns: for thousands of projects.

The head has one mean a class, shrunk towards that of its text, as a linear discriminant with a
spherical covariance has; fitting takes milliseconds. Pure functions of a generator.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TEXT_WEIGHT = 4.0
"""How many labels of a class its text counts for."""


@dataclass(frozen=True)
class Pool:
    """Features and truth.

    Args:
        features: float64 [n, d].
        truth: int64 [n], class positions.
        text: float64 [k, d], what the texts say where each class is.
        noise: the standard deviation of features around the mean of their class.
    """

    features: NDArray[np.float64]
    truth: NDArray[np.int64]
    text: NDArray[np.float64]
    noise: float


def pool(generator: np.random.Generator, items: int, classes: int = 20, noise: float = 1.1) -> Pool:
    """Classes with a long tail in 24 dimensions; zero-shot about 70 % right, taught about 95 %."""
    width = 24
    shares = 1 / np.arange(1, classes + 1) ** 0.7
    truth = generator.choice(classes, items, p=shares / shares.sum())
    means = generator.standard_normal((classes, width))
    features = means[truth] + noise * generator.standard_normal((items, width))
    text = means + 1.1 * generator.standard_normal((classes, width))
    return Pool(features, truth, text, noise)


def outcomes(of: Pool, labelled: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probabilities [n, k] from a head that was fitted to the items at some positions."""
    sums = TEXT_WEIGHT * of.text
    np.add.at(sums, of.truth[labelled], of.features[labelled])
    counts = np.bincount(of.truth[labelled], minlength=len(sums))
    means = sums / (TEXT_WEIGHT + counts)[:, None]
    logits = (of.features @ means.T - 0.5 * (means**2).sum(axis=1)) / of.noise**2
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def margins(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Best minus second-best outcome of each item: float64 [n]."""
    top = np.partition(probabilities, -2, axis=1)
    return top[:, -1] - top[:, -2]
