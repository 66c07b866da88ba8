"""How much a learned classifier counts beside the one that it began with."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from labeling.heads.shrinkage import Array, Line, Loss

FACTOR_SPREAD = 0.3
"""Standard deviation of a factor that is held tightly: found in replays, as the means were."""


@dataclass(frozen=True)
class Mix:
    """Factors of the learned and of the base logits, and a bias for each outcome [k]."""

    learned: float
    base: float
    bias: Array

    def logits(self, learned: Array, base: Array) -> Array:
        """Return the logits [n, k] of both together, from those of each."""
        return self.learned * learned + self.base * base + self.bias

    def line(self, learned: Line, base: Line) -> Line:
        """Return the two classifiers as the one that they are together."""
        return Line(
            self.learned * learned.weights + self.base * base.weights,
            self.learned * learned.intercept + self.base * base.intercept + self.bias,
        )


def fit_mix(learned: Array, base: Array, loss: Loss) -> Mix:
    """Fit factors, at least 0, and biases by penalised maximum likelihood, around the base alone.

    Each is normally distributed with a standard deviation of 1: the learned factor around 0, that
    of the base around 1, biases (logits) around 0.

    Args:
        learned: logits [n, k] that each picture got from a classifier that never saw its label.
        base: its logits [n, k] by what is known without labels.
        loss: summed loss of n rows.
    """
    begin = np.zeros(2 + learned.shape[1])
    begin[1] = 1.0
    found = _fitted(learned, base, loss, begin, np.ones(len(begin)))
    return Mix(float(found[0]), float(found[1]), found[2:])


def fit_factors(learned: Array, base: Array, loss: Loss) -> Mix:
    """Fit factors as `fit_mix` does, around the learned classifier alone, without biases.

    They are normally distributed with a standard deviation of `FACTOR_SPREAD` around 1 and 0.
    Labels of pictures that both are sure of hardly tell which to believe, and most labels of a grid
    are such: what is believed without them decides.

    Args:
        learned: logits [n, k] that each picture got from a classifier that never saw its label.
        base: its logits [n, k] by a simpler one, with biases of its own, that never saw it either.
        loss: summed loss of n rows.
    """
    spread = np.full(2, FACTOR_SPREAD)
    found = _fitted(learned, base, loss, np.array([1.0, 0.0]), spread)
    return Mix(float(found[0]), float(found[1]), np.zeros(base.shape[1]))


def fit_addition(
    added: Array, base: Array, loss: Loss, spread: float = FACTOR_SPREAD
) -> tuple[float, float]:
    """Fit factors, at least 0, of what is added to a classifier and of that classifier.

    They are normally distributed around 0 with a standard deviation of 1, and around 1 with one of
    ``spread``.

    Args:
        added: logits [n, k] that each picture got without its label.
        base: its logits [n, k] by the classifier, without its label either.
        loss: summed loss of n rows.
        spread: of the classifier's factor.
    """
    found = _fitted(added, base, loss, np.array([0.0, 1.0]), np.array([1.0, spread]))
    return float(found[0]), float(found[1])


def _fitted(learned: Array, base: Array, loss: Loss, begin: Array, spread: Array) -> Array:
    """The most probable factors, and biases where ``begin`` has any, normal around ``begin``."""

    def objective(flat: Array) -> tuple[float, Array]:
        biases = flat[2:] if len(flat) > 2 else 0.0
        value, slope = loss(flat[0] * learned + flat[1] * base + biases)
        of_biases = slope.sum(axis=0) if len(flat) > 2 else []
        gradient = np.array([(slope * learned).sum(), (slope * base).sum(), *of_biases])
        moved = (flat - begin) / spread
        return value + 0.5 * float(moved @ moved), gradient + moved / spread

    bounds = [(0, None)] * 2 + [(None, None)] * (len(begin) - 2)
    found: Array = minimize(objective, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found
