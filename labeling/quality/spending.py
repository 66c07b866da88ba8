"""How the risk of a false claim is spread over looks that were planned before the first."""

from collections.abc import Iterable, Sequence

POWER = 3
"""Little is spent early: a look at a third of the audit gets 4 % of δ."""


def spend(delta: float, looks: Sequence[int]) -> tuple[float, ...]:
    """What each planned look may spend of `delta`.

    The increments of δ·(n / n_last)³ (Kim and DeMets, Design and analysis of group sequential
    tests based on the type I error spending rate function, Biometrika 74, 1987). Each look tests at
    its own increment, so that all together are false with at most `delta`, however they depend on
    each other.

    Args:
        delta: the whole risk, above 0 and below 1.
        looks: how much is decided at each look: ascending, above 0.

    Returns:
        One share a look; their sum is `delta`.

    Raises:
        ValueError: there is no look, or they don't ascend.
    """
    if not looks or any(b <= a for a, b in zip((0, *looks), looks, strict=False)):
        raise ValueError(f"looks {list(looks)} don't ascend from above 0")
    spent = [delta * (n / looks[-1]) ** POWER for n in looks]
    return tuple(after - before for before, after in zip([0.0, *spent], spent, strict=False))


def together(risks: Iterable[float]) -> float:
    """The risk, 0 to 1, that any of several claims is false, however they depend on each other.

    The sum of their risks (Boole's inequality): claims that were tried for one after another are
    all counted, those that were not made too.
    """
    return min(1.0, sum(risks))
