"""When work can stop: how right the dataset would be if it did now, and what more would add. Pure.

A policy takes the hard items first, so what is undecided is easier than the audit that was drawn
at import. The way out is to let the policy rank audit items along with all others, without telling
it which they are, and to note which of them it has *passed*: those that it ranked above an item
that was decided since. Given everything that was decided, each set of as many items among the
undecided ones and the audit items that were not passed could equally well have been the audit: had
it been, the same items would have been decided. So the audit items not passed are a uniform draw
from both together, whatever the policy and whatever the head, and the interval is hypergeometric
and exact. Items decided in an order that was random beforehand (control) change nothing in this.

Prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382, 2023)
on the same draw gives intervals that are a tenth narrower where errors are many, and that cover
far too seldom where they are few; an audit taken whole covers next to never once the policy has
worked (benchmarks.stop_signal).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.quality.hypergeometric import least_wrong, most_wrong
from labeling.quality.intervals import CONFIDENCE

FIRST_LOOK = 100
"""Decisions until the signal may first say stop."""
GROWTH = 1.25
"""How many times as many decisions there are at each further look."""
TREND = 4
"""How many of the last heads tell what the next decisions add."""
RESAMPLES = 500
"""How often the audit is drawn again for the interval of the gain."""

METHOD = (
    "labels of people, and the head for the rest; its errors from the blind audit items that the "
    "policy has not passed, a uniform draw from them and the undecided together: exact "
    "hypergeometric interval, {confidence:.3g} %"
)
LOOK_METHOD = METHOD + ", which makes 95 % over all planned looks together, later imports' too"
GAIN_METHOD = (
    "trend of the errors that the last {heads} heads left, all on the same blind audit items; "
    "interval from drawing these and each head's errors again; a forecast, no guarantee"
)


@dataclass(frozen=True)
class Remaining:
    """What is not decided, and how the head does on the audit items like it.

    One for all, where each item had the same chance to be drawn for the audit and to be answered;
    otherwise one a stratum (`quality.strata`): audit items of one tell nothing of another's.

    Args:
        items: items of the dataset, or of these imports; at least 1.
        undecided: those that neither people decided nor the policy passed; audit items that wait
            to be decided are among them.
        passed: undecided ones that the policy ranked above an item decided since: skipped or
            offered to somebody just now. Nothing is known of them.
        right: bool [n], whether the head is right at each decided audit item that was not passed.
    """

    items: int
    undecided: int
    passed: int
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Estimate:
    """A share with its interval, all between 0 and 1, from n audit items."""

    estimate: float
    low: float
    high: float
    n: int
    method: str


@dataclass(frozen=True)
class Signal:
    """Whether work can stop: where even the low end of the accuracy reaches the target."""

    stop: bool
    target: float
    accuracy: Estimate


@dataclass(frozen=True)
class HeadThen:
    """A head of the past on today's decided audit items.

    Args:
        decisions: how many there were when it was fitted, at least 1.
        undecided: as in `Remaining`, then.
        right: bool [m], whether it is right at each.
        passed: bool [m], whether the policy had passed each by then.
    """

    decisions: int
    undecided: int
    right: NDArray[np.bool_]
    passed: NDArray[np.bool_]


def passed(
    audit_ranks: NDArray[np.integer], decided_ranks: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Which audit items the policy has passed in one ranking; once passed, always passed.

    Args:
        audit_ranks: int [m], the ranks that audit items got when ranked along with all others; −1
            beyond the last rank that is kept.
        decided_ranks: int [d], the ranks of the items that were decided because of this ranking.

    Returns:
        bool [m].
    """
    worst = decided_ranks.max(initial=-1)
    return (audit_ranks >= 0) & (audit_ranks < worst)


def accuracy_now(
    remaining: Remaining | Sequence[Remaining], confidence: float = CONFIDENCE
) -> Estimate:
    """How much of the dataset is right if work stops now; people's labels count as right.

    Args:
        remaining: what is left, in one or by chance of the audit; those with an audit share the
            risk evenly (Bonferroni).
        confidence: how often the interval holds the true share, of moments fixed beforehand.
    """
    strata = [remaining] if isinstance(remaining, Remaining) else remaining
    audited = max(1, sum(len(of.right) > 0 for of in strata))
    least, expected, most = np.sum([_errors(of, (1 - confidence) / audited) for of in strata], 0)
    items = sum(of.items for of in strata)
    return Estimate(
        estimate=1 - float(expected) / items,
        low=1 - float(most) / items,
        high=1 - float(least) / items,
        n=sum(len(of.right) for of in strata),
        method=METHOD.format(confidence=100 * confidence),
    )


def _errors(remaining: Remaining, risk: float) -> tuple[float, float, float]:
    """At least, expected and at most so many undecided items are wrong; each end with half a risk.

    Of those that were passed nothing is known.
    """
    n, undecided = len(remaining.right), remaining.undecided
    seen = int(n - remaining.right.sum())
    least = least_wrong(undecided + n, n, seen, risk / 2) - seen
    most = most_wrong(undecided + n, n, seen, risk / 2) - seen
    expected = undecided * (seen / n if n else 0.5) + remaining.passed / 2
    return least, expected, most + remaining.passed


def planned_looks(items: int) -> tuple[int, ...]:
    """The numbers of decisions at which the signal may say stop, fixed by the dataset's size.

    They grow by a quarter from one to the next, so that few share the risk and none comes late.
    """
    looks = [min(FIRST_LOOK, items)]
    while looks[-1] < items:
        looks.append(min(items, int(np.ceil(looks[-1] * GROWTH))))
    return tuple(looks)


def due(looks: Sequence[int], before: int, now: int) -> bool:
    """Whether a planned look lies between two numbers of decisions, the later one included."""
    return any(before < look <= now for look in looks)


def look_risk(looks: Sequence[int], now: int, spent: float) -> float:
    """What the look at ``now`` decisions may spend of the risk: an even share of what is left.

    An import makes the dataset larger and plans more looks; they share what earlier ones have left
    over, where one share is always kept for imports to come. So no more than 5 % is ever spent,
    however many imports come.

    Args:
        looks: the numbers of decisions that are planned by now, from `planned_looks`.
        now: how many decisions there are.
        spent: what earlier looks have spent, from 0 to below 1 − `CONFIDENCE`.
    """
    to_come = sum(look > now for look in looks)
    return (1 - CONFIDENCE - spent) / (2 + to_come)


def signal(remaining: Remaining | Sequence[Remaining], target: float, risk: float) -> Signal:
    """Whether to stop, at a planned look.

    All looks share the risk (Bonferroni), so that the intervals of all of them hold together with
    95 %: also the one at which work stops, however that is chosen.

    Args:
        remaining: what is left, as `accuracy_now` takes it.
        target: the accuracy of the dataset that is wanted, 0 to 1.
        risk: what this look spends, above 0; see `look_risk`.
    """
    found = accuracy_now(remaining, 1 - risk)
    method = LOOK_METHOD.format(confidence=100 * (1 - risk))
    accuracy = Estimate(found.estimate, found.low, found.high, found.n, method)
    return Signal(accuracy.low >= target, target, accuracy)


def expected_gain(
    heads: Sequence[HeadThen], items: int, decisions: int = 100, seed: int = 0
) -> Estimate | None:
    """What the next decisions are expected to add to the accuracy of the dataset.

    Args:
        heads: of the past and the present one, ascending by decisions, on the same audit items.
        items: items of the dataset.
        decisions: how many more.
        seed: of drawing the audit again.

    Returns:
        The gain as a share of the dataset; None where fewer than three heads, or no audit, tell.
        It is a forecast: its interval is made for 95 %, and what the decisions then added lay in
        it in six to ten of ten simulated projects (benchmarks.stop_signal).
    """
    last = list(heads)[-TREND:]
    audited = len(last[-1].right) if last else 0
    if len(last) < 3 or not audited:
        return None
    open_then = np.array([~head.passed for head in last])
    wrong_then = np.array([~head.right for head in last]) & open_then
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(audited, np.full(audited, 1 / audited), RESAMPLES)
    seen = np.vstack([wrong_then.sum(axis=1), weights @ wrong_then.T]) + 0.5
    wrong = np.vstack([seen[0], generator.gamma(seen[1:])])
    n = np.vstack([open_then.sum(axis=1), weights @ open_then.T]) + 1.0
    errors = np.log(np.maximum(wrong, 0.05) / n * [head.undecided for head in last])
    gains = np.minimum(_trend(last, errors, seen, decisions) / items, 1.0)
    low, high = np.quantile(gains[1:], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(
        float(gains[0]), float(low), float(high), audited, GAIN_METHOD.format(heads=len(last))
    )


def _trend(
    heads: Sequence[HeadThen],
    errors: NDArray[np.float64],
    counts: NDArray[np.float64],
    more: int,
) -> NDArray[np.float64]:
    """Errors that further decisions remove: float64, one for each row.

    A straight line over the square root of the decisions (a power law expects too little of a
    policy, an exponential too much of its start) by weighted least squares.

    Args:
        heads: k of them.
        errors: float64 [r, k], logarithms of the errors that each left.
        counts: float64 [r, k], how many wrong audit items tell it: the variance of a logarithm is
            about the inverse of that.
        more: decisions to come.
    """
    at = np.sqrt([head.decisions for head in heads])
    total = counts.sum(axis=1, keepdims=True)
    middle = (counts * at).sum(axis=1, keepdims=True) / total
    level = (counts * errors).sum(axis=1, keepdims=True) / total
    spread = (counts * (at - middle) ** 2).sum(axis=1)
    slope = (counts * (at - middle) * (errors - level)).sum(axis=1) / np.maximum(spread, 1e-12)
    slope = np.minimum(slope, 0.0)
    now = np.exp(level[:, 0] + slope * (at[-1] - middle[:, 0]))
    further = np.sqrt(heads[-1].decisions + more) - at[-1]
    return now * -np.expm1(slope * further)
