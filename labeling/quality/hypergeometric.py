"""How many of a finite population are wrong, from a uniform draw of it without replacement. Exact.

The population is fixed and so is who is wrong in it; only the draw is random. The bounds invert
the hypergeometric test (Buonaccorsi, A note on confidence intervals for proportions in finite
populations, The American Statistician 41, 1987).
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]


def most_wrong(population: int, drawn: int, wrong: int, delta: float) -> int:
    """Upper bound on the wrong ones of the population, the drawn ones included.

    Args:
        population: how many there are.
        drawn: how many of them were drawn, 0 to `population`.
        wrong: how many of the drawn are wrong, 0 to `drawn`.
        delta: how often the bound may be too low, above 0 and below 1.

    Returns:
        The largest number of wrong ones under which `wrong` or fewer are drawn with a probability
        above `delta`.

    Raises:
        ValueError: the counts contradict each other.
    """
    _check(population, drawn, wrong)
    low, high = wrong, population - drawn + wrong
    while low < high:
        middle = (low + high + 1) // 2
        if tail(population, middle, drawn, wrong) > delta:
            low = middle
        else:
            high = middle - 1
    return low


def least_wrong(population: int, drawn: int, wrong: int, delta: float) -> int:
    """Lower bound on the wrong ones of the population; arguments and errors as `most_wrong`."""
    return population - most_wrong(population, drawn, drawn - wrong, delta)


def tail(population: int, wrong: int, drawn: int, most: int) -> float:
    """The probability that at most `most` of `drawn` are wrong, where `wrong` of all are."""
    return float(tails(np.array([population]), np.array([wrong]), np.array([drawn]), most)[0, -1])


def critical(population: ArrayLike, drawn: ArrayLike, allowed: ArrayLike, delta: float) -> Counts:
    """The most wrong ones in a draw which still show that at most `allowed` are wrong in all.

    The test of "more than `allowed` are wrong" at level `delta`, for many populations at once.

    Args:
        population: int [T].
        drawn: int [T], 0 to `population`.
        allowed: int [T], wrong ones that may be in the population, at least 0.
        delta: how often a draw may show it falsely, above 0 and below 1.

    Returns:
        int [T]; −1 where no draw of that size can show it, `drawn` where it is true anyway.
    """
    sizes, draws = np.atleast_1d(np.asarray(population)), np.atleast_1d(np.asarray(drawn))
    least_false = np.atleast_1d(np.asarray(allowed)) + 1
    possible = least_false <= sizes
    false = np.where(possible, least_false, 0)
    expected = draws * false / np.maximum(sizes, 1)
    table = tails(sizes, false, draws, int(np.ceil(expected.max(initial=0))) + 1)
    return np.where(possible, (table <= delta).sum(axis=1) - 1, draws).astype(np.int64)


def tails(population: Counts, wrong: Counts, drawn: Counts, most: int) -> NDArray[np.float64]:
    """Probabilities that at most 0, 1, … `most` of the drawn are wrong.

    Args:
        population: int [T].
        wrong: int [T], 0 to `population`.
        drawn: int [T], 0 to `population`.
        most: at least 0.

    Returns:
        float64 [T, most + 1], each row ascending to at most 1.
    """
    size, bad, draw = (np.asarray(of)[:, None].astype(float) for of in (population, wrong, drawn))
    found = np.arange(most + 1)[None, :].astype(float)
    possible = (found <= np.minimum(bad, draw)) & (draw - found <= size - bad)
    with np.errstate(invalid="ignore", divide="ignore"):
        log = _log_choose(bad, found) + _log_choose(size - bad, draw - found)
        each = np.where(possible, np.exp(log - _log_choose(size, draw)), 0.0)
    return np.minimum(np.cumsum(each, axis=1), 1.0)


def error_free(alpha: float, delta: float) -> int:
    """How many right ones in a row show an error of at most `alpha` in a population without end.

    149 for 2 % at δ = 5 %, 299 for 1 %.
    """
    return math.ceil(math.log(delta) / math.log1p(-alpha))


def _log_choose(n: NDArray[np.float64], k: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import gammaln  # not with the command line: it takes 0.3 s to load

    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _check(population: int, drawn: int, wrong: int) -> None:
    if not 0 <= wrong <= drawn <= population:
        raise ValueError(f"{wrong} wrong of {drawn} drawn of {population} can't be")
