"""Whether two samples differ: against a count by hand, under no difference, and where there is."""

import numpy as np
import pytest
from scipy.stats import energy_distance

from labeling.quality.drift import ALPHA, corrected, difference, permutations_for


def test_the_effect_is_the_energy_distance_over_twice_the_mean_distance() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.normal(0, 1, 30), generator.normal(1, 1, 40)
    found = difference(one, other, 99)
    between = np.abs(one[:, None] - other[None]).mean()
    energy = energy_distance(one, other) ** 2
    assert found.effect == pytest.approx(energy / (2 * between), rel=1e-4)


def test_without_a_difference_p_values_are_spread_evenly() -> None:
    """400 pairs; below 0.1 lie 40 of them but for chance (26 to 55: 99 %)."""
    generator = np.random.default_rng(2)
    found = [
        difference(generator.normal(size=(20, 4)), generator.normal(size=(30, 4)), 99, seed).p_value
        for seed in range(400)
    ]
    assert 26 <= sum(p <= 0.1 for p in found) <= 55
    assert min(found) >= 0.01


def test_another_place_and_another_spread_are_both_found() -> None:
    generator = np.random.default_rng(3)
    one = generator.normal(size=(80, 8))
    moved, wider = generator.normal(0.6, 1, (80, 8)), generator.normal(0, 1.8, (80, 8))
    for other in (moved, wider):
        assert difference(one, other).p_value == 0.001
    assert difference(one, np.tile(one[:1], (80, 1))).effect > 0.3


def test_equal_pictures_tell_nothing_and_a_single_one_is_refused() -> None:
    same = np.ones((5, 3))
    assert difference(same, same, 99) == difference(same, same, 99)
    assert difference(same, same, 99).p_value == 1
    with pytest.raises(ValueError, match="1 and 5"):
        difference(same[:1], same)


def test_many_comparisons_are_corrected_together() -> None:
    assert corrected([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert corrected([]) == []
    for tests in (1, 60):
        assert tests / (1 + permutations_for(tests)) < ALPHA
