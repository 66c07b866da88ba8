"""Bounds for finite populations against every draw that there is."""

from itertools import combinations, pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.quality.hypergeometric import critical, error_free, least_wrong, most_wrong, tail

DELTAS = st.sampled_from([0.1973, 0.0517, 0.0101, 0.0013])
populations = st.integers(1, 60).flatmap(
    lambda size: st.tuples(st.just(size), st.integers(0, size))
)


def by_counting(size: int, wrong: int, drawn: int, most: int) -> float:
    """P(at most `most` wrong ones are drawn), in whole numbers until the last division."""
    ways = sum(
        comb(wrong, k) * comb(size - wrong, drawn - k) for k in range(most + 1) if k <= drawn
    )
    return ways / comb(size, drawn)


@given(populations, st.data())
def test_tails_are_those_of_counting(population: tuple[int, int], data: st.DataObject) -> None:
    size, drawn = population
    wrong, most = data.draw(st.integers(0, size)), data.draw(st.integers(0, size))
    assert tail(size, wrong, drawn, most) == pytest.approx(by_counting(size, wrong, drawn, most))


def test_tails_stay_exact_in_large_populations() -> None:
    size, wrong, drawn = 1_000_000, 20_000, 400
    assert tail(size, wrong, drawn, 3) == pytest.approx(
        by_counting(size, wrong, drawn, 3), rel=1e-6
    )


@pytest.mark.parametrize(("size", "drawn"), [(9, 4), (10, 7), (11, 3)])
@pytest.mark.parametrize("delta", [0.2, 0.05])
def test_bounds_hold_over_all_draws(size: int, drawn: int, delta: float) -> None:
    for wrong in range(size + 1):
        seen = [sum(i < wrong for i in draw) for draw in combinations(range(size), drawn)]
        low = [most_wrong(size, drawn, k, delta) < wrong for k in seen]
        high = [least_wrong(size, drawn, k, delta) > wrong for k in seen]
        assert np.mean(low) <= delta
        assert np.mean(high) <= delta


@given(populations, st.data(), DELTAS)
def test_a_bound_is_the_last_that_the_draw_does_not_contradict(
    population: tuple[int, int], data: st.DataObject, delta: float
) -> None:
    size, drawn = population
    wrong = data.draw(st.integers(0, drawn))
    bound = most_wrong(size, drawn, wrong, delta)
    assert by_counting(size, bound, drawn, wrong) > delta
    if bound < size - drawn + wrong:
        assert by_counting(size, bound + 1, drawn, wrong) <= delta
    assert least_wrong(size, drawn, wrong, delta) <= bound


@given(populations, st.data(), DELTAS)
def test_critical_counts_agree_with_the_bound(
    population: tuple[int, int], data: st.DataObject, delta: float
) -> None:
    size, drawn = population
    allowed = data.draw(st.integers(0, size))
    limit = int(critical([size], [drawn], [allowed], delta)[0])
    for wrong in range(drawn + 1):
        assert (most_wrong(size, drawn, wrong, delta) <= allowed) == (wrong <= limit)


@settings(max_examples=50)
@given(st.integers(2, 60), st.data(), DELTAS)
def test_more_draws_never_allow_less_and_more_errors_never_more(
    size: int, data: st.DataObject, delta: float
) -> None:
    drawn = data.draw(st.integers(1, size - 1))
    allowed = data.draw(st.integers(0, size))
    fewer, more = critical([size, size], [drawn, drawn + 1], [allowed, allowed], delta)
    assert fewer <= more
    bounds = [most_wrong(size, drawn, wrong, delta) for wrong in range(drawn + 1)]
    assert all(b > a for a, b in pairwise(bounds))


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="can't be"):
        most_wrong(10, 4, 5, 0.05)


def test_error_free_draws_of_a_population_without_end() -> None:
    assert error_free(0.02, 0.05) == 149
    assert error_free(0.01, 0.05) == 299
    assert error_free(0.02, 0.005) == 263
