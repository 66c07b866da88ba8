"""How much a learned classifier counts beside zero-shot."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from labeling.heads.shrinkage import Array, Loss

FACTOR_SD = 0.7
"""How far the learned logits' factor may move from 1, in e-folds."""
ZERO_SHOT_SD = 0.5
"""How far zero-shot's factor may move from 0."""
BIAS_SD = 1.0
"""How far a class's bias may move from 0, in logits."""


@dataclass(frozen=True)
class Mix:
    """Factors of the learned and of the zero-shot logits, and a bias for each outcome [k]."""

    learned: float
    zero_shot: float
    bias: Array


def fit_mix(learned: Array, zero_shot: Array, loss: Loss) -> Mix:
    """Fit factors and biases by penalised maximum likelihood, around "learned alone".

    Args:
        learned: logits [n, k] that each picture got from a classifier that never saw it.
        zero_shot: its zero-shot logits [n, k].
        loss: summed loss of n rows.
    """
    centred = zero_shot - zero_shot.mean(axis=1, keepdims=True)

    def objective(flat: Array) -> tuple[float, Array]:
        factor = np.exp(FACTOR_SD * flat[0])
        value, slope = loss(
            factor * learned + ZERO_SHOT_SD * flat[1] * centred + BIAS_SD * flat[2:]
        )
        gradient = np.concatenate(
            [
                [FACTOR_SD * factor * (slope * learned).sum()],
                [ZERO_SHOT_SD * (slope * centred).sum()],
                BIAS_SD * slope.sum(axis=0),
            ]
        )
        return value + 0.5 * float(flat @ flat), gradient + flat

    start = np.zeros(2 + learned.shape[1])
    found = minimize(objective, start, jac=True, method="L-BFGS-B").x
    return Mix(
        float(np.exp(FACTOR_SD * found[0])),
        float(ZERO_SHOT_SD * found[1]),
        BIAS_SD * found[2:],
    )
