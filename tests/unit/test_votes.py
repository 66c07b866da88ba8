"""Labelled pictures vote for what lies near them, where that proves right and nowhere else."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from labeling.heads import votes
from labeling.heads.storage import dump, forget, load
from labeling.heads.transductive import TransductiveHead
from labeling.heads.votes import COPY, KEYS, affinity, fit_votes, unit
from tests.unit.test_transductive import gaussian_classes

DIM = 6


def bent_classes(seed, n=900):
    """Four clusters of two classes that no plane tells apart: XOR of two directions."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], (n, 2))
    X = 0.3 * rng.normal(size=(n, DIM))
    X[:, :2] += signs
    return unit(X), (signs[:, 0] * signs[:, 1] > 0).astype(int)


def one_hot(y, outcomes=2):
    return y[:, None] == np.arange(outcomes)


def folds(n):
    return np.arange(n) % 5


def loudest(X, found):
    """The largest logit that votes give to any of the pictures."""
    return 0.0 if found is None else np.abs(affinity(X, found.keys, found.beta) @ found.votes).max()


def taught(seed=0, labels=200):
    X, y = bent_classes(seed)
    texts = unit(np.random.default_rng(seed).normal(size=(2, DIM)))
    return TransductiveHead(texts, 5.0, pool=X[labels:]).fit(X[:labels], y[:labels]), X, y


@pytest.mark.parametrize("seed", range(3))
def test_classes_that_no_plane_tells_apart_are_told_apart(seed):
    head, X, y = taught(seed)
    assert np.mean(head.predict(X[200:]) == y[200:]) > 0.95
    assert np.mean(head.line_(X[200:]).argmax(axis=1) == y[200:]) < 0.8


@pytest.mark.parametrize("seed", range(3))
def test_gaussian_classes_lose_nothing(seed):
    X, y, texts, _ = gaussian_classes(seed)
    head = TransductiveHead(texts, 1.0, pool=X[200:]).fit(X[:200], y[:200])
    with_votes = np.mean(head.predict(X[200:]) == y[200:])
    head.keys_ = None
    assert with_votes >= np.mean(head.predict(X[200:]) == y[200:]) - 0.01


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_are_noise_hardly_vote(seed):
    rng = np.random.default_rng(seed)
    X, y = unit(rng.normal(size=(300, DIM))), rng.integers(2, size=300)
    assert loudest(X, fit_votes(X, one_hot(y), np.zeros((300, 2)), folds(300), X)) < 1


def test_copies_of_a_picture_do_not_prove_votes_right():
    rng = np.random.default_rng(1)
    X = np.repeat(unit(rng.normal(size=(60, DIM))), 5, axis=0)
    X = unit(X + 0.01 * rng.normal(size=X.shape))
    y = np.repeat(rng.integers(2, size=60), 5)
    assert (X[0] @ X[1]) > COPY
    assert loudest(X, fit_votes(X, one_hot(y), np.zeros((300, 2)), folds(300), X)) < 1


def test_what_another_classifier_knows_is_kept():
    X, y = bent_classes(2)
    known = 8.0 * one_hot(y)
    found = fit_votes(X[:200], one_hot(y[:200]), known[:200], folds(200), X)
    assert found is None or found.believed > 0.9


def test_an_affinity_fades_with_one_minus_the_cosine():
    rng = np.random.default_rng(3)
    X, keys = unit(rng.normal(size=(7, DIM))), unit(rng.normal(size=(3, DIM)))
    assert_allclose(affinity(X, keys, 4.0), np.exp(-4 * (1 - X @ keys.T)))
    assert affinity(X.astype(np.float32), keys, 4.0).dtype == np.float32
    assert_allclose(affinity(3 * X, keys, 4.0), affinity(X, keys, 4.0))
    assert_allclose(affinity(keys, keys, 4.0).diagonal(), 1)
    assert np.isfinite(affinity(np.zeros((1, DIM)), keys, 4.0)).all()


def test_rows_of_zeros_stay():
    assert_array_equal(unit(np.zeros((2, DIM))), np.zeros((2, DIM)))


def test_a_pool_of_one_picture_alone_tells_no_distance():
    X, y = bent_classes(0, 40)
    alike = np.repeat(X[:1], 30, axis=0)
    assert fit_votes(X, one_hot(y), np.zeros((40, 2)), folds(40), alike) is None


def test_thousands_of_labels_are_sampled(monkeypatch):
    monkeypatch.setattr(votes, "TAUGHT", 700)
    X, y = bent_classes(4, 2_000)
    found = fit_votes(X, one_hot(y), np.zeros((2_000, 2)), folds(2_000), X)
    assert found.keys.shape == (KEYS, DIM)
    assert found.votes.shape == (KEYS, 2)
    again = fit_votes(X, one_hot(y), np.zeros((2_000, 2)), folds(2_000), X)
    assert_array_equal(found.votes, again.votes)


def test_a_stored_head_votes_the_same_and_forgets_a_picture():
    head, X, _ = taught()
    stored = dump(head)
    assert_array_equal(load(stored).predict_proba(X), head.predict_proba(X))
    data = forget(stored, X[4].astype(np.float32))
    left = load(data)
    assert not left.keys_[4].any()
    assert not left.votes_[4].any()
    without = load(stored)
    without.keys_, without.votes_ = np.delete(head.keys_, 4, 0), np.delete(head.votes_, 4, 0)
    assert_allclose(left.predict_proba(X), without.predict_proba(X), atol=1e-6)


def test_a_refit_without_labels_forgets_the_votes():
    head, X, y = taught()
    assert head.keys_ is not None
    assert head.fit(X[:0], y[:0]).keys_ is None
