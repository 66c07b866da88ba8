"""How much a learned classifier counts beside zero-shot."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from labeling.heads.shrinkage import Array, Loss


@dataclass(frozen=True)
class Mix:
    """Factors of the learned and of the zero-shot logits, and a bias for each outcome [k]."""

    learned: float
    zero_shot: float
    bias: Array


def fit_mix(learned: Array, zero_shot: Array, loss: Loss) -> Mix:
    """Fit factors, at least 0, and biases by penalised maximum likelihood, around zero-shot alone.

    Each is normally distributed with a standard deviation of 1: the learned factor around 0, that
    of zero-shot around 1, biases (logits) around 0.

    Args:
        learned: logits [n, k] that each picture got from a classifier that never saw it.
        zero_shot: its zero-shot logits [n, k].
        loss: summed loss of n rows.
    """
    start = np.zeros(2 + learned.shape[1])
    start[1] = 1.0

    def objective(flat: Array) -> tuple[float, Array]:
        value, slope = loss(flat[0] * learned + flat[1] * zero_shot + flat[2:])
        of_factors = [(slope * learned).sum(), (slope * zero_shot).sum()]
        gradient = np.concatenate([of_factors, slope.sum(axis=0)])
        moved = flat - start
        return value + 0.5 * float(moved @ moved), gradient + moved

    bounds = [(0, None)] * 2 + [(None, None)] * learned.shape[1]
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Mix(float(found[0]), float(found[1]), found[2:])
