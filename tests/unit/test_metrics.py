import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    precision_score,
    recall_score,
    roc_auc_score,
)

from labeling.scoring import reliability
from labeling.scoring.metrics import auc, class_figures, confusion, hubness, macro_f1
from labeling.scoring.unseen import seen_and_unseen

SEEDS = st.integers(0, 2**31)


@given(SEEDS, st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_class_figures_are_those_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    truth, said = rng.random((n, 3)) < 0.4, rng.random((n, 3)) < 0.4
    for own, t, s in zip(class_figures(truth, said), truth.T, said.T, strict=True):
        assert own.precision == pytest.approx(precision_score(t, s, zero_division=0))
        assert own.recall == pytest.approx(recall_score(t, s, zero_division=0))
        assert own.f1 == pytest.approx(f1_score(t, s, zero_division=0))
        assert own.mcc == pytest.approx(matthews_corrcoef(t, s) if n > 1 else 0.0)
        assert own.support == t.sum()


def test_macro_f1_leaves_out_what_never_holds():
    truth = np.array([[True, False], [True, False]])
    assert macro_f1(class_figures(truth, truth)) == 1
    assert macro_f1([]) == 0


@given(SEEDS, st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_the_area_under_the_curve_is_that_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    score, holds = rng.random(n).round(1), rng.random(n) < 0.5
    if 0 < holds.sum() < n:
        assert auc(score, holds) == pytest.approx(roc_auc_score(holds, score))
    else:
        assert auc(score, holds) is None


def test_the_confusion_matrix_has_the_truth_in_its_rows():
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    found = confusion(truth, said, 5)
    assert_array_equal(found[:4, :4], confusion_matrix(truth, said))
    assert found[4].sum() == found[:, 4].sum() == 0


def test_a_class_that_is_near_to_everything_is_a_hub():
    rng = np.random.default_rng(1)
    even = np.eye(10)[np.arange(200) % 10]
    assert hubness(even) == 0
    hub = rng.random((200, 10))
    hub[:150, 0] = 2
    assert hubness(hub) > 2 > abs(hubness(rng.random((5000, 10))))
    assert hubness(np.ones((3, 2)), k=2) == 0


def test_brier_and_log_loss_are_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    shares = rng.dirichlet(np.ones(4), 60)
    answer = rng.integers(0, 4, 60)
    holds = answer[:, None] == np.arange(4)
    found = reliability.figures(shares, holds, several=False)
    assert found["brier"] == pytest.approx(brier_score_loss(answer, shares, labels=[0, 1, 2, 3]))
    assert found["log_loss"] == pytest.approx(log_loss(answer, shares))
    assert found["per_class"][1]["brier"] == pytest.approx(
        brier_score_loss(holds[:, 1], shares[:, 1])
    )
    each = reliability.figures(shares, holds, several=True)
    assert each["brier"] == pytest.approx(
        np.mean([brier_score_loss(h, s) for h, s in zip(holds.T, shares.T, strict=True)])
    )


@given(SEEDS, st.integers(1, 80), st.integers(1, 12))
def test_the_bins_of_the_diagram_hold_every_answer_once(seed, n, bins):
    rng = np.random.default_rng(seed)
    score, right = rng.random(n).round(2), rng.random(n) < 0.5
    found = reliability.reliability(score, right, bins)
    assert sum(one.n for one in found) == n
    assert sum(one.right for one in found) == right.sum()
    assert sum(one.n * one.score for one in found) == pytest.approx(score.sum())
    assert all(one.low - 1e-9 <= one.score <= one.high + 1e-9 for one in found)


def test_accuracies_of_seen_and_unseen_are_means_over_the_classes():
    truth = np.array([0, 0, 0, 1, 2, 2, 3])
    said = np.array([0, 0, 1, 1, 2, 0, 0])  # by class: 2/3, 1, 1/2, 0
    shares = np.eye(4)[[0, 0, 1, 1, 2, 0, 0]] + np.array([0, 0, 0.1, 0.2])
    unseen = np.array([False, False, True, True])
    found = seen_and_unseen(truth, said, shares, unseen)
    assert found.seen == pytest.approx((2 / 3 + 1) / 2)
    assert found.unseen == pytest.approx(1 / 4)
    seen, new = found.seen, found.unseen
    assert found.harmonic_mean == pytest.approx(2 * seen * new / (seen + new))
    assert found.zero_shot == pytest.approx((1 / 2 + 1) / 2)  # the second 2 becomes a 3


def test_without_a_picture_of_either_kind_there_is_no_harmonic_mean():
    truth, shares = np.array([0, 5, -1]), np.eye(3)[[0, 1, 2]]
    found = seen_and_unseen(truth, truth, shares, np.array([False, True, True]))
    assert (found.seen, found.unseen, found.harmonic_mean, found.zero_shot) == (1, None, None, None)
