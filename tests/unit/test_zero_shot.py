from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from labeling.prompts.text_bank import normalised
from labeling.scoring import zero_shot
from labeling.scoring.abstain import abstains
from labeling.scoring.zero_shot import Proposed, propose

cases = st.tuples(st.integers(0, 2**31), st.integers(1, 7), st.sampled_from([1.0, 14.3, 117.0]))


def vectors(rng, n, dim=12):
    return normalised(rng.normal(size=(n, dim)))


def test_logits_by_hand():
    images = np.array([[1, 0], [0.6, 0.8]], np.float32)
    texts = np.array([[1, 0], [0, 1]], np.float32)
    assert_allclose(zero_shot.logits(images, texts, 10, -4), [[6, -4], [2, 4]], atol=1e-5)


def test_extreme_logits_stay_finite():
    images = np.array([[1, 0]], np.float32)
    texts = np.array([[1, 0], [-1, 0]], np.float32)
    for mode in ("single", "multi"):
        found = propose(images, texts, scale=1e4, mode=mode)
        assert_array_equal(found.score, [[1, 0]])
        assert_array_equal(found.entropy, [0])


def test_two_classes_by_hand():
    images = np.array([[0.6, 0.8]], np.float32)
    found = propose(images, np.eye(2, dtype=np.float32), scale=10)
    best = 1 / (1 + np.exp(-2))
    assert found.top.tolist() == [[1, 0]]
    assert_allclose(found.score, [[best, 1 - best]], rtol=1e-5)
    assert_allclose(found.margin, [2 * best - 1], rtol=1e-5)
    assert_allclose(found.entropy, stats.entropy([best, 1 - best], base=2), rtol=1e-5)
    assert found.none.tolist() == [0]
    assert found.chosen.tolist() == [[False, True]]


@given(cases, st.booleans())
def test_single_invariants(case, with_background):
    seed, n_classes, scale = case
    rng = np.random.default_rng(seed)
    images, texts = vectors(rng, 9), vectors(rng, n_classes)
    background = vectors(rng, 3) if with_background else None
    found = propose(images, texts, scale, bias=-10.0, k=n_classes, background=background)
    for values in (found.score, found.margin, found.entropy, found.none):
        assert np.all((values >= 0) & (values <= 1 + 1e-6))
    assert np.all(np.diff(found.score, axis=1) <= 0)
    assert_allclose(found.score.sum(axis=1) + found.none, 1, atol=1e-5)
    outcomes = np.sort(np.column_stack([found.score, found.none]), axis=1)
    if with_background or n_classes > 1:
        assert_allclose(found.margin, outcomes[:, -1] - outcomes[:, -2], atol=1e-6)
    assert_array_equal(found.chosen.sum(axis=1), ~found.abstained)
    assert_array_equal(found.abstained, found.none > found.score[:, 0])


@given(cases, st.sampled_from(["single", "multi"]))
def test_the_order_of_classes_does_not_matter(case, mode):
    seed, n_classes, scale = case
    rng = np.random.default_rng(seed)
    images, texts, order = vectors(rng, 6), vectors(rng, n_classes), rng.permutation(n_classes)
    straight = propose(images, texts, scale, bias=-3.0, mode=mode, k=n_classes)
    shuffled = propose(images, texts[order], scale, bias=-3.0, mode=mode, k=n_classes)
    for name in ("score", "margin", "entropy", "none"):
        assert_allclose(getattr(straight, name), getattr(shuffled, name), atol=1e-5)
    assert_array_equal(straight.chosen[:, order], shuffled.chosen)
    clear = (
        np.ones(6, bool) if n_classes == 1 else straight.score[:, 0] - straight.score[:, 1] > 1e-5
    )
    assert_array_equal(straight.top[clear, 0], order[shuffled.top[clear, 0]])


def test_multi_takes_every_class_at_or_above_the_threshold():
    scores = np.array([[0.9, 0.5, 0.1], [0.2, 0.4, 0.3]], np.float32)
    found = zero_shot.summarise_multi(scores, k=2, threshold=0.5)
    assert found.chosen.tolist() == [[True, True, False], [False, False, False]]
    assert found.abstained.tolist() == [False, True]
    assert found.top.tolist() == [[0, 1], [1, 2]]
    assert_allclose(found.margin, [0.0, 0.1], atol=1e-6)
    assert_allclose(found.none, [0.1 * 0.5 * 0.9, 0.8 * 0.6 * 0.7], rtol=1e-5)
    expected = [stats.entropy([p, 1 - p], base=2) for p in scores[0]]
    assert_allclose(found.entropy[0], np.mean(expected), rtol=1e-5)


def test_multi_uses_scale_and_bias_of_siglip():
    found = propose(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), 20, -10, mode="multi")
    assert_allclose(found.score, special.expit([[10, -10], [10, -10]]), rtol=1e-5)


def test_background_takes_its_share_and_wins_when_it_is_larger():
    images = np.array([[1, 0, 0], [0, 0, 1]], np.float32)
    axes = np.eye(3, dtype=np.float32)
    found = propose(images, axes[:2], 8, background=axes[2:])
    assert found.abstained.tolist() == [False, True]
    assert_allclose(found.none[1], np.exp(8) / (np.exp(8) + 2), rtol=1e-5)
    assert found.chosen.tolist() == [[True, False], [False, False]]


def test_equal_scores_are_ordered_by_class_index():
    found = propose(np.array([[1, 0]], np.float32), np.array([[0, 1]] * 4, np.float32), 5, k=3)
    assert found.top.tolist() == [[0, 1, 2]]
    assert found.margin.tolist() == [0]
    assert_allclose(found.entropy, 1)


def test_threshold_on_the_largest_score():
    scores = np.array([0.2, 0.5, 0.9])
    assert abstains(scores, threshold=0.5).tolist() == [True, False, False]
    assert abstains(scores, none=np.array([0.1, 0.6, 0.9])).tolist() == [False, True, False]
    assert abstains(scores).tolist() == [False, False, False]


@pytest.mark.parametrize("mode", ["single", "multi"])
def test_chunks_give_the_same_answer(monkeypatch, mode):
    rng = np.random.default_rng(3)
    images, texts = vectors(rng, 50), vectors(rng, 4)
    whole = propose(images, texts, 14, -4, mode=mode)
    monkeypatch.setattr(zero_shot, "CHUNK_CELLS", 28)
    parts = propose(images, texts, 14, -4, mode=mode)
    for column in fields(Proposed):
        assert_allclose(getattr(whole, column.name), getattr(parts, column.name), atol=1e-5)


def test_one_class_and_no_picture():
    single = propose(np.eye(2, dtype=np.float32), np.array([[1, 0]], np.float32), 10)
    assert_array_equal(single.score, [[1], [1]])
    assert_array_equal(single.margin, [1, 1])
    assert_array_equal(single.entropy, [0, 0])
    empty = propose(np.zeros((0, 2), np.float32), np.eye(2, dtype=np.float32), 10)
    assert empty.top.shape == (0, 2)
    assert empty.chosen.shape == (0, 2)


def test_everything_is_float32():
    found = propose(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32), 10)
    for name in ("score", "margin", "entropy", "none"):
        assert getattr(found, name).dtype == np.float32


def test_saying_a_background_text_twice_changes_nothing():
    rng = np.random.default_rng(3)
    images, texts, background = vectors(rng, 20), vectors(rng, 4), vectors(rng, 2)
    once = propose(images, texts, 20.0, background=background)
    twice = propose(images, texts, 20.0, background=np.concatenate([background, background]))
    np.testing.assert_allclose(once.none, twice.none, atol=1e-5)
    np.testing.assert_allclose(once.score, twice.score, atol=1e-5)
