"""How much a learned classifier counts beside the one that it began with."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from labeling.heads.shrinkage import Array, Line, Loss


@dataclass(frozen=True)
class Mix:
    """Factors of the learned and of the base logits, and a bias for each outcome [k]."""

    learned: float
    base: float
    bias: Array

    def line(self, learned: Line, base: Line) -> Line:
        """Return the two classifiers as the one that they are together."""
        return Line(
            self.learned * learned.weights + self.base * base.weights,
            self.learned * learned.intercept + self.base * base.intercept + self.bias,
        )


def fit_mix(learned: Array, base: Array, loss: Loss, biased: bool = True) -> Mix:
    """Fit factors, at least 0, and biases by penalised maximum likelihood, around the base alone.

    Each is normally distributed with a standard deviation of 1: the learned factor around 0, that
    of the base around 1, biases (logits) around 0.

    Args:
        learned: logits [n, k] that each picture got from a classifier that never saw its label.
        base: its logits [n, k] by what is known without (zero-shot, or a simpler classifier that
            never saw the label either).
        loss: summed loss of n rows.
        biased: whether there are biases; without, they are 0 (where the base has its own).
    """
    start = np.zeros(2 + biased * learned.shape[1])
    start[1] = 1.0

    def objective(flat: Array) -> tuple[float, Array]:
        value, slope = loss(flat[0] * learned + flat[1] * base + (flat[2:] if biased else 0.0))
        of_biases = slope.sum(axis=0) if biased else []
        gradient = np.array([(slope * learned).sum(), (slope * base).sum(), *of_biases])
        moved = flat - start
        return value + 0.5 * float(moved @ moved), gradient + moved

    bounds = [(0, None)] * 2 + [(None, None)] * (len(start) - 2)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Mix(float(found[0]), float(found[1]), found[2:] if biased else np.zeros(base.shape[1]))
