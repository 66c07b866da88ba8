"""Exact intervals against the tables, and against what they promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from labeling.quality.intervals import clopper_pearson

counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1)],
)
def test_known_intervals(hits: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, n) == pytest.approx((low, high), abs=1e-4)


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_ends_are_where_the_tails_are_what_is_left(
    given_counts: tuple[int, int], confidence: float
) -> None:
    hits, n = given_counts
    low, high = clopper_pearson(hits, n, confidence)
    tail = (1 - confidence) / 2
    assert 0 <= low <= high <= 1
    if hits:
        assert binom.sf(hits - 1, n, low) == pytest.approx(tail, rel=1e-6)
    if hits < n:
        assert binom.cdf(hits, n, high) == pytest.approx(tail, rel=1e-6)


def test_nothing_seen_is_nothing_known() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    for hits, n in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="no share"):
            clopper_pearson(hits, n)
