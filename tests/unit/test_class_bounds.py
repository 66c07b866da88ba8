"""Errors by class of a multi-label frame, from one draw."""

import numpy as np
import pytest

from labeling.quality.class_bounds import class_bounds
from labeling.quality.hypergeometric import most_wrong

FRAME, CLASSES, AUDIT = 300, 4, 80


def test_the_bounds_hold_together_whatever_part_is_accepted() -> None:
    """Accepted is what looks best after the draw, which is the choice that might deceive."""
    rng = np.random.default_rng(0)
    claimed = rng.random((FRAME, CLASSES)) < (0.6, 0.3, 0.1, 0.02)
    truth = claimed ^ (rng.random((FRAME, CLASSES)) < 0.06)
    wrong = claimed != truth
    order = np.argsort(wrong.sum(axis=1) + rng.random(FRAME))
    broken = 0
    for _ in range(400):
        drawn = rng.permutation(FRAME)[:AUDIT]
        accepted = np.zeros(FRAME, dtype=bool)
        accepted[order[: rng.integers(20, FRAME)][::-1]] = True
        accepted[drawn] = False
        found = class_bounds(claimed, accepted, drawn, wrong[drawn], 0.2)
        for one in found:
            own = claimed[:, one.column]
            for side, of in ((one.given, own & accepted), (one.missed, ~own & accepted)):
                real = wrong[of, one.column].mean() if of.any() else 0.0
                if side.bound is not None and real > side.bound + 1e-9:
                    broken += 1
                    break
            else:
                continue
            break
    assert broken <= 0.2 * 400


def test_counts_and_bound_of_a_class() -> None:
    claimed = np.array([[True]] * 60 + [[False]] * 40)
    drawn = np.arange(0, 100, 2)
    wrong = np.zeros((50, 1), dtype=bool)
    wrong[0] = True
    accepted = np.ones(100, dtype=bool)
    accepted[drawn] = False
    [one] = class_bounds(claimed, accepted, drawn, wrong, 0.1)
    assert (one.given.accepted, one.given.audited, one.given.wrong) == (30, 30, 1)
    assert one.given.bound == (most_wrong(60, 30, 1, 0.05) - 1) / 30
    assert (one.missed.accepted, one.missed.wrong) == (20, 0)
    assert one.missed.bound == most_wrong(40, 20, 0, 0.05) / 20


def test_a_class_that_nothing_accepted_bears_has_no_bound() -> None:
    claimed = np.zeros((10, 1), dtype=bool)
    accepted = np.arange(10) >= 5
    [one] = class_bounds(claimed, accepted, np.arange(5), np.zeros((5, 1), dtype=bool), 0.1)
    assert one.given.bound is None
    assert one.missed.bound is not None
    with pytest.raises(ValueError, match="fit"):
        class_bounds(claimed, accepted, np.arange(4), np.zeros((5, 1), dtype=bool), 0.1)
