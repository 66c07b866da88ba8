"""Whether looks at what was accepted contradict that at most so many of it are wrong. Pure.

The looks may go on for ever and be asked about after each: the evidence is a test martingale
(Waudby-Smith and Ramdas, Confidence sequences for sampling without replacement, 2020), which is
above 1/risk at any time with at most that risk while the claim holds (Ville's inequality).
"""

from collections.abc import Sequence

import numpy as np

MULTIPLES = np.array([1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0, 40.0])
"""How many times as many wrong ones as claimed the evidence looks for, each of the same weight."""
MOST = 0.95
RISK = 0.05
"""How often a claim that holds may be contradicted."""


def evidence(wrong: Sequence[bool], population: int, claimed: int) -> float:
    """The strongest evidence, over all looks so far, that more than ``claimed`` are wrong.

    Args:
        wrong: what each look found, in the order of the draw without replacement.
        population: how many there are to be drawn from.
        claimed: how many of them are wrong at most, as the claim says.

    Returns:
        At least 1, the evidence of no look at all; infinite where more than ``claimed`` were found.

    Raises:
        ValueError: there are more looks than items.
    """
    if len(wrong) > population:
        raise ValueError(f"{len(wrong)} looks at {population} items can't be")
    log, strongest, found = np.zeros(len(MULTIPLES)), 0.0, 0
    for place, is_wrong in enumerate(wrong):
        found += is_wrong
        if found > claimed:
            return float("inf")
        share = (claimed - found + is_wrong) / (population - place)
        if share >= MOST:
            break
        other = np.minimum(MULTIPLES * share, MOST)
        log += np.log(other / share) if is_wrong else np.log((1 - other) / (1 - share))
        strongest = max(strongest, float(np.logaddexp.reduce(log) - np.log(len(log))))
    return float(np.exp(strongest))


def contradicts(wrong: Sequence[bool], population: int, claimed: int, risk: float = RISK) -> bool:
    """Whether looks contradict a claim; a claim that holds is contradicted with at most ``risk``.

    The other arguments are those of ``evidence``.
    """
    return evidence(wrong, population, claimed) >= 1 / risk
