"""The nearest rows are those of a full comparison; by cells nearly always."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import search
from labeling.search import close_pairs, nearest


def unit(rng, n, d=16):
    rows = rng.normal(size=(n, d)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 2**31))
def test_the_nearest_are_those_of_a_full_comparison(n, k, seed):
    rng = np.random.default_rng(seed)
    pool, queries = unit(rng, n), unit(rng, 3)
    rows, similarity = nearest(pool, queries, k)
    full = np.sort(queries @ pool.T, axis=1)[:, ::-1][:, : min(k, n)]
    assert similarity == pytest.approx(full, abs=1e-5)
    assert rows.shape == full.shape
    assert all(len(set(row)) == len(row) for row in rows)


def test_cells_find_nearly_all_of_the_nearest(monkeypatch):
    rng = np.random.default_rng(0)
    centres = unit(rng, 40)
    pool = centres[rng.integers(40, size=8_000)] + 0.15 * unit(rng, 8_000)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    exact, _ = nearest(pool, pool[:20], 10)
    monkeypatch.setattr(search, "EXACT", 1_000)
    found, _ = nearest(pool, pool[:20], 10)
    shared = [len(set(a) & set(b)) / 10 for a, b in zip(exact, found, strict=True)]
    assert np.mean(shared) >= 0.9


def pairs_of(pool, new, threshold):
    found = [pair for block in close_pairs(pool, new, threshold, 10) for pair in block]
    return {(one, other) for one, other, _ in found}


def test_where_comparing_all_takes_long_cells_find_nearly_all_pairs(monkeypatch):
    rng = np.random.default_rng(0)
    pool = unit(rng, 6_000, d=32)
    pool[3_000:4_500] = pool[:1_500] + 0.3 * unit(rng, 1_500, d=32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    everything = np.arange(len(pool))
    exact = pairs_of(pool, everything, 0.9)
    assert len(exact) >= 1_500
    monkeypatch.setattr(search, "EXACT_PRODUCTS", 0)
    monkeypatch.setattr(search, "AT_ONCE", 1)
    found = pairs_of(pool, everything, 0.9)
    assert found <= exact
    assert len(found) >= 0.98 * len(exact)
    few = everything[:100]
    assert pairs_of(pool, few, 0.9) <= {pair for pair in exact if pair[0] < 100 or pair[1] < 100}


def test_other_dimensions_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="fit"):
        nearest(unit(rng, 5), unit(rng, 1, d=8), 2)
