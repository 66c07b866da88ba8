"""Heads over the vectors of several models side by side."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from labeling.heads import storage
from labeling.heads.candidates import JOINED, TRANSDUCTIVE, ZERO_SHOT, candidates
from labeling.heads.choice import choose, log_losses
from labeling.heads.columns import LABEL_LENGTH, Columns, ColumnsHead, label_of
from labeling.heads.joined import JoinedHead
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.heads.probe import MultiLabelProbeHead
from labeling.heads.residual import fit_residual
from labeling.heads.separability import judges

OWN, FIRST, SECOND = 6, 8, 5
FURTHER = [Columns("one", OWN, OWN + FIRST), Columns("two", OWN + FIRST, OWN + FIRST + SECOND)]
WIDTH = OWN + FIRST + SECOND


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pictures(rng: np.random.Generator, n: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Vectors whose first columns say nothing of the class, while the others do."""
    y = np.arange(n) % classes
    places = np.random.default_rng(99).normal(size=(classes, FIRST + SECOND))
    seen = places[y] + 0.4 * rng.normal(size=(n, FIRST + SECOND))
    parts = [rng.normal(size=(n, OWN)), seen[:, :FIRST], seen[:, FIRST:]]
    return np.concatenate([unit(part) for part in parts], axis=1), y


def zero_shot(rng: np.random.Generator, none: bool = True) -> ZeroShotHead:
    background = unit(rng.normal(size=(2, OWN))) if none else None
    return ZeroShotHead(unit(rng.normal(size=(3, OWN))), 20.0, None, background)


def kinds(seed: int = 0, none: bool = True) -> dict:
    rng = np.random.default_rng(seed)
    return candidates(zero_shot(rng, none), pictures(rng, 80)[0], FURTHER)


def test_each_further_model_has_a_probe_and_all_of_them_one_head():
    names = list(kinds())
    assert names[:2] == [JOINED, TRANSDUCTIVE]
    assert names[-2:] == ["probe:one", "probe:two"]
    rng = np.random.default_rng(0)
    alone = candidates(zero_shot(rng), pictures(rng, 80)[0])
    assert set(names) == {*alone, JOINED, "probe:one", "probe:two"}
    assert not any(isinstance(head, ColumnsHead) for head in alone.values())
    assert {"probe:one", "probe:two", "lda"} <= judges(kinds()).keys()


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.integers(0, 30), st.sampled_from(sorted(kinds())))
def test_every_kind_gives_probabilities_whatever_was_labelled(seed, n, kind):
    rng = np.random.default_rng(seed)
    head = kinds(seed)[kind].fit(pictures(rng, n)[0], rng.integers(-1, 3, n))
    shares = head.predict_proba(pictures(rng, 20)[0])
    assert shares.shape == (20, len(head.classes_)) == (20, 4)
    assert_allclose(shares.sum(axis=1), 1, atol=1e-9)
    assert head.n_labels_ == n


def test_kinds_of_the_own_model_do_not_look_at_further_columns():
    rng = np.random.default_rng(1)
    X, y = pictures(rng, 40)
    other = X.copy()
    other[:, OWN:] = 0
    plain = candidates(zero_shot(np.random.default_rng(0)), X[:, :OWN])
    wide = candidates(zero_shot(np.random.default_rng(0)), X, FURTHER)
    for kind, head in plain.items():
        taught = wide[kind].fit(X, y)
        assert_array_equal(taught.predict_proba(X), taught.predict_proba(other))
        expected = head.fit(X[:, :OWN], y).predict_proba(X[:, :OWN])
        assert_allclose(taught.predict_proba(X), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [JOINED, "probe:one", "probe:two"])
def test_further_features_tell_what_texts_do_not(kind):
    rng = np.random.default_rng(2)
    X, y = pictures(rng, 90)
    rest, truth = pictures(rng, 200)
    every = kinds(3, none=False)
    found = every[kind].fit(X, y)
    assert (found.predict(rest) == truth).mean() > 0.8
    assert (every[TRANSDUCTIVE].fit(X, y).predict(rest) == truth).mean() < 0.5


def test_further_features_that_say_nothing_cost_nearly_nothing():
    rng = np.random.default_rng(4)
    X, y = pictures(rng, 90)
    rest, truth = pictures(rng, 300)
    wide = [np.concatenate([rows[:, OWN:], rows[:, :OWN]], axis=1) for rows in (X, rest)]
    texts = np.stack([X[y == c, OWN:].mean(axis=0) for c in range(3)])
    base = ZeroShotHead(unit(texts), 10.0)
    noise = [Columns("noise", FIRST + SECOND, WIDTH)]
    every = candidates(base, wide[0], noise)
    losses = [
        log_losses(every[kind].fit(wide[0], y), wide[1], truth).mean()
        for kind in (JOINED, TRANSDUCTIVE)
    ]
    assert losses[0] < losses[1] + 0.05


def test_the_choice_falls_on_what_sees_more():
    X, y = pictures(np.random.default_rng(5), 120)
    choice = choose(kinds(6, none=False), X, y, np.arange(120) < 60)
    assert choice.name == JOINED
    assert isinstance(choice.head.inner, JoinedHead)
    assert choice.figures["candidates"][ZERO_SHOT]["log_loss"] > 1


@pytest.mark.parametrize("kind", [JOINED, "probe:two", "lda"])
def test_the_inner_head_is_stored_and_answers_for_its_columns(kind):
    rng = np.random.default_rng(7)
    X, y = pictures(rng, 60)
    head = kinds()[kind].fit(X, y)
    again = storage.load(storage.dump(head.inner))
    assert_array_equal(again.predict_proba(head.seen(X)), head.predict_proba(X))


def test_a_joined_head_holds_no_further_vector_and_forgets_its_own():
    rng = np.random.default_rng(8)
    X, y = pictures(rng, 60)
    X[:, :OWN] = unit(np.where(np.arange(60)[:, None] % 2, 1, -1) + rng.normal(size=(60, OWN)))
    head = kinds()[JOINED].fit(X, (y + np.arange(60) % 2) % 3).inner
    head.keys_, head.votes_, head.beta_ = X[:, :OWN], np.ones((60, 5), np.float32), 2.0
    stored = storage.dump(head)
    for columns in FURTHER:
        assert storage.forget(stored, X[11, columns.start : columns.stop]) is None
    left = storage.forget(stored, X[11, :OWN])
    assert left is not None
    assert not storage.load(left).keys_[11].any()


def test_few_labels_leave_a_joined_head_what_the_texts_say():
    rng = np.random.default_rng(10)
    X, y = pictures(rng, 60)
    every = kinds()
    assert_allclose(
        every[JOINED].fit(X[:4], y[:4]).predict_proba(X),
        every["lda"].fit(X[:4], y[:4]).predict_proba(X),
    )


def test_a_residual_counts_each_picture_without_its_own_label():
    rng = np.random.default_rng(11)
    X, y = pictures(rng, 60)
    noise, fold = rng.normal(size=(60, 4)), np.arange(60) % 5
    allowed = np.arange(3) == y[:, None]
    flat = np.zeros((60, 3))
    found = fit_residual(X[:, OWN:].astype(float), allowed, flat, fold)
    assert (found.unseen.argmax(axis=1) == y).mean() > 0.8
    assert (found.line(X[:, OWN:]).argmax(axis=1) == y).mean() > 0.8
    sure = np.where(allowed, 6.0, 0.0)
    told = fit_residual(noise, allowed, sure, fold)
    assert np.abs(told.line(noise)).max() < 0.5
    assert told.believed > 0.9
    wrong = fit_residual(X[:, OWN:].astype(float), allowed, np.roll(sure, 1, axis=1), fold)
    assert wrong.believed < told.believed / 2


def test_with_several_labels_each_model_has_a_probe():
    rng = np.random.default_rng(9)
    X, y = pictures(rng, 120)
    holds = (y[:, None] == np.arange(3)).astype(int)
    base = MultiLabelHead(unit(rng.normal(size=(3, OWN))), 10.0, -5.0)
    every = candidates(base, X, FURTHER)
    assert list(every) == ["linear", "probe", ZERO_SHOT, "probe:one", "probe:two"]
    head = every["probe:one"]
    assert_allclose(head.predict_proba(X), 0.5)
    head.fit(X[:80], holds[:80])
    assert head.multilabel
    assert ((head.predict(X[80:]) == holds[80:]).mean(axis=1) > 0.9).mean() > 0.8
    again = storage.load(storage.dump(head.inner))
    assert isinstance(again, MultiLabelProbeHead)
    assert_array_equal(again.predict_proba(head.seen(X)), head.predict_proba(X))
    with pytest.raises(ValueError, match="0 or 1"):
        head.fit(X, holds * 2)


@given(st.text(min_size=1, max_size=500))
def test_every_model_has_a_short_name(name):
    label = label_of(name)
    assert len(f"probe:{label}") <= 40
    assert label == name or len(label) == LABEL_LENGTH
    assert label_of(name) == label
    assert label_of(f"{name}x") != label
