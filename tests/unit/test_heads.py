import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import approx_fprime
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from labeling.heads import shrinkage
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.prompts.text_bank import normalised
from labeling.scoring.abstain import NONE
from labeling.scoring.zero_shot import propose


def vectors(rng, n, dim=6):
    return normalised(rng.normal(size=(n, dim)))


def digits(noise=1.5, seed=0):
    """Digits with "texts" that are noisy means of other digits, so zero-shot is often right."""
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    X, y = PCA(32, random_state=0).fit_transform(X), y
    order = rng.permutation(len(y))
    told, shown = order[:800], order[800:]
    means = np.stack([X[told][y[told] == c].mean(axis=0) for c in range(10)])
    texts = means + noise * means.std() * rng.normal(size=means.shape)
    return normalised(X[shown]), y[shown], ZeroShotHead(normalised(texts), 15.0)


@given(st.integers(0, 2**31), st.booleans())
def test_before_any_label_it_is_zero_shot(seed, with_background):
    rng = np.random.default_rng(seed)
    X, texts = vectors(rng, 8), vectors(rng, 4)
    background = vectors(rng, 2) if with_background else None
    head = ZeroShotHead(texts, 20.0, -10.0, background)
    found = propose(X, texts, 20.0, -10.0, k=4, background=background)
    shares = head.predict_proba(X)
    assert_allclose(np.take_along_axis(shares, found.top, axis=1), found.score, atol=1e-5)
    if with_background:
        assert_allclose(shares[:, -1], found.none, atol=1e-5)
    assert_array_equal(head.predict(X) == NONE, found.abstained)
    nothing = head.fit(np.empty((0, 6), np.float32), np.empty(0, int))
    assert_array_equal(nothing.predict_proba(X), shares)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 12), st.booleans())
def test_probabilities_sum_to_one_whatever_was_labelled(seed, n, with_background):
    rng = np.random.default_rng(seed)
    background = vectors(rng, 2) if with_background else None
    head = ZeroShotHead(vectors(rng, 5), 30.0, None, background)
    head.fit(vectors(rng, n), rng.integers(-1, 5, n))
    shares = head.predict_proba(vectors(rng, 20))
    assert shares.shape == (20, 6 if with_background else 5)
    assert np.all((shares >= 0) & (shares <= 1))
    assert_allclose(shares.sum(axis=1), 1, atol=1e-9)
    assert set(head.predict(vectors(rng, 20))) <= set(head.classes_)


@settings(max_examples=25)
@given(st.integers(0, 2**31))
def test_the_order_of_classes_and_of_labels_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    X, y, texts, more = vectors(rng, 15), rng.integers(0, 4, 15), vectors(rng, 4), vectors(rng, 9)
    order, shuffle = rng.permutation(4), rng.permutation(15)
    straight = ZeroShotHead(texts, 10.0).fit(X, y).predict_proba(more)
    renumbered = np.argsort(order)[y]
    other = ZeroShotHead(texts[order], 10.0).fit(X[shuffle], renumbered[shuffle])
    assert_allclose(straight[:, order], other.predict_proba(more), atol=2e-3)


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3, 4))
    allowed = np.array([[1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]], dtype=bool)
    for loss in (shrinkage.group_loss(allowed), shrinkage.binary_loss(allowed.astype(float))):
        numeric = approx_fprime(logits.ravel(), lambda z, f=loss: f(z.reshape(3, 4))[0], 1e-7)
        assert_allclose(loss(logits)[1].ravel(), numeric, atol=1e-5)


def test_without_a_prior_it_is_ridge_logistic_regression():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(80, 4)), rng.integers(0, 3, 80)
    flat = shrinkage.Line(np.zeros((3, 4)), np.zeros(3))
    loss = shrinkage.group_loss(np.arange(3) == y[:, None])
    ours = shrinkage.fit_line(X, loss, flat, 0.7, 1e-9, flat, 500)
    theirs = LogisticRegression(C=0.7**2, fit_intercept=False, tol=1e-8, max_iter=1000).fit(X, y)
    assert_allclose(ours.weights, theirs.coef_, atol=1e-3)
    assert_allclose(ours.intercept, 0, atol=1e-6)


def test_two_binary_questions_are_two_logistic_regressions():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 3))
    y = np.column_stack([X[:, 0] + rng.normal(size=60) > 0, rng.random(60) > 0.5]).astype(int)
    flat = shrinkage.Line(np.zeros((2, 3)), np.zeros(2))
    ours = shrinkage.fit_line(X, shrinkage.binary_loss(y), flat, 1.0, 1e-9, flat, 500)
    for k in range(2):
        theirs = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-8).fit(X, y[:, k])
        assert_allclose(ours.weights[k], theirs.coef_[0], atol=1e-3)


def test_one_label_moves_its_neighbourhood_and_keeps_unseen_classes():
    texts = np.eye(4, dtype=np.float32)[:3]
    picture = normalised(np.array([[0.9, 0.8, 0.0, 0.3]]))
    far = np.array([[0, 0, 1, 0]], np.float32)
    bare, taught = ZeroShotHead(texts, 10.0), ZeroShotHead(texts, 10.0).fit(picture, np.array([1]))
    assert bare.predict(picture)[0] == 0
    assert taught.predict(picture)[0] == 1
    assert taught.predict(far)[0] == 2
    assert taught.predict_proba(far)[0, 2] > 0.9


def test_scale_and_vectors_may_trade_factors():
    rng = np.random.default_rng(4)
    X, y, texts = vectors(rng, 20), rng.integers(0, 3, 20), vectors(rng, 3)
    one = ZeroShotHead(texts, 10.0).fit(X, y).predict_proba(X)
    other = ZeroShotHead(texts * 2, 5.0).fit(X, y).predict_proba(X)
    assert_allclose(one, other, atol=1e-5)


def test_warm_start_finds_the_same_optimum():
    rng = np.random.default_rng(5)
    X, y, texts = vectors(rng, 40), rng.integers(0, 3, 40), vectors(rng, 3)
    cold = ZeroShotHead(texts, 10.0).fit(X, y)
    warm = ZeroShotHead(texts, 10.0, warm_start=True).fit(X[:20], y[:20]).fit(X, y)
    assert_allclose(cold.predict_proba(X), warm.predict_proba(X), atol=1e-3)


def test_scikit_learn_can_clone_and_set_it():
    head = ZeroShotHead(np.eye(2, dtype=np.float32), 5.0, strength=2.0)
    copy = clone(head.fit(np.eye(2), np.array([1, 0]))).set_params(warm_start=True)
    assert copy.get_params()["strength"] == 2.0
    assert not hasattr(copy, "line_")
    assert_array_equal(copy.classes_, [0, 1])
    multi = clone(MultiLabelHead(np.eye(2, dtype=np.float32), 5.0, -2.0))
    assert multi.get_params()["bias"] == -2.0


@pytest.mark.parametrize("noise", [0.5, 1.5, 3.0])
def test_few_labels_never_collapse_and_many_help(noise):
    X, y, head = digits(noise)
    zero_shot = np.mean(head.predict(X[400:]) == y[400:])
    for n in (1, 2, 5, 10, 20):
        few = np.mean(clone(head).fit(X[:n], y[:n]).predict(X[400:]) == y[400:])
        assert few >= zero_shot - 0.03
    many = np.mean(clone(head).fit(X[:400], y[:400]).predict(X[400:]) == y[400:])
    assert many > max(zero_shot, 0.9)


def test_a_flood_of_one_class_does_not_swallow_the_others():
    X, y, head = digits()
    ones = np.flatnonzero(y[:400] == 1)
    taught = clone(head).fit(X[ones], y[ones])
    others = np.flatnonzero(y[400:] != 1) + 400
    before, after = (np.mean(h.predict(X[others]) == y[others]) for h in (head, taught))
    assert after > before - 0.1


def test_none_of_these_is_learned_from_answers_without_any_text():
    X, y, head = digits()
    texts = head.class_vectors[:8]
    y = np.where(y >= 8, NONE, y)
    head = ZeroShotHead(texts, 15.0, background=texts.mean(axis=0, keepdims=True))
    assert not np.any(head.predict(X) == NONE)
    head.fit(X[:400], y[:400])
    none = y[400:] == NONE
    found = head.predict(X[400:]) == NONE
    assert np.mean(found[none]) > 0.7
    assert np.mean(found[~none]) < 0.1


def test_without_background_none_teaches_nothing():
    X, _, head = digits()
    taught = clone(head).fit(X[:5], np.array([NONE] * 5))
    assert_array_equal(taught.predict_proba(X[:20]), head.predict_proba(X[:20]))


def test_background_prompts_share_what_none_gains():
    rng = np.random.default_rng(6)
    X, texts, background = vectors(rng, 10), vectors(rng, 3), vectors(rng, 2)
    head = ZeroShotHead(texts, 10.0, background=background)
    before = head.predict_proba(X)[:, -1]
    after = head.fit(X, np.full(10, NONE)).predict_proba(X)[:, -1]
    assert np.all(after > before)


def test_a_single_class_and_twin_texts_can_be_fitted():
    X = np.eye(2, dtype=np.float32)
    assert_array_equal(
        ZeroShotHead(X[:1], 9.0).fit(X, np.array([0, 0])).predict_proba(X), [[1], [1]]
    )
    twins = ZeroShotHead(np.stack([X[0], X[0]]), 9.0).fit(X, np.array([0, 1]))
    assert_array_equal(twins.predict(X), [0, 1])


def test_multi_label_begins_as_sigmoid_and_learns():
    rng = np.random.default_rng(7)
    texts = np.eye(6, dtype=np.float32)[:3]
    X = vectors(rng, 600)
    y = (X[:, :3] + 0.3 * X[:, 3:] > 0.25).astype(int)
    head = MultiLabelHead(texts, 12.0, -2.0)
    expected = propose(X, texts, 12.0, -2.0, mode="multi", k=3)
    assert_allclose(np.sort(head.predict_proba(X), axis=1)[:, ::-1], expected.score, atol=1e-5)
    before = np.mean(head.predict(X[300:]) == y[300:])
    after = np.mean(clone(head).fit(X[:300], y[:300]).predict(X[300:]) == y[300:])
    assert after > before + 0.02
    assert_array_equal(head.fit(X[:0], y[:0]).predict(X), expected.chosen)


@pytest.mark.parametrize("y", [[0, 3], [-2, 0], [0]])
def test_wrong_labels_are_a_bug(y):
    head = ZeroShotHead(np.eye(3, dtype=np.float32), 5.0)
    with pytest.raises(ValueError, match=r"class indices|belong together"):
        head.fit(np.eye(3)[:2], np.array(y))


@pytest.mark.parametrize("y", [[[0, 2]], [[1]], [[1, 0], [0, 1]]])
def test_wrong_multi_labels_are_a_bug(y):
    with pytest.raises(ValueError, match=r"0 or 1|belong together"):
        MultiLabelHead(np.eye(2, dtype=np.float32), 5.0).fit(np.eye(2)[:1], np.array(y))
