"""Maps from raw to calibrated probabilities, by name.

Each method has a ``fit`` from held-out probabilities to parameters that JSON can hold, and an
``apply``. Shapes are those of a head's answers: probabilities float [n, k], of k classes, or of
outcomes that sum to 1 in a single-label project (with "none of these" last where it is one).

- **temperature** (Guo et al., On calibration of modern neural networks, ICML 2017), shrunk towards
  1: log T is normally distributed around 0 a priori, so that few labels move it little. Yes-or-no
  questions share a shift as well (Platt, 1999), shrunk towards 0.
- **beta** (Kull, Silva Filho and Flach, Beta calibration, AISTATS 2017): each class has a map of
  its own, shrunk towards the identity.
- **isotonic** (Zadrozny and Elkan, KDD 2002), class by class, linear between the centres of its
  steps (Oron and Flournoy, Centered isotonic regression, 2017), so that ranks survive.

The last two need hundreds of labels. A class with few positive or negative labels takes the shared
temperature, and single-label rows are divided by their sum in the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, log_expit, log_softmax, logit, softmax

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
Parameters = Mapping[str, Any]

TINY = 1e-7
"""Probabilities are kept this far from 0 and 1 in a fit: one surprise never decides alone."""
LEAST = 1e-30
"""Probabilities are kept above this where a map is applied, so that small ones keep their order."""
TEMPERATURE_SD = 0.25
"""Standard deviation of log T a priori: within 0.6 and 1.6 with 95 %."""
SHIFT_SD = 0.5
"""Standard deviation of the shift of yes-or-no logits a priori."""
BETA_SD = 1.0
"""Standard deviation of the three parameters of a class a priori, around the identity."""
OWN_MAP_FROM = 10
"""A class has a map of its own from this many positive and as many negative labels."""
PER_CLASS_FROM = 500
"""Labels from which on maps class by class are tried; with fewer they do worse than none."""


@dataclass(frozen=True)
class Method:
    """A way to calibrate.

    Args:
        fit: from probabilities [n, k], truth bool [n, k] and whether the questions are
            independent (multi-label), to parameters.
        apply: from parameters, probabilities [n, k] and the same flag, to probabilities [n, k].
        labels_from: labelled pictures from which on it is tried.
    """

    fit: Callable[[Floats, Bools, bool], dict[str, Any]]
    apply: Callable[[Parameters, Floats, bool], NDArray[np.float64]]
    labels_from: int


def fit_temperature(shares: Floats, holds: Bools, several: bool) -> dict[str, Any]:
    """Return ``{"temperature": above 0, "shift": logits}``; the shift of single-label rows is 0."""
    raw = _logits(shares, several, TINY)

    def loss(at: NDArray[np.float64]) -> float:
        prior = 0.5 * (at[0] / TEMPERATURE_SD) ** 2 + 0.5 * (at[1] / SHIFT_SD) ** 2
        scaled = raw * np.exp(-at[0])
        if several:
            signed = np.where(holds, 1, -1) * (scaled + at[1])
            return float(prior - log_expit(signed).sum())
        return float(prior - log_softmax(scaled, axis=1)[holds].sum())

    found = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)]).x
    return {"temperature": float(np.exp(found[0])), "shift": float(found[1]) if several else 0.0}


def apply_temperature(parameters: Parameters, shares: Floats, several: bool) -> NDArray[np.float64]:
    """Divide the logits by the temperature and add the shift."""
    scaled = _logits(shares, several, LEAST) / parameters["temperature"] + parameters["shift"]
    return np.asarray(expit(scaled) if several else softmax(scaled, axis=1))


def fit_beta(shares: Floats, holds: Bools, several: bool) -> dict[str, Any]:
    """Return the shared temperature and ``{"classes": {column: [a, b, c]}}``."""
    maps = {str(column): _beta_map(shares[:, column], holds[:, column]) for column in _rich(holds)}
    return fit_temperature(shares, holds, several) | {"classes": maps}


def _beta_map(share: Floats, holds: Bools) -> list[float]:
    """The most probable a ≥ 0, b ≥ 0 and c of ``logit = a ln s − b ln(1 − s) + c``."""
    clipped = np.clip(share.astype(np.float64), TINY, 1 - TINY)
    sides = np.column_stack([np.log(clipped), -np.log1p(-clipped), np.ones(len(clipped))])
    signs = np.where(holds, 1.0, -1.0)
    identity = np.array([1.0, 1.0, 0.0])

    def objective(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        signed = signs * (sides @ at)
        away = (at - identity) / BETA_SD
        value = 0.5 * float(away @ away) - float(log_expit(signed).sum())
        return value, away / BETA_SD - sides.T @ (signs * expit(-signed))

    bounds = [(0, None), (0, None), (None, None)]
    found = minimize(objective, identity, jac=True, method="L-BFGS-B", bounds=bounds).x
    return [float(one) for one in found]


def apply_beta(parameters: Parameters, shares: Floats, several: bool) -> NDArray[np.float64]:
    """Map each class by its own curve."""

    def curve(own: list[float], share: Floats) -> Floats:
        clipped = np.clip(share.astype(np.float64), TINY, 1 - TINY)
        return np.asarray(expit(own[0] * np.log(clipped) - own[1] * np.log1p(-clipped) + own[2]))

    return _class_by_class(parameters, shares, several, curve)


def fit_isotonic(shares: Floats, holds: Bools, several: bool) -> dict[str, Any]:
    """Return the shared temperature and ``{"classes": {column: [scores, shares]}}``, ascending."""
    maps = {
        str(column): _isotonic_map(shares[:, column], holds[:, column]) for column in _rich(holds)
    }
    return fit_temperature(shares, holds, several) | {"classes": maps}


def _isotonic_map(share: Floats, holds: Bools) -> list[list[float]]:
    """Centres of the steps of the isotonic fit, and their heights.

    Heights are kept half a label away from 0 and 1: n looks can't tell a rarer event from none.
    Beyond the outer centres the map goes half of the way to 0 and 1, so that no two scores tie.
    """
    order = np.argsort(share, kind="stable")
    steps = isotonic_regression(holds[order].astype(np.float64))
    sizes = np.diff(steps.blocks)
    centres = np.add.reduceat(share[order].astype(np.float64), steps.blocks[:-1]) / sizes
    heights = np.clip(steps.x[steps.blocks[:-1]], 0.5 / (sizes + 1), 1 - 0.5 / (sizes + 1))
    low, high = heights[0] / 2, (1 + heights[-1]) / 2
    return [[0.0, *map(float, centres), 1.0], [float(low), *map(float, heights), float(high)]]


def apply_isotonic(parameters: Parameters, shares: Floats, several: bool) -> NDArray[np.float64]:
    """Map each class by its own steps."""

    def curve(own: list[list[float]], share: Floats) -> Floats:
        return np.interp(share, own[0], own[1])

    return _class_by_class(parameters, shares, several, curve)


def _class_by_class(
    parameters: Parameters,
    shares: Floats,
    several: bool,
    curve: Callable[[Any, Floats], Floats],
) -> NDArray[np.float64]:
    mapped = apply_temperature(parameters, shares, several)
    for column, own in parameters["classes"].items():
        mapped[:, int(column)] = curve(own, shares[:, int(column)])
    if several:
        return mapped
    mapped = np.maximum(mapped, LEAST)
    return np.asarray(mapped / mapped.sum(axis=1, keepdims=True))


def _rich(holds: Bools) -> NDArray[np.int64]:
    positive = holds.sum(axis=0)
    return np.flatnonzero(np.minimum(positive, len(holds) - positive) >= OWN_MAP_FROM)


def _logits(shares: Floats, several: bool, least: float) -> NDArray[np.float64]:
    clipped = np.clip(shares.astype(np.float64), least, 1 - TINY if several else 1.0)
    return np.asarray(logit(clipped) if several else np.log(clipped))


METHODS: dict[str, Method] = {
    "temperature": Method(fit_temperature, apply_temperature, 20),
    "beta": Method(fit_beta, apply_beta, PER_CLASS_FROM),
    "isotonic": Method(fit_isotonic, apply_isotonic, PER_CLASS_FROM),
}
"""Every method by its name."""
