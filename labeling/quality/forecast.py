"""What a wish can be expected to accept, before its audit is drawn or before it grows. Pure.

Nothing here is a guarantee: audits are played through as if the scores, or what an audit showed so
far, told how much is wrong. A forecast that is off costs items or work, never validity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import bdtr

from labeling.quality.groups import Group, grouped, may, walk_all
from labeling.quality.hypergeometric import critical
from labeling.quality.thresholds import Parts, nested
from labeling.quality.wish import Wish, allowed

AUDITS = 100
"""How many audits are played through for each size."""
PRIOR = 5.0
"""How many audit items the scores' own doubts count for."""


@dataclass(frozen=True)
class Forecast:
    """What an audit of a size is expected to allow.

    Args:
        audit_n: items of the audit, in all.
        share: the mean share of the frame that is accepted or audited as right to be accepted.
        low: exceeded by nine in ten audits.
        high: exceeded by one in ten.
        chance: the share of audits that allow anything at all.
    """

    audit_n: int
    share: float
    low: float
    high: float
    chance: float


def doubts(
    scores: NDArray[np.floating],
    drawn: NDArray[np.integer] | None = None,
    right: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """How probably each proposal is wrong, as far as scores and an audit tell.

    The audit's errors as a falling step function of the score (isotonic regression), each step
    shrunk to what the scores say of it.

    Args:
        scores: float [n], 0 to 1.
        drawn: int [m], the audit so far; none: the scores alone.
        right: float [m], as `accept` takes it.

    Returns:
        float64 [n], 0 to 1.
    """
    own = 1 - np.clip(np.asarray(scores, np.float64), 0, 1)
    if drawn is None or right is None or not len(drawn):
        return own
    order = np.argsort(-scores[drawn], kind="stable")
    wrong = (right != 1)[order].astype(np.float64)
    starts = isotonic_regression(wrong).blocks[:-1]
    counts = np.diff(np.append(starts, len(wrong)))
    told = np.add.reduceat(wrong, starts)
    expected = np.add.reduceat(own[drawn][order], starts)
    steps = (told + PRIOR * expected / counts) / (counts + PRIOR)
    edges = -scores[drawn][order][starts]
    place = np.clip(np.searchsorted(edges, -scores, side="right") - 1, 0, None)
    return np.maximum.accumulate(steps)[place]


def forecast(
    wish: Wish,
    scores: NDArray[np.floating],
    classes: NDArray[np.integer],
    wrong: NDArray[np.floating],
    audits: Sequence[int],
    decided: Mapping[int, int] | None = None,
    seed: int = 0,
) -> list[Forecast]:
    """What audits of several sizes are expected to allow.

    Args:
        wish: what is wished; a look's risk is that of the last one planned.
        scores: float [n], those of the frame.
        classes: int [n], proposed classes.
        wrong: float [n], how probably each proposal is wrong, from `doubts`.
        audits: sizes of whole audits, each at most n.
        decided: items outside the frame that people decided, by class.
        seed: of the audits that are played through.
    """
    nothing = np.zeros(len(scores), bool)
    groups = grouped(wish, scores, classes, nothing, nothing, decided or {})
    risk = wish.risk(len(wish.looks or (1,)) - 1)
    play = _Play(wish, groups, [_strata(group, scores, wrong) for group in groups], risk)
    found = []
    for n in audits:
        generator = np.random.default_rng(seed)
        shares = np.array([play.share(n, generator) for _ in range(AUDITS)])
        low, high = np.quantile(shares, [0.1, 0.9])
        chance = float((shares > 0).mean())
        found.append(Forecast(n, float(shares.mean()), float(low), float(high), chance))
    return found


def hopeful(
    wish: Wish,
    scores: NDArray[np.floating],
    wrong: NDArray[np.floating],
    audit: int,
    classes: int = 1,
) -> float:
    """The score from which on a frame makes best use of an audit.

    An audit item below the part that can be accepted tells nothing about it. So the frame is the
    part in which an audit of that size is expected to allow most. It has to be fixed before the
    audit is drawn; what is below stays with people.

    Args:
        wish: what is wished; per class, call it for each.
        scores: float [n], n at least 1.
        wrong: float [n], how probably each proposal is wrong: from scores, or from decisions that
            are no part of the audit.
        audit: how many items will be drawn, from the frame.
        classes: how many share the risk.

    Returns:
        The threshold; the lowest score where no part can be hoped for.
    """
    nothing = np.zeros(len(scores), bool)
    parts = nested(scores, nothing, nothing)
    order = np.argsort(-scores, kind="stable")
    errors = np.minimum(np.cumsum(wrong[order])[parts.sizes - 1] / parts.sizes, 1.0)
    risk = wish.risk(len(wish.looks or (1,)) - 1) / classes
    ends = range(1, len(parts.sizes) + 1)
    gains = [_gain(wish, parts.sizes[:end], errors[:end], audit, risk) for end in ends]
    return float(parts.thresholds[np.argmax(gains) if any(gains) else -1])


def _gain(
    wish: Wish, sizes: NDArray[np.int64], errors: NDArray[np.float64], audit: int, risk: float
) -> float:
    """Items that an audit of the largest of nested parts is expected to allow besides its own."""
    drawn = np.floor(sizes * min(1.0, audit / sizes[-1])).astype(np.int64)
    pairs = zip(sizes.tolist(), drawn.tolist(), strict=True)
    most = np.array([allowed(wish, size, n, int(sizes[-1])) for size, n in pairs])
    limits = critical(sizes, drawn, most, risk)
    chance = np.where(limits >= 0, bdtr(np.maximum(limits, 0), drawn, errors), 0.0)
    start = int(np.argmax(chance))
    lasting = np.minimum.accumulate(chance[start:])
    return float(np.diff((sizes - drawn)[start:], prepend=0) @ lasting)


@dataclass(frozen=True)
class _Play:
    """Audits played through by counts alone: how many of each step of the score are drawn, wrong.

    Args:
        wish: what is wished.
        groups: the groups of the frame.
        strata: per group, sizes and shares of wrong ones of the steps between its thresholds.
        risk: what the tests spend.
    """

    wish: Wish
    groups: list[Group]
    strata: list[tuple[NDArray[np.int64], NDArray[np.float64]]]
    risk: float

    def share(self, n: int, generator: np.random.Generator) -> float:
        """The share of the frame that one audit allows."""
        sizes = np.concatenate([size for size, _ in self.strata])
        wrong = generator.binomial(sizes, np.concatenate([share for _, share in self.strata]))
        drawn = generator.multivariate_hypergeometric(sizes, n, method="marginals")
        seen = generator.hypergeometric(wrong, sizes - wrong, drawn)
        ends = np.cumsum([len(size) for size, _ in self.strata])[:-1]
        split = zip(self.groups, np.split(drawn, ends), np.split(seen, ends), strict=True)
        played = [self._drawn(group, *counts) for group, *counts in split]
        walk_all(played, self.risk)
        reached = [g.parts.sizes[g.passed.last] for g in played if g.passed and g.passed.last >= 0]
        return float(sum(reached) / sizes.sum())

    def _drawn(self, group: Group, drawn: NDArray[np.int64], seen: NDArray[np.int64]) -> Group:
        old = group.parts
        parts = Parts(old.thresholds, old.sizes, np.cumsum(drawn), np.cumsum(seen), old.doubts)
        allowed_now = may(self.wish, parts, group.total)
        return Group(group.class_id, group.items, parts, allowed_now, group.total)


def _strata(
    group: Group, scores: NDArray[np.floating], wrong: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Size and mean doubt of each step between two thresholds."""
    order = np.argsort(-scores[group.items], kind="stable")
    sizes = np.diff(group.parts.sizes, prepend=0)
    starts = group.parts.sizes - sizes
    return sizes, np.clip(np.add.reduceat(wrong[group.items][order], starts) / sizes, 0, 1)
