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
Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """A coefficient, at most 1 (all agree), 0 where agreement is what chance gives.

    ``low`` and ``high`` are the 95 % percentile bootstrap over ``n`` items; None where resampling
    leaves the coefficient undefined too often, or tells nothing since all agree.
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
    return _with_interval(_counts(answers[given == usual]), _fleiss, "Fleiss' kappa", seed)


def krippendorff(answers: Answers, seed: int = 0) -> Agreement | None:
    """Krippendorff's alpha for nominal answers (Content Analysis, 2nd edition, 2004, chapter 11).

    Args:
        answers: int [n, r], outcomes by person, MISSING where there is none.
        seed: of the bootstrap.

    Returns:
        None where no item has two answers, or only one outcome was ever given.
    """
    several = answers[(answers != MISSING).sum(axis=1) >= 2]
    if not len(several):
        return None
    return _with_interval(_counts(several), _krippendorff, "Krippendorff's alpha, nominal", seed)


def _with_interval(
    rows: Answers, coefficient: Callable[[Answers, Weights], Weights], name: str, seed: int
) -> Agreement | None:
    """The coefficient of all items, and of resamples of them: items of one kind are drawn at once.

    ``coefficient`` takes kinds of items [p, …] and how often each is there float [b, p], and gives
    [b], NaN where it is not defined.
    """
    n = len(rows)
    if not n:
        return None
    kinds, often = np.unique(rows, axis=0, return_counts=True)
    [estimate] = coefficient(kinds, often[None, :].astype(np.float64))
    if np.isnan(estimate):
        return None
    draws = np.random.default_rng(seed).multinomial(n, often / n, size=RESAMPLES)
    values = coefficient(kinds, draws.astype(np.float64))
    defined = values[~np.isnan(values)]
    low, high = (None, None)
    if len(defined) > RESAMPLES / 2 and defined.min() < defined.max():
        low, high = (float(v) for v in np.percentile(defined, [2.5, 97.5]))
    method = f"{name}; bootstrap over items, 95 %"
    return Agreement(float(estimate), low, high, n, method)


def _counts(answers: Answers) -> NDArray[np.int64]:
    """How often each outcome was given to each item: int64 [n, outcomes]."""
    outcomes = np.unique(answers[answers != MISSING])
    return np.stack([(answers == one).sum(axis=1) for one in outcomes], axis=1)


def _chance_corrected(observed: Weights, by_chance: Weights) -> Weights:
    defined = by_chance < 1
    room = np.where(defined, 1 - by_chance, 1.0)
    return np.where(defined, (observed - by_chance) / room, np.nan)


def _cohen(pairs: Answers, often: Weights) -> Weights:
    outcomes = np.unique(pairs)
    n = often.sum(axis=1)
    first, second = (often @ (pairs[:, person, None] == outcomes) / n[:, None] for person in (0, 1))
    observed = often @ (pairs[:, 0] == pairs[:, 1]) / n
    return _chance_corrected(observed, (first * second).sum(axis=1))


def _fleiss(counts: Answers, often: Weights) -> Weights:
    r = counts[0].sum()
    alike = (counts * (counts - 1)).sum(axis=1) / (r * (r - 1))
    by_outcome = often @ counts
    shares = by_outcome / by_outcome.sum(axis=1, keepdims=True)
    return _chance_corrected(often @ alike / often.sum(axis=1), (shares**2).sum(axis=1))


def _krippendorff(counts: Answers, often: Weights) -> Weights:
    given = counts.sum(axis=1)
    total = often @ given
    differing = often @ ((given**2 - (counts**2).sum(axis=1)) / (given - 1)) / total
    by_outcome = often @ counts
    by_chance = (total**2 - (by_outcome**2).sum(axis=1)) / (total * (total - 1))
    defined = by_chance > 0
    return np.where(defined, 1 - differing / np.where(defined, by_chance, 1.0), np.nan)
