import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import f1_score

from labeling.heads.choice import choose
from labeling.heads.linear import ZeroShotHead
from labeling.heads.rare import DONOR_FROM, SynthesisHead, invent
from labeling.heads.untaught import UntaughtHead
from labeling.prompts.text_bank import normalised
from labeling.scoring.abstain import NONE

CLASSES, DIM = 20, 32
RARE = np.arange(0, CLASSES, 2)


def long_tail(seed, shots):
    """Twenty classes with misleading texts, every other one with few labels; and a fair test."""
    rng = np.random.default_rng(seed)
    centres, gap = rng.normal(size=(CLASSES, DIM)), 2 * rng.normal(size=DIM)
    texts = normalised(centres + 1.5 * rng.normal(size=(CLASSES, DIM)) + gap)
    shape = np.exp(rng.normal(size=DIM))
    shape /= np.sqrt(np.mean(shape**2))

    def draw(y):
        return normalised(centres[y] + 1.5 * shape * rng.normal(size=(len(y), DIM)))

    counts = np.where(np.isin(np.arange(CLASSES), RARE), shots, 20)
    y = rng.permutation(np.repeat(np.arange(CLASSES), counts))
    truth = np.repeat(np.arange(CLASSES), 40)
    return draw(y), y, texts, draw(truth), truth


@given(st.integers(0, 2**31), st.integers(0, 60), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_what_is_invented_fills_rare_classes_up_and_no_others(seed, n, enough):
    rng = np.random.default_rng(seed)
    X, y = normalised(rng.normal(size=(n, 6))).astype(float), rng.integers(0, 5, n)
    invented, classes = invent(X, y, rng.normal(size=(5, 6)), enough, seed)
    assert_allclose(np.linalg.norm(invented, axis=1), 1, atol=1e-6)
    labels = np.bincount(y, minlength=5)
    if (labels >= DONOR_FROM).sum() < 2:
        assert not len(classes)
        return
    together = labels + np.bincount(classes, minlength=5)
    assert_array_equal(together[labels >= DONOR_FROM], labels[labels >= DONOR_FROM])
    few = labels < DONOR_FROM
    assert_array_equal(together[few], np.maximum(labels[few], enough))


def test_what_is_invented_lies_where_the_pictures_of_the_class_do():
    X, y, texts, new, truth = long_tail(0, 2)
    invented, classes = invent(X.astype(float), y, texts.astype(float), 60, 0)
    own = np.stack([invented[classes == c].mean(axis=0) for c in RARE])
    real = np.stack([new[truth == c].mean(axis=0) for c in range(CLASSES)])
    nearest = ((own[:, None] - real[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == RARE).mean() >= 0.9
    spread, wanted = invented[classes == 0].std(), new[truth == 0].std()
    assert spread == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize("shots", [0, 1, 2, 4])
def test_rare_classes_are_found_more_often_than_without(shots):
    gains = []
    for seed in range(3):
        X, y, texts, new, truth = long_tail(seed, shots)
        scores = [
            f1_score(truth, head.fit(X, y).predict(new), average="macro")
            for head in (ZeroShotHead(texts, 20.0), SynthesisHead(texts, 20.0))
        ]
        gains.append(scores[1] - scores[0])
    assert np.mean(gains) > 0


def test_without_donors_it_is_plain_logistic_regression():
    X, y, texts, new, _ = long_tail(1, 2)
    few = np.isin(y, RARE)
    plain = ZeroShotHead(texts, 20.0).fit(X[few], y[few])
    assert_array_equal(
        SynthesisHead(texts, 20.0).fit(X[few], y[few]).predict_proba(new), plain.predict_proba(new)
    )


def test_none_of_these_is_never_invented_and_the_seed_decides():
    X, y, texts, new, _ = long_tail(2, 1)
    head = SynthesisHead(texts[:-1], 20.0, None, texts[-1:])
    y = np.where(y == CLASSES - 1, NONE, y)
    again = [head.fit(X, y).predict_proba(new) for _ in range(2)]
    assert_array_equal(*again)
    assert again[0].shape == (len(new), CLASSES)
    other = SynthesisHead(texts[:-1], 20.0, None, texts[-1:], seed=1).fit(X, y)
    assert not np.array_equal(other.predict_proba(new), again[0])
    assert other.n_labels_ == len(y)


def test_it_is_chosen_only_where_it_beats_the_kinds_before_it():
    X, y, texts, _, _ = long_tail(3, 4)
    heads = {
        "linear": ZeroShotHead(texts, 20.0),
        "synthesis": SynthesisHead(texts, 20.0),
        "zero_shot": UntaughtHead(texts, 20.0),
    }
    choice = choose(heads, X, y, np.ones(len(y), dtype=bool))
    found = choice.figures["candidates"]
    gain = found["linear"]["log_loss"] - found["synthesis"]["log_loss"]
    beats = gain > found["linear"]["standard_error"] and found["synthesis"]["worse_by"] == 0
    assert (choice.name == "synthesis") == beats
    assert 0 < found["synthesis"]["macro_f1"] <= 1
