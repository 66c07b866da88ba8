"""Learning curves on the same audit, and the decisions that lie between them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from labeling.quality.savings import Curve, difference, points, saved


def curve(labels: list[int], shares: list[float], n: int = 200, seed: int = 0) -> Curve:
    """Heads that are right at items up to a hardness; the same items are easy for all."""
    hardness = np.random.default_rng(seed).permutation(n) / n
    return Curve(np.array(labels), np.array([hardness < share - 1e-9 for share in shares]))


def test_decisions_saved_are_read_off_between_the_curves() -> None:
    found = saved(
        curve([0, 100, 200], [0.5, 0.7, 0.9]), curve([0, 200, 400, 600], [0.5, 0.6, 0.7, 0.8])
    )
    assert found is not None
    assert found.accuracy == pytest.approx(0.5 + 0.9 * 0.3)
    assert found.policy_labels == pytest.approx(135)
    assert found.control_labels == pytest.approx(540)
    assert found.estimate == pytest.approx(405)
    assert found.low < 405 < found.high
    assert found.more_than


def test_a_policy_that_loses_saves_less_than_nothing() -> None:
    found = saved(curve([0, 200, 400], [0.5, 0.6, 0.7]), curve([0, 100, 200], [0.5, 0.7, 0.9]))
    assert found is not None
    assert found.estimate < 0
    assert not found.more_than


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_swapped_orders_save_the_opposite_and_equal_ones_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    one, other = (
        Curve(np.array([0, 20, 60, 100]), generator.random((4, 50)) < 0.7) for _ in range(2)
    )
    there, back = saved(one, other), saved(other, one)
    assert there is not None
    assert back is not None
    assert there.estimate == pytest.approx(-back.estimate)
    same = saved(one, one)
    assert same is not None
    assert (same.estimate, same.low, same.high, same.more_than) == (0, 0, 0, False)


def test_nothing_is_saved_without_heads_or_audit() -> None:
    none = Curve(np.zeros(0, int), np.zeros((0, 50), bool))
    some = curve([0, 20], [0.5, 0.6], n=50)
    assert saved(none, some) is None
    assert saved(some, none) is None
    assert saved(curve([0], [0.5], n=0), curve([0], [0.5], n=0)) is None


def test_different_audits_are_refused() -> None:
    with pytest.raises(ValueError, match="different audit"):
        saved(curve([0], [0.5], n=10), curve([0], [0.5], n=20))
    with pytest.raises(ValueError, match="different audit"):
        difference(np.ones(3, bool), np.ones(4, bool))


def test_points_carry_exact_intervals() -> None:
    (point,) = points(curve([40], [1.0], n=100))
    assert (point.labels, point.estimate, point.n) == (40, 1.0, 100)
    assert point.low == pytest.approx(0.9638, abs=1e-4)


def test_a_paired_difference_against_the_published_formula() -> None:
    policy = np.repeat([True, True, False, False], [60, 14, 5, 21])
    control = np.repeat([True, False, True, False], [60, 14, 5, 21])
    found = difference(policy, control)
    assert found.estimate == pytest.approx(0.09)
    gained, lost = 15 / 102, 6 / 102
    half = norm.ppf(0.975) * np.sqrt((gained + lost - (gained - lost) ** 2) / 102)
    assert (found.low, found.high) == pytest.approx((9 / 102 - half, 9 / 102 + half))
    assert found.p_value == pytest.approx(0.0636, abs=1e-4)


def test_paired_differences_hold_in_nineteen_of_twenty_audits() -> None:
    generator = np.random.default_rng(1)
    held = 0
    for _ in range(1_000):
        easy = generator.random(150)
        found = difference(easy < 0.95, (easy < 0.9) | (easy > 0.99))
        held += found.low <= 0.04 <= found.high
    assert held >= 930


def test_equal_heads_differ_by_chance_alone() -> None:
    assert difference(np.ones(50, bool), np.ones(50, bool)).p_value == 1
