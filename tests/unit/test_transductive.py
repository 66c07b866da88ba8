import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from sklearn.covariance import oas

from labeling.heads import mixture, storage
from labeling.heads.lda import FEWEST, LdaHead
from labeling.heads.linear import ZeroShotHead
from labeling.heads.mixture import Unlabelled, fit_mixture
from labeling.heads.shrinkage import Line, group_loss
from labeling.heads.stacking import fit_factors
from labeling.heads.transductive import POOL, TransductiveHead, pool_rows
from tests.unit.test_heads import digits, vectors

CLASSES, DIM = 8, 12


def gaussian_classes(seed, n=1500, spread=0.45):
    """A long tail of classes whose pictures vary most in directions that tell nothing, and texts
    that miss their means."""
    rng = np.random.default_rng(seed)
    frequency = 1 / np.arange(1, CLASSES + 1)
    y = rng.choice(CLASSES, n, p=frequency / frequency.sum())
    means = rng.normal(size=(CLASSES, DIM)) * np.repeat([1.0, 0.1], DIM // 2)
    around = rng.normal(size=(n, DIM)) * np.repeat([spread, 3 * spread], DIM // 2)
    texts = means + 0.8 * rng.normal(size=means.shape)
    return means[y] + around, y, texts, means


def head_for(texts, pool=None):
    return TransductiveHead(texts, 1.0, pool=pool)


@pytest.mark.parametrize("seed", range(3))
def test_unlabelled_pictures_tell_how_classes_vary(seed):
    X, y, texts, _ = gaussian_classes(seed)
    plain = LdaHead(texts, 1.0).fit(X[:60], y[:60])
    head = head_for(texts, X[60:]).fit(X[:60], y[:60])
    right, before = (float(np.mean(h.predict(X[60:]) == y[60:])) for h in (head, plain))
    assert right > before + 0.02


def test_a_mixture_finds_how_frequent_classes_are():
    X, y, texts, means = gaussian_classes(1)
    picked = np.concatenate([np.flatnonzero(y == c)[:6] for c in range(CLASSES)])
    rest = np.setdiff1d(np.arange(len(y)), picked)
    start = Line(means, -0.5 * (means**2).sum(axis=1))
    shares = np.eye(CLASSES)[y[picked]]
    line = fit_mixture(X[picked], shares, Unlabelled.of(X[rest]), start, texts)
    told = softmax(line(X[rest]), axis=1).mean(axis=0)
    assert_allclose(told, np.bincount(y[rest], minlength=CLASSES) / len(rest), atol=0.03)


def test_its_covariance_is_that_of_the_pictures_around_the_means():
    rng = np.random.default_rng(2)
    X, told = rng.normal(size=(90, 5)), softmax(rng.normal(size=(90, 4)), axis=1)
    before = np.eye(5)
    found = mixture._maximised(X, told, X.T @ X, rng.normal(size=(4, 5)), before)
    apart = X[:, None] - (found.centre + found.around)
    scatter = np.einsum("nk,nki,nkj->ij", told, apart, apart) / len(X)
    counts = told.sum(axis=0)
    free = 1 - float((counts / (counts + found.trust)).sum()) / len(X)
    expected = mixture._oracle_shrunken(scatter, len(X)) / free
    assert_allclose(found.covariance, expected, atol=1e-8)


@pytest.mark.parametrize("labels", [5, 200])
def test_labels_that_both_are_sure_of_leave_the_learned_classifier_in_charge(labels):
    y = np.arange(labels) % CLASSES
    allowed = y[:, None] == np.arange(CLASSES)
    logits = np.where(allowed, 12.0, 0.0)
    mix = fit_factors(logits, 1.2 * logits, group_loss(allowed))
    assert_allclose([mix.learned, mix.base, *mix.bias], [1, 0, *np.zeros(CLASSES)], atol=0.02)


def test_many_labels_that_the_simpler_classifier_alone_tells_make_it_count():
    rng = np.random.default_rng(3)
    y = np.arange(400) % CLASSES
    allowed = y[:, None] == np.arange(CLASSES)
    mix = fit_factors(
        rng.normal(size=allowed.shape), np.where(allowed, 3.0, 0.0), group_loss(allowed)
    )
    assert mix.learned < 0.6
    assert mix.base > 1.5


@pytest.mark.parametrize("n", [6, 40, 400])
def test_covariances_are_shrunken_as_by_scikit_learn(n):
    X = np.random.default_rng(n).normal(size=(n, 7)) * np.arange(1, 8)
    expected, _ = oas(X, assume_centered=True)
    assert_allclose(mixture._oracle_shrunken(X.T @ X / n, n), expected, rtol=1e-10)


def test_a_sphere_stays_a_sphere():
    assert_allclose(mixture._oracle_shrunken(2 * np.eye(3), 10), 2 * np.eye(3))


@pytest.mark.parametrize("pool", [None, 0, 1])
def test_without_a_pool_it_is_lda(pool):
    X, y, base = digits()
    unlabelled = None if pool is None else X[:pool]
    head = TransductiveHead(base.class_vectors, base.scale, pool=unlabelled).fit(X[:80], y[:80])
    plain = LdaHead(base.class_vectors, base.scale).fit(X[:80], y[:80])
    assert_array_equal(head.predict_proba(X), plain.predict_proba(X))


def test_it_forgets_a_mixture_with_the_labels():
    X, y, base = digits()
    head = TransductiveHead(base.class_vectors, base.scale, pool=X).fit(X[:80], y[:80])
    few = FEWEST - 1
    assert_allclose(head.fit(X[:few], y[:few]).predict_proba(X), base.predict_proba(X))


def test_its_probabilities_are_the_mean_of_two_opinions():
    X, y, base = digits()
    head = TransductiveHead(base.class_vectors, base.scale, pool=X).fit(X[:80], y[:80])
    opinions = [softmax(line(X), axis=1) for line in (head.line_, head.base_)]
    assert_allclose(head.predict_proba(X), np.mean(opinions, axis=0), atol=1e-6)
    plain = LdaHead(base.class_vectors, base.scale).fit(X[:80], y[:80])
    assert_allclose(opinions[1], plain.predict_proba(X), atol=1e-6)


def test_none_of_these_is_shared_out_among_the_background():
    rng = np.random.default_rng(3)
    base = ZeroShotHead(vectors(rng, 4), 20.0, -10.0, vectors(rng, 3))
    X, pool = vectors(rng, 60), vectors(rng, 200)
    head = TransductiveHead(base.class_vectors, 20.0, -10.0, base.background, pool)
    head.fit(X, base.predict(X))
    assert_allclose(head.predict_proba(pool).sum(axis=1), 1)


def test_a_stored_head_holds_no_pictures():
    X, y, base = digits()
    head = TransductiveHead(base.class_vectors, base.scale, pool=X).fit(X[:80], y[:80])
    again = storage.load(storage.dump(head))
    assert again.pool is None
    assert_array_equal(again.predict_proba(X), head.predict_proba(X))
    untaught = storage.load(storage.dump(TransductiveHead(base.class_vectors, pool=X)))
    assert untaught.pool is None


def test_the_sample_to_look_at_is_always_the_same():
    rows = pool_rows(10 * POOL)
    assert len(rows) == POOL
    assert np.all(np.diff(rows) > 0)
    assert_array_equal(rows, pool_rows(10 * POOL))
    assert_array_equal(pool_rows(7), np.arange(7))
    assert len(pool_rows(0)) == 0
