"""Simulated projects for the benchmarks of auto-accept: scores of a frozen head, and who is wrong.

`feature_head` makes pictures' features and a head that is right at about 91.5 % of them; the others
draw scores and errors directly, which is fast enough for thousands of projects. All are pure
functions of a generator.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ITEMS = 10_000
CENTRE, SPREAD = 4.787, 3.0
"""Of the scores' log-odds: a calibrated head that is right at 91.5 %."""

Project = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Scores float64 [n], wrong bool [n]."""


def calibrated(generator: np.random.Generator, alpha: float = 0.0) -> Project:  # noqa: ARG001
    """A head whose scores are the probabilities of being right; 91.5 % are."""
    scores = 1 / (1 + np.exp(-(CENTRE + SPREAD * generator.standard_normal(ITEMS))))
    return scores, generator.random(ITEMS) > scores


def boasting(generator: np.random.Generator, alpha: float) -> Project:
    """The same head with scores that are far too high."""
    scores, wrong = calibrated(generator, alpha)
    return scores**0.2, wrong


def modest(generator: np.random.Generator, alpha: float) -> Project:
    """The same head with scores that are far too low."""
    scores, wrong = calibrated(generator, alpha)
    return scores**3, wrong


def drifting(generator: np.random.Generator, alpha: float) -> Project:
    """Half of the frame came later and looks different: as sure as before, but wrong oftener."""
    scores, wrong = calibrated(generator, alpha)
    later = generator.random(ITEMS) < 0.5
    return scores, wrong | (later & (generator.random(ITEMS) < 2.5 * alpha))


def clueless(generator: np.random.Generator, alpha: float) -> Project:  # noqa: ARG001
    """Scores that say nothing about who is wrong."""
    return generator.random(ITEMS), generator.random(ITEMS) < 0.085


def just_too_bad(generator: np.random.Generator, alpha: float) -> Project:
    """Clueless scores and an error barely above the wish: every acceptance breaks it."""
    wrong = np.zeros(ITEMS, bool)
    wrong[generator.permutation(ITEMS)[: int(1.1 * alpha * ITEMS)]] = True
    return generator.random(ITEMS), wrong


def inverted(generator: np.random.Generator, alpha: float) -> Project:
    """A head that is surest where it errs: too many wrong ones above, few below."""
    scores = generator.random(ITEMS)
    return scores, generator.random(ITEMS) < alpha * (0.4 + 1.2 * scores)


SETTINGS: dict[str, Callable[[np.random.Generator, float], Project]] = {
    of.__name__: of
    for of in (calibrated, boasting, modest, drifting, clueless, just_too_bad, inverted)
}


def feature_head(generator: np.random.Generator) -> Project:
    """Features of 50 classes with a long tail, and a head from few labels: about 91.5 % right."""
    classes, width = 50, 48
    shares = 1 / np.arange(1, classes + 1) ** 0.7
    truth = generator.choice(classes, ITEMS, p=shares / shares.sum())
    means = generator.standard_normal((classes, width))
    features = means[truth] + 1.33 * generator.standard_normal((ITEMS, width))
    learned = means + 0.62 * generator.standard_normal((classes, width))
    logits = features @ learned.T - 0.5 * (learned**2).sum(axis=1)
    logits = 0.33 * (logits - logits.max(axis=1, keepdims=True))
    odds = np.exp(logits)
    return odds.max(axis=1) / odds.sum(axis=1), odds.argmax(axis=1) != truth
