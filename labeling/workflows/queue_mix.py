"""What comes when: ranks by policy, among them a share of random control, and blind audits.

The policy's picks keep its order. Control picks come in the permanent random order, one in each
stretch of ranks at a place that is drawn, so that a share of all decisions follows it. Audits have
no place in the policy's order: they are mixed in at random. What the head is surest of comes last:
it is quickest decided by class in the grid, which offers every waiting item.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

AUDIT_EVERY = 8
"""Ranks in which one audit comes, as long as there are some."""

Row = dict[str, Any]


def control_count(share: float, total: int) -> int:
    """How many of ``total`` ranks are random control; a share above 0 gives one at least."""
    return min(total, math.ceil(share * total))


def with_control(
    rows: Sequence[Row], control: Sequence[Row], chance: np.random.Generator
) -> list[Row]:
    """``rows`` in their order with ``control`` in theirs, spread evenly among them."""
    return _mixed(rows, control, len(rows) / max(len(control), 1), chance)


def with_audits(
    rows: Sequence[Row], audits: Sequence[Row], chance: np.random.Generator
) -> list[Row]:
    """``rows`` in their order with ``audits`` among the first of them, at random and evenly.

    One audit comes in each stretch of ``AUDIT_EVERY`` rows, at a place that is drawn; where there
    are fewer rows, the stretches are shorter.
    """
    stretch = min(AUDIT_EVERY, len(rows) / max(len(audits), 1))
    drawn = [audits[n] for n in chance.permutation(len(audits))]
    return _mixed(rows, drawn, stretch, chance)


def surest(shares: NDArray[np.floating], share: float) -> NDArray[np.bool_]:
    """Tell which pictures belong to the surest of their outcome.

    Args:
        shares: probabilities [n, k] of the outcomes of each picture.
        share: how large a part of those with the same most probable outcome, 0 to 1.

    Returns:
        bool [n]; of each outcome the part is rounded down.
    """
    best, score = shares.argmax(axis=1), shares.max(axis=1)
    order = np.lexsort((-score, best))
    _, starts, counts = np.unique(best[order], return_index=True, return_counts=True)
    place = np.arange(len(best)) - np.repeat(starts, counts)
    found = np.zeros(len(best), dtype=bool)
    found[order] = place < np.floor(share * np.repeat(counts, counts))
    return found


def _mixed(
    rows: Sequence[Row], others: Sequence[Row], stretch: float, chance: np.random.Generator
) -> list[Row]:
    """``others`` in their order among ``rows``: one at a random place of each ``stretch``."""
    places = (np.arange(len(others)) + chance.random(len(others))) * stretch
    placed = [(n + 0.5, row) for n, row in enumerate(rows)]
    placed += zip(places, others, strict=True)
    return [row for _, row in sorted(placed, key=lambda pair: pair[0])]
