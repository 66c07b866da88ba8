"""Agreement beyond chance: Cohen, Fleiss and Krippendorff, with bootstrap intervals over items."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MISSING = -2
"""Stands in a table of answers where somebody has not answered."""
RESAMPLES = 1_000

Answers = NDArray[np.integer]


@dataclass(frozen=True)
class Agreement:
    """A coefficient, at most 1 (all agree), 0 where agreement is what chance gives.

    ``low`` and ``high`` are the 95 % percentile bootstrap over ``n`` items; None where resampling
    leaves the coefficient undefined too often.
    """

    estimate: float
    low: float | None
    high: float | None
    n: int
    method: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        return asdict(self)


def cohen(answers: Answers, seed: int = 0) -> Agreement | None:
    """Cohen's kappa of two people (Educational and Psychological Measurement, 1960).

    Args:
        answers: int [n, 2], outcomes; rows with a MISSING answer do not count.
        seed: of the bootstrap.

    Returns:
        None where nothing was answered twice, or only one outcome was ever given.
    """
    both = answers[(answers != MISSING).all(axis=1)]
    return _with_interval(both, _cohen, "Cohen's kappa", seed)


def fleiss(answers: Answers, seed: int = 0) -> Agreement | None:
    """Fleiss' kappa of a fixed number of answers an item (Psychological Bulletin, 1971).

    Args:
        answers: int [n, r], outcomes by person; items that do not have the most usual number of
            answers do not count.
        seed: of the bootstrap.

    Returns:
        None where no item has two answers, or only one outcome was ever given.
    """
    given = (answers != MISSING).sum(axis=1)
    several = given[given >= 2]
    if not len(several):
        return None
    usual = np.bincount(several).argmax()
    return _with_interval(answers[given == usual], _fleiss, "Fleiss' kappa", seed)


def krippendorff(answers: Answers, seed: int = 0) -> Agreement | None:
    """Krippendorff's alpha for nominal answers (Content Analysis, 2nd edition, 2004, chapter 11).

    Args:
        answers: int [n, r], outcomes by person, MISSING where there is none.
        seed: of the bootstrap.

    Returns:
        None where no item has two answers, or only one outcome was ever given.
    """
    several = answers[(answers != MISSING).sum(axis=1) >= 2]
    return _with_interval(several, _krippendorff, "Krippendorff's alpha, nominal", seed)


def _with_interval(
    answers: Answers, coefficient: Callable[[Answers], float], name: str, seed: int
) -> Agreement | None:
    n = len(answers)
    estimate = coefficient(answers) if n else np.nan
    if np.isnan(estimate):
        return None
    draws = np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))
    values = np.array([coefficient(answers[rows]) for rows in draws])
    defined = values[~np.isnan(values)]
    low, high = (None, None)
    if len(defined) > RESAMPLES / 2:
        low, high = (float(v) for v in np.percentile(defined, [2.5, 97.5]))
    method = f"{name}; bootstrap over items, 95 %"
    return Agreement(float(estimate), low, high, n, method)


def _counts(answers: Answers) -> NDArray[np.int64]:
    """How often each outcome was given to each item: int64 [n, outcomes]."""
    outcomes = np.unique(answers[answers != MISSING])
    return np.stack([(answers == one).sum(axis=1) for one in outcomes], axis=1)


def _chance_corrected(observed: float, by_chance: float) -> float:
    return np.nan if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)


def _cohen(pairs: Answers) -> float:
    outcomes = np.unique(pairs)
    shares = [(pairs == one).mean(axis=0) for one in outcomes]
    by_chance = float(sum(first * second for first, second in shares))
    return _chance_corrected(float((pairs[:, 0] == pairs[:, 1]).mean()), by_chance)


def _fleiss(answers: Answers) -> float:
    counts = _counts(answers)
    r = counts[0].sum()
    observed = float(((counts * (counts - 1)).sum(axis=1) / (r * (r - 1))).mean())
    by_chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return _chance_corrected(observed, by_chance)


def _krippendorff(answers: Answers) -> float:
    counts = _counts(answers)
    given = counts.sum(axis=1)
    total = given.sum()
    differing = ((given**2 - (counts**2).sum(axis=1)) / (given - 1)).sum() / total
    by_outcome = counts.sum(axis=0)
    by_chance = (total**2 - (by_outcome**2).sum()) / (total * (total - 1))
    return np.nan if by_chance == 0 else float(1 - differing / by_chance)
