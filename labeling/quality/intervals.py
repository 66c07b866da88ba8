"""Intervals for shares that were counted."""

from scipy.special import betaincinv

CONFIDENCE = 0.95


def clopper_pearson(hits: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval for a share of which ``hits`` in ``n`` independent looks were seen.

    It covers the true share with at least ``confidence``, whatever the share and however few the
    looks (Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of
    the binomial, Biometrika 26, 1934).

    Args:
        hits: how often it was seen, 0 to ``n``.
        n: how many looks there were; with 0 nothing is known: the interval is 0 to 1.
        confidence: between 0 and 1; each side gets half of what it leaves.

    Returns:
        (low, high), 0 ≤ low ≤ hits / n ≤ high ≤ 1.

    Raises:
        ValueError: ``hits`` is not between 0 and ``n``.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    tail = (1 - confidence) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high
