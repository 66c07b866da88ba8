import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from labeling.heads import storage
from labeling.heads.candidates import CANDIDATES, TRANSDUCTIVE, ZERO_SHOT, candidates
from labeling.heads.choice import FEWEST_LABELS, FEWEST_RANDOM, choose, is_due, log_losses
from labeling.heads.gaussians import fit_gaussians
from labeling.heads.held_out import MANY, folds_of
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.scoring.abstain import NONE
from tests.unit.test_heads import digits, vectors

KINDS = [TRANSDUCTIVE, *CANDIDATES]


def zero_shot(rng, with_background=True):
    return ZeroShotHead(vectors(rng, 4), 20.0, -10.0, vectors(rng, 3) if with_background else None)


def untaught(base, kind):
    """A head of a kind, with other pictures to look at than any test's."""
    return candidates(base, vectors(np.random.default_rng(9), 40, base.class_vectors.shape[1]))[
        kind
    ]


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(0, 12), st.booleans(), st.sampled_from(KINDS))
def test_every_kind_gives_probabilities_whatever_was_labelled(seed, n, with_background, kind):
    rng = np.random.default_rng(seed)
    base = zero_shot(rng, with_background)
    head = untaught(base, kind).fit(vectors(rng, n), rng.integers(-1, 4, n))
    shares = head.predict_proba(vectors(rng, 20))
    assert shares.dtype == np.float64
    assert_array_equal(head.classes_, base.classes_)
    assert shares.shape == (20, len(base.classes_))
    assert np.all((shares >= 0) & (shares <= 1))
    assert_allclose(shares.sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "probe"])
def test_before_any_label_it_is_zero_shot(kind):
    rng = np.random.default_rng(0)
    base, X = zero_shot(rng), vectors(rng, 30)
    head = untaught(base, kind)
    assert_array_equal(head.predict_proba(X), base.predict_proba(X))
    head.fit(X[:0], np.empty(0, int))
    assert_allclose(head.predict_proba(X), base.predict_proba(X), atol=1e-12)


def test_a_probe_knows_no_text():
    rng = np.random.default_rng(0)
    head = candidates(zero_shot(rng))["probe"]
    assert_allclose(head.predict_proba(vectors(rng, 5)), 1 / 5)
    head.fit(np.empty((0, 6)), np.empty(0, int))
    assert_allclose(head.predict_proba(vectors(rng, 5)), 1 / 5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != ZERO_SHOT])
def test_labels_help_every_kind_but_zero_shot(kind):
    X, y, base = digits()
    head = untaught(base, kind).fit(X[:300], y[:300])
    before, after = (log_losses(h, X[300:], y[300:]).mean() for h in (base, head))
    assert after < before


@pytest.mark.parametrize(
    "kind", [TRANSDUCTIVE, "lda", "linear", "tip_adapter", "calibrated", "probe"]
)
def test_none_of_these_is_learned_as_an_outcome(kind):
    rng = np.random.default_rng(3)
    base = zero_shot(rng)
    spot = vectors(rng, 1)
    X = np.concatenate([spot + 0.02 * rng.normal(size=(20, 6)), vectors(rng, 40)])
    y = np.concatenate([np.full(20, NONE), base.predict(X[20:])])
    before, after = base.predict_proba(spot), untaught(base, kind).fit(X, y).predict_proba(spot)
    assert after[0, -1] > before[0, -1] or after[0, -1] > 0.9


def test_zero_shot_learns_nothing_and_tells_how_much_it_was_shown():
    X, y, base = digits()
    head = candidates(base)[ZERO_SHOT].fit(X, y)
    assert_array_equal(head.predict_proba(X), base.predict_proba(X))
    assert head.n_labels_ == len(y)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("taught", [False, True])
def test_stored_heads_predict_the_same(kind, taught):
    rng = np.random.default_rng(5)
    head = untaught(zero_shot(rng), kind)
    if taught:
        head.fit(vectors(rng, 40).astype(np.float32), rng.integers(-1, 4, 40))
    X = vectors(rng, 30).astype(np.float32)
    again = storage.load(storage.dump(head))
    assert type(again) is type(head)
    assert_array_equal(again.predict_proba(X), head.predict_proba(X))
    assert storage.dump(again) == storage.dump(head)


def test_only_single_label_heads_look_at_unlabelled_pictures():
    rng = np.random.default_rng(4)
    single, multi = zero_shot(rng), MultiLabelHead(vectors(rng, 4), 10.0, -5.0)
    assert next(iter(candidates(single, vectors(rng, 9)))) == TRANSDUCTIVE
    assert TRANSDUCTIVE not in candidates(single)
    assert TRANSDUCTIVE not in candidates(multi, vectors(rng, 9))


def test_multi_label_heads_are_stored_too():
    rng = np.random.default_rng(6)
    X, y = vectors(rng, 30), rng.integers(0, 2, (30, 4))
    for head in candidates(MultiLabelHead(vectors(rng, 4), 10.0, -5.0)).values():
        again = storage.load(storage.dump(head.fit(X, y)))
        assert_array_equal(again.predict_proba(X), head.predict_proba(X))


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", storage.dump(zero_shot(np.random.default_rng(0)))[:-40]]
)
def test_other_bytes_are_refused(data):
    with pytest.raises(ValueError, match="no stored head"):
        storage.load(data)


def test_the_lowest_log_loss_on_random_labels_wins():
    X, y, base = digits()
    random, kinds = np.arange(200) < 100, candidates(base, X)
    chosen = choose(kinds, X[:200], y[:200], random)
    compared = chosen.figures["candidates"]
    assert chosen.figures["n"] == 100
    assert set(compared) == set(KINDS)
    assert chosen.name != ZERO_SHOT
    assert compared[chosen.name]["worse_by"] <= compared[chosen.name]["standard_error"]
    assert compared[ZERO_SHOT]["worse_by"] > compared[ZERO_SHOT]["standard_error"]
    assert all(one["low"] <= one["log_loss"] <= one["high"] for one in compared.values())
    assert json.loads(json.dumps(chosen.figures)) == chosen.figures
    direct = clone(kinds[chosen.name]).fit(X[:200], y[:200])
    assert_array_equal(chosen.head.predict_proba(X[200:]), direct.predict_proba(X[200:]))


def test_labels_that_a_policy_picked_teach_but_are_never_predicted(monkeypatch):
    X, y, base = digits()
    random = np.random.default_rng(0).random(60) < 0.5
    predicted = []
    monkeypatch.setattr(
        "labeling.heads.choice.log_losses",
        lambda head, rows, answers: predicted.append(rows) or log_losses(head, rows, answers),
    )
    choose({ZERO_SHOT: candidates(base)[ZERO_SHOT]}, X[:60], y[:60], random)
    asked = np.concatenate(predicted)
    assert_array_equal(np.unique(asked, axis=0), np.unique(X[:60][random], axis=0))
    assert len(asked) == random.sum()


def test_a_misleading_text_prior_loses():
    X, y, _ = digits()
    rng = np.random.default_rng(1)
    junk = ZeroShotHead(vectors(rng, 10, X.shape[1]), 15.0)
    kinds = {name: candidates(junk)[name] for name in ("calibrated", "probe", ZERO_SHOT)}
    assert choose(kinds, X[:150], y[:150], np.arange(150) < 60).name == "probe"


def test_zero_shot_stays_where_it_is_right():
    rng = np.random.default_rng(2)
    base = ZeroShotHead(vectors(rng, 5), 30.0)
    X = vectors(rng, 200)
    y = np.array([rng.choice(5, p=shares) for shares in base.predict_proba(X)])
    chosen = choose(candidates(base), X, y, np.ones(200, bool))
    compared = chosen.figures["candidates"]
    assert compared[ZERO_SHOT]["worse_by"] <= 2 * compared[ZERO_SHOT]["standard_error"]


@pytest.mark.parametrize(
    ("labels", "drawn", "name"),
    [
        (0, 0, ZERO_SHOT),
        (FEWEST_LABELS - 1, FEWEST_LABELS - 1, ZERO_SHOT),
        (FEWEST_LABELS, FEWEST_RANDOM - 1, "lda"),
    ],
)
def test_few_labels_compare_nothing(labels, drawn, name):
    X, y, base = digits()
    chosen = choose(candidates(base), X[:labels], y[:labels], np.arange(labels) < drawn)
    assert chosen.name == name
    assert chosen.figures["candidates"] == {}
    assert "fewer than" in chosen.figures["reason"]


def test_no_more_labels_are_compared_than_change_the_choice(monkeypatch):
    monkeypatch.setattr("labeling.heads.choice.MOST_COMPARED", 30)
    X, y, base = digits()
    kinds = {name: candidates(base)[name] for name in ("lda", ZERO_SHOT)}
    figures = choose(kinds, X[:200], y[:200], np.arange(200) < 100).figures
    assert (figures["n"], figures["random"], figures["labels"]) == (30, 100, 200)


@pytest.mark.parametrize(
    ("then", "now", "due"),
    [
        ((9, 9), (10, 10), True),
        ((40, 4), (45, 5), True),
        ((40, 10), (59, 29), False),
        ((40, 10), (60, 10), True),
        ((40, 10), (40, 30), True),
        ((5_000, 300), (5_499, 329), False),
        ((5_000, 300), (5_500, 300), True),
        ((5_000, 300), (5_030, 330), True),
    ],
)
def test_a_choice_holds_until_there_is_a_tenth_more(then, now, due):
    assert is_due({"labels": then[0], "random": then[1]}, *now) is due


@pytest.mark.parametrize(
    ("asked", "labels", "folds"),
    [(50, 999, 5), (100, 1_000, 2), (500, 1_000, 3), (1_000, 1_000, 5), (1_000, 20_000, 2)],
)
def test_each_fold_leaves_four_fifths_to_learn_from(asked, labels, folds):
    assert folds_of(asked, labels) == folds
    assert labels < MANY or asked / folds <= labels / 5 + 1


def test_labels_without_an_outcome_are_not_predicted():
    X, y, base = digits()
    y = np.where(np.arange(len(y)) % 3 == 0, NONE, y)
    chosen = choose(candidates(base), X[:60], y[:60], np.ones(60, bool))
    assert chosen.figures["n"] == int((y[:60] != NONE).sum())


def test_multi_label_heads_are_chosen_by_binary_log_loss():
    rng = np.random.default_rng(7)
    X = vectors(rng, 300)
    y = (X @ rng.normal(size=(6, 3)) > 0).astype(int)
    kinds = candidates(MultiLabelHead(vectors(rng, 3), 10.0, 0.0))
    chosen = choose(kinds, X[:200], y[:200], np.arange(200) < 100)
    assert chosen.name == "linear"
    assert chosen.figures["candidates"]["linear"]["right"] is None
    losses = log_losses(chosen.head, X[200:], y[200:])
    shares = chosen.head.predict_proba(X[200:])
    assert_allclose(losses, -np.log(np.where(y[200:], shares, 1 - shares)).mean(axis=1), atol=1e-6)


def test_disagreeing_shapes_are_refused():
    X, y, base = digits()
    with pytest.raises(ValueError, match="random"):
        choose(candidates(base), X[:20], y[:20], np.ones(19, bool))


def test_texts_count_for_as_many_labels_as_they_are_right():
    rng = np.random.default_rng(8)
    truth = rng.normal(size=(6, 5))
    y = rng.integers(0, 6, 90)
    X, shares = truth[y] + 0.5 * rng.normal(size=(90, 5)), np.eye(6)[y]
    right = fit_gaussians(X, shares, truth / 0.25)
    wrong = fit_gaussians(X, shares, rng.normal(size=(6, 5)) / 0.25)
    assert right.trust > 10 > wrong.trust
    assert_allclose(right.centre + right.around, truth, atol=0.3)
    assert_allclose(wrong.centre + wrong.around, truth, atol=0.6)


@pytest.mark.parametrize("kind", [TRANSDUCTIVE, "lda"])
@pytest.mark.parametrize("seed", range(4))
def test_few_labels_cost_hardly_anything(seed, kind):
    X, y, base = digits(seed=seed)
    rows = np.random.default_rng(seed).permutation(len(y))
    head = candidates(base, X)[kind].fit(X[rows[:15]], y[rows[:15]])
    rest = rows[15:]
    lost = np.mean(base.predict(X[rest]) == y[rest]) - np.mean(head.predict(X[rest]) == y[rest])
    assert lost < 0.03
