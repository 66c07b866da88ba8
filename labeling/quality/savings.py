"""How many decisions a policy saves against random order, on the project's own data. Pure.

Two learning curves: heads fitted to the first k labels that the policy asked for, and heads fitted
to the first k of a random order fixed at import. All are scored on the same blind audit items, so
differences between heads are known far better than either accuracy: whatever is drawn again for an
interval is drawn for both.

What is saved is counted in decisions: a page of the grid that was confirmed at once is one of them,
however many labels it gave; in random order each label takes one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import ndtri
from scipy.stats import binomtest

from labeling.quality.intervals import CONFIDENCE, clopper_pearson

CLIMB = 0.9
"""How much of the climb to the highest accuracy that both orders reached is compared.

Near their end learning curves are flat: where they cross a line there is left to chance."""
RESAMPLES = 500
"""How often the audit is drawn again."""
POINT_METHOD = "share of the blind audit items that the head gets right, Clopper-Pearson, 95 %"
DIFFERENCE_METHOD = (
    "both heads on the same blind audit items at equal numbers of labels: interval of the "
    "difference after Bonett and Price, 95 %; exact McNemar test"
)
SAVED_METHOD = (
    "decisions (a page confirmed at once is one) that each order took for nine tenths of the climb "
    "to the highest accuracy that both reached, read from their rising learning curves on the same "
    "blind audit items; interval from drawing these again, 95 %"
)


@dataclass(frozen=True)
class Curve:
    """Heads of one order on the same audit items.

    Args:
        labels: int [k], how many labels each was fitted to, or decisions those took, ascending.
        right: bool [k, n], whether each head is right at each audit item.
    """

    labels: NDArray[np.int64]
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Point:
    """The accuracy of a head, 0 to 1, from n audit items."""

    labels: int
    estimate: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """How much more accurate the policy's head is than that of the random order.

    Args:
        estimate: difference of the two accuracies, −1 to 1.
        low: low end of its 95 % interval.
        high: high end.
        p_value: how probably heads that are equally good differ as much.
        n: audit items.
        method: how it was found, for people.
    """

    estimate: float
    low: float
    high: float
    p_value: float
    n: int
    method: str = DIFFERENCE_METHOD


@dataclass(frozen=True)
class Saved:
    """Decisions saved to reach an accuracy.

    Args:
        accuracy: nine tenths of the climb to the highest that both orders reached.
        policy_labels: decisions the policy took to it, interpolated.
        control_labels: decisions the random order took.
        estimate: the second less the first; negative where the policy lost.
        low: low end of its 95 % interval.
        high: high end.
        more_than: whether the policy has got further than the random order ever did: what it saves
            at the accuracy it has now can't be counted yet.
        n: audit items.
        method: how it was found, for people.
    """

    accuracy: float
    policy_labels: float
    control_labels: float
    estimate: float
    low: float
    high: float
    more_than: bool
    n: int
    method: str = SAVED_METHOD


def points(curve: Curve) -> list[Point]:
    """The accuracies of a curve's heads, each with its exact 95 % interval (`POINT_METHOD`)."""
    found = []
    for labels, right in zip(curve.labels.tolist(), curve.right, strict=True):
        hits, n = int(right.sum()), len(right)
        low, high = clopper_pearson(hits, n)
        found.append(Point(labels, hits / n if n else 0.5, low, high, n))
    return found


def difference(policy: NDArray[np.bool_], control: NDArray[np.bool_]) -> Difference:
    """Two heads with equal numbers of labels on the same audit items.

    The interval is that of Bonett and Price (Adjusted Wald confidence interval for a difference of
    binomial proportions based on paired data, Journal of Educational and Behavioral Statistics 37,
    2012); the test McNemar's, from the binomial distribution.

    Args:
        policy: bool [n], whether the policy's head is right at each item.
        control: bool [n], whether that of the random order is.

    Raises:
        ValueError: the lengths differ.
    """
    if policy.shape != control.shape:
        raise ValueError("the heads were scored on different audit items")
    n = len(policy)
    ahead, behind = int((policy & ~control).sum()), int((control & ~policy).sum())
    gained, lost = (ahead + 1) / (n + 2), (behind + 1) / (n + 2)
    middle = gained - lost
    half = ndtri((1 + CONFIDENCE) / 2) * np.sqrt((gained + lost - middle**2) / (n + 2))
    differing = ahead + behind
    p_value = float(binomtest(ahead, differing).pvalue) if differing else 1.0
    return Difference(
        estimate=(ahead - behind) / n if n else 0.0,
        low=max(-1.0, float(middle - half)),
        high=min(1.0, float(middle + half)),
        p_value=p_value,
        n=n,
    )


def saved(policy: Curve, control: Curve, seed: int = 0) -> Saved | None:
    """Decisions saved so far.

    Args:
        policy: heads of the policy's order, by decisions.
        control: heads of the random order.
        seed: of drawing the audit again.

    Returns:
        None where an order has no head or the audit no decided item.

    Raises:
        ValueError: the curves were scored on different audit items.
    """
    n = policy.right.shape[1]
    if n != control.right.shape[1]:
        raise ValueError("the curves were scored on different audit items")
    if not n or not len(policy.labels) or not len(control.labels):
        return None
    generator = np.random.default_rng(seed)
    weights = np.vstack(
        [np.ones(n, np.int64), generator.multinomial(n, np.full(n, 1 / n), RESAMPLES)]
    )
    shares = [weights @ curve.right.T / n for curve in (policy, control)]
    found = [
        _matched(policy.labels, ours, control.labels, theirs)
        for ours, theirs in zip(*shares, strict=True)
    ]
    accuracy, took, control_took, further = found[0]
    again = [theirs - ours for _, ours, theirs, _ in found[1:]]
    low, high = np.quantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Saved(
        accuracy=accuracy,
        policy_labels=took,
        control_labels=control_took,
        estimate=control_took - took,
        low=float(low),
        high=float(high),
        more_than=further,
        n=n,
    )


def _matched(
    policy_labels: NDArray[np.int64],
    policy: NDArray[np.float64],
    control_labels: NDArray[np.int64],
    control: NDArray[np.float64],
) -> tuple[float, float, float, bool]:
    """The accuracy to compare at, the labels each took, and whether the policy got further."""
    ours, theirs = isotonic_regression(policy).x, isotonic_regression(control).x
    start = float(max(ours[0], theirs[0]))
    accuracy = start + CLIMB * max(0.0, float(min(ours[-1], theirs[-1])) - start)
    took = _reach(policy_labels, ours, accuracy)
    control_took = _reach(control_labels, theirs, accuracy)
    return accuracy, took, control_took, bool(ours[-1] > theirs[-1])


def _reach(labels: NDArray[np.int64], rising: NDArray[np.float64], accuracy: float) -> float:
    """The labels at which a rising curve first has an accuracy that it reaches."""
    at = int(np.argmax(rising >= accuracy - 1e-12))
    if at == 0:
        return float(labels[0])
    step = (accuracy - rising[at - 1]) / (rising[at] - rising[at - 1])
    return float(labels[at - 1] + min(step, 1.0) * (labels[at] - labels[at - 1]))
