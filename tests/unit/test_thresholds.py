import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.special import expit
from sklearn.metrics import f1_score

from labeling.heads.held_out import calibration_for
from labeling.heads.linear import MultiLabelHead
from labeling.prompts.text_bank import normalised
from labeling.scoring import thresholds
from labeling.scoring.calibrate import thresholds_of
from labeling.scoring.thresholds import EVEN, OWN_FROM, f1_scores
from labeling.scoring.zero_shot import summarise_multi


def questions(rng, n, shift):
    """Honest probabilities of as many classes as there are shifts, and what holds."""
    shift = np.asarray(shift)
    shares = expit(1.5 * rng.normal(size=(n, len(shift))) + shift)
    return shares, rng.random(shares.shape) < shares


def test_rare_classes_get_lower_thresholds_that_hold_on_new_pictures():
    rng = np.random.default_rng(0)
    shares, holds = questions(rng, 1500, [-3, -2.5, 0])
    found = thresholds.fit(shares, holds)
    assert found.figures["used"]
    rare, rarer = found.values[1], found.values[0]
    assert max(rare, rarer) < 0.4
    new, truth = questions(rng, 6000, [-3, -2.5, 0])
    everything = np.ones((1, 6000), dtype=int)
    own = f1_scores(new >= found.values, truth, everything).mean()
    even = f1_scores(new >= EVEN, truth, everything).mean()
    assert own > even + 0.05
    assert own == pytest.approx(found.figures["f1_own"], abs=0.05)


def test_one_half_stays_where_nothing_is_gained():
    used = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        shares = np.where(rng.random((200, 4)) < 0.5, 0.95, 0.05)
        used += thresholds.fit(shares, rng.random((200, 4)) < shares).values is not None
    assert used == 0


def test_a_class_with_few_labels_keeps_one_half():
    rng = np.random.default_rng(1)
    shares, holds = questions(rng, 400, [-2.5, -2.5])
    holds[:, 1] = False
    holds[: OWN_FROM - 1, 1] = True
    found = thresholds.fit(shares, holds)
    assert found.figures["per_class"][1]["threshold"] == EVEN
    assert thresholds.fit(shares[:, 1:], holds[:, 1:]).values is None


@given(st.integers(0, 2**31), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_thresholds_lie_between_the_scores_and_figures_are_json(seed, n):
    rng = np.random.default_rng(seed)
    shares, holds = questions(rng, n, [0, 1, -1])
    found = thresholds.fit(shares, holds, seed)
    json.dumps(found.figures, allow_nan=False)
    if found.values is not None:
        assert np.all((found.values > 0) & (found.values < 1))


def test_f1_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    said, holds = rng.random((50, 4)) < 0.4, rng.random((50, 4)) < 0.4
    weights = rng.integers(0, 3, (5, 50))
    found = f1_scores(said, holds, weights)
    for own, row in zip(weights, found, strict=True):
        expected = f1_score(holds, said, average=None, sample_weight=own)
        assert row == pytest.approx(expected)


@given(st.integers(0, 2**31), st.integers(1, 8))
def test_proposed_labels_come_first_whatever_their_thresholds(seed, k):
    rng = np.random.default_rng(seed)
    scores = rng.random((20, 8)).round(1).astype(np.float32)
    floors = rng.uniform(0.05, 0.95, 8).round(1)
    found = summarise_multi(scores, k, floors)
    assert_array_equal(found.chosen, scores >= floors)
    kept = np.take_along_axis(found.chosen, found.top, axis=1)
    assert np.all(kept[:, :-1] >= kept[:, 1:])
    assert_array_equal(kept.sum(axis=1), np.minimum(found.chosen.sum(axis=1), k))
    assert_array_equal(found.abstained, ~found.chosen.any(axis=1))
    shown = np.take_along_axis(scores, found.top, axis=1)
    assert_array_equal(found.score, shown)


def test_a_vector_of_one_half_is_one_half():
    scores = np.random.default_rng(3).random((50, 6)).astype(np.float32)
    one, many = summarise_multi(scores, 3), summarise_multi(scores, 3, np.full(6, EVEN))
    assert_array_equal(one.top, many.top)
    assert_array_equal(one.chosen, many.chosen)


def test_the_thresholds_of_a_head_come_with_its_calibration():
    rng = np.random.default_rng(4)
    texts = normalised(rng.normal(size=(3, 16)))
    X = normalised(rng.normal(size=(1200, 16)))
    y = (rng.random((1200, 3)) < expit(7 * X @ texts.T - 2.5)).astype(int)
    head = MultiLabelHead(texts, 7.0, -2.5)
    found = calibration_for(head, X, y, np.ones(1200, dtype=bool))
    assert found.figures["thresholds"]["used"]
    assert max(found.parameters["thresholds"]) < EVEN
    nothing = calibration_for(head, X[:30], y[:30], np.ones(30, dtype=bool))
    assert nothing.parameters["thresholds"] is None
    assert (found.changes_proposals, nothing.changes_proposals) == (True, False)
    assert_array_equal(thresholds_of(found.parameters), found.parameters["thresholds"])
    assert thresholds_of(nothing.parameters) == thresholds_of(None) == EVEN
