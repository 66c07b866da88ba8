"""Zero-shot with a fitted temperature and class bias: the smallest step away from it."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from labeling.heads.base import PriorHead, SingleLabel, Vectors
from labeling.heads.shrinkage import Array, Line, group_loss


class CalibratedHead(SingleLabel, PriorHead):
    """Zero-shot logits z become ``exp(t) · z + b``; t and each class's b are shrunk to 0.

    "Bias-corrected temperature scaling" (Alexandari, Kundaje and Shrikumar, ICML 2020), with
    normal priors in place of a separate calibration set. It never changes which picture is more
    like a class than another, only how much is believed and how frequent a class is.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
        temperature_sd: how far t may move, in e-folds.
        bias_sd: how far each b may move, in logits.
    """

    def __init__(
        self,
        class_vectors: Vectors,
        scale: float = 1.0,
        bias: float | None = None,
        background: Vectors | None = None,
        temperature_sd: float = 0.7,
        bias_sd: float = 1.0,
    ) -> None:
        super().__init__(class_vectors, scale, bias, background)
        self.temperature_sd = temperature_sd
        self.bias_sd = bias_sd

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        prior = self.prior
        logits, loss = prior(X.astype(np.float64)), group_loss(allowed)

        def objective(flat: Array) -> tuple[float, Array]:
            factor = np.exp(self.temperature_sd * flat[0])
            value, slope = loss(factor * logits + self.bias_sd * flat[1:])
            by_factor = self.temperature_sd * factor * (slope * logits).sum()
            gradient = np.append(by_factor, self.bias_sd * slope.sum(axis=0))
            return value + 0.5 * float(flat @ flat), gradient + flat

        start = np.zeros(1 + self.outcomes)
        found = minimize(objective, start, jac=True, method="L-BFGS-B").x if len(X) else start
        factor, shift = np.exp(self.temperature_sd * found[0]), self.bias_sd * found[1:]
        self.line_ = Line(factor * prior.weights, factor * prior.intercept + shift)
