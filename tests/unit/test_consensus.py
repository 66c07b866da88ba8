"""Several people's answers: the reliable outweigh the careless, and the figures say so."""

import numpy as np
import pytest

from labeling.quality.consensus import crowdlab, dawid_skene, relabel_scores
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
