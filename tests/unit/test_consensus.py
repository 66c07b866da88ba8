"""Several people's answers: the reliable outweigh the careless, and the figures say so."""

import numpy as np
import pytest

from labeling.quality.answer_table import recoded
from labeling.quality.consensus import (
    crowdlab,
    crowdlab_of_sets,
    dawid_skene,
    relabel_scores,
    relabel_scores_of_sets,
)
from labeling.quality.kappa import MISSING

RIGHT = (0.97, 0.95, 0.55, 0.5, 0.5)


def crowd(seed, n=300, k=4):
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    wrong = (truth[:, None] + rng.integers(1, k, size=(n, len(RIGHT)))) % k
    answers = np.where(rng.random((n, len(RIGHT))) < RIGHT, truth[:, None], wrong)
    answers[rng.random(answers.shape) < 0.2] = MISSING
    empty = (answers == MISSING).all(axis=1)
    answers[empty, 0] = truth[empty]
    return truth, answers


def majority(answers, k=4):
    return np.stack([(answers == one).sum(axis=1) for one in range(k)], axis=1).argmax(axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_dawid_skene_is_right_more_often_than_the_majority(seed):
    truth, answers = crowd(seed)
    found = dawid_skene(answers, 4)
    assert (found.outcome == truth).mean() > (majority(answers) == truth).mean()
    assert found.reliability == pytest.approx(RIGHT, abs=0.1)
    assert ((found.confidence > 1 / 4) & (found.confidence <= 1)).all()


def test_who_has_not_answered_has_no_reliability():
    _, answers = crowd(0)
    answers[:, 4] = MISSING
    kept = (answers != MISSING).any(axis=1)
    assert np.isnan(dawid_skene(answers[kept], 4).reliability[4])


def test_crowdlab_hears_the_head_where_people_differ():
    truth, answers = crowd(1)
    shares = np.full((len(truth), 4), 0.05)
    shares[np.arange(len(truth)), truth] = 0.85
    found = crowdlab(answers, shares)
    assert (found.outcome == truth).mean() >= (majority(answers) == truth).mean()
    assert found.reliability[0] > found.reliability[4]


def test_an_item_without_answer_is_refused():
    answers = np.array([[0, 1], [MISSING, MISSING]])
    with pytest.raises(ValueError, match="answer"):
        dawid_skene(answers, 2)
    with pytest.raises(ValueError, match="answer"):
        crowdlab(answers, np.full((2, 2), 0.5))


def test_a_disputed_item_is_asked_again_before_an_agreed_one():
    truth, answers = crowd(2)
    shares = np.full((len(truth), 4), 0.1)
    shares[np.arange(len(truth)), truth] = 0.7
    answers[0], answers[1] = [0, 1, 2, 3, 1], [truth[1]] * 5
    labelled, new = relabel_scores(answers, shares, np.full((3, 4), 0.25))
    assert labelled[0] < labelled[1]
    assert len(new) == 3


CLASSES = 3
MARKS = np.array([[number >> c & 1 for c in range(CLASSES)] for number in range(8)], dtype=bool)
"""Every set of three classes."""


def crowd_of_sets(seed, n=300):
    """True sets, what four people gave (places in MARKS), and what an honest head says."""
    rng = np.random.default_rng(seed)
    truth = rng.random((n, CLASSES)) < 0.4
    slips = rng.random((n, 4, CLASSES)) < np.array([0.03, 0.05, 0.3, 0.35])[:, None]
    given = truth[:, None, :] ^ slips
    answers = (given * (1 << np.arange(CLASSES))).sum(axis=2)
    answers[:, 2:][rng.random((n, 2)) < 0.3] = MISSING
    sure = rng.beta(6, 1.5, size=truth.shape)
    return truth, answers, np.where(truth, sure, 1 - sure)


@pytest.mark.parametrize("seed", range(3))
def test_sets_are_weighed_class_by_class(seed):
    truth, answers, shares = crowd_of_sets(seed)
    found = crowdlab_of_sets(answers, MARKS, shares)
    given = np.where((answers == MISSING)[..., None], np.nan, MARKS[answers])
    majority = np.nanmean(given, axis=1) > 0.5
    agreed = (np.nanmin(given, axis=1) == np.nanmax(given, axis=1)).all(axis=1)
    right = (found.holds == truth).all(axis=1)
    assert right.mean() > (majority == truth).all(axis=1).mean()
    assert (found.holds[agreed] == majority[agreed]).all(), "where people agree no head is heard"
    assert (found.confidence[agreed] == 1).all()
    assert ((found.confidence[~agreed] > 0) & (found.confidence[~agreed] < 1)).all()


def test_a_set_is_as_sure_as_its_least_sure_class():
    _, answers, shares = crowd_of_sets(3)
    answers[0] = [0, 1, 0, 1]
    answers[1], shares[1] = 5, np.where(MARKS[5], 0.99, 0.01)
    labelled, new = relabel_scores_of_sets(answers, MARKS, shares, np.full((3, CLASSES), 0.5))
    assert labelled[0] < labelled[1]
    each = [
        relabel_scores(
            np.where(answers == MISSING, MISSING, MARKS[answers, c]),
            np.column_stack([1 - shares[:, c], shares[:, c]]),
            np.full((3, 2), 0.5),
        )
        for c in range(CLASSES)
    ]
    assert labelled == pytest.approx(np.min([one for one, _ in each], axis=0))
    assert new == pytest.approx(np.min([one for _, one in each], axis=0))


def test_who_has_not_answered_stays_so_however_few_answers_there_are():
    answers = np.array([[0, MISSING], [MISSING, 0], [0, 0]])
    assert recoded(answers, np.array([7])).tolist() == [[7, MISSING], [MISSING, 7], [7, 7]]
    assert recoded(np.full((2, 2), MISSING), np.array([], np.int64)).tolist() == [[MISSING] * 2] * 2
    labelled, _ = relabel_scores_of_sets(
        answers, np.array([[True]]), np.full((3, 1), 0.9), np.full((1, 1), 0.5)
    )
    assert ((labelled > 0) & (labelled <= 1)).all()


def test_a_rare_answer_that_is_outvoted_prints_nothing(capsys):
    answers = np.zeros((30, 3), dtype=np.int64)
    answers[0, 0] = 1
    relabel_scores(answers, np.tile([0.9, 0.1], (30, 1)), np.full((3, 2), 0.5))
    assert capsys.readouterr().out == ""
