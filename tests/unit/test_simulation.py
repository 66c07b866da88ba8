import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from labeling.heads.linear import ZeroShotHead
from labeling.selection.simulation import Plan, _held_out, mean_interval, replay, replays
from tests.unit.test_heads import digits


@pytest.fixture(scope="module")
def sample():
    X, y, head = digits()
    return X[:400].astype(np.float32), y[:400], head


def test_it_begins_as_zero_shot_and_ends_at_the_truth(sample):
    X, y, head = sample
    points = replay(X, y, head, "margin", Plan(batch=60), seed=1)
    heldout = _held_out(400, Plan(), np.random.default_rng(1))
    assert [p.labels for p in points] == [0, 60, 120, 180, 240, 300, 320]
    assert_allclose(points[0].dataset_accuracy, np.mean(head.predict(X[~heldout]) == y[~heldout]))
    assert_allclose(points[0].heldout_accuracy, np.mean(head.predict(X[heldout]) == y[heldout]))
    assert points[-1].dataset_accuracy == 1
    assert points[-1].heldout_accuracy > points[0].heldout_accuracy
    assert not hasattr(head, "line_")


def test_a_seed_decides_everything(sample):
    X, y, head = sample
    plan = Plan(budget=40)
    first = replay(X, y, head, "random", plan, seed=4)
    assert first == replay(X, y, head, "random", plan, seed=4)
    assert first != replay(X, y, head, "random", plan, seed=5)


@pytest.mark.parametrize(
    ("plan", "labels"),
    [
        (Plan(budget=50), [0, 20, 40, 50]),
        (Plan(budget=0), [0]),
        (Plan(budget=9999, batch=200), [0, 200, 320]),
        (Plan(batch=300, heldout_fraction=0), [0, 300, 400]),
    ],
)
def test_the_budget_is_kept(sample, plan, labels):
    points = replay(*sample, "entropy", plan)
    assert [p.labels for p in points] == labels
    assert (points[0].heldout_accuracy is None) == (plan.heldout_fraction == 0)


def test_refitting_beats_standing_still_and_margin_beats_random(sample):
    X, y, head = sample
    margin = replays(X, y, head, "margin", Plan(budget=160))
    random = replays(X, y, head, "random", Plan(budget=160))
    zero_shot = margin.points[0].heldout_accuracy
    assert margin.points[-1].heldout_accuracy > zero_shot + 0.1
    assert random.points[-1].heldout_accuracy > zero_shot + 0.1
    assert margin.points[-1].dataset_accuracy > random.points[-1].dataset_accuracy


def test_none_of_the_classes_is_an_answer(sample):
    X, y, head = sample
    truth = np.where(y >= 8, -1, y)
    texts = head.class_vectors[:8]
    able = ZeroShotHead(texts, 15.0, background=texts.mean(axis=0, keepdims=True))
    points = replay(X, truth, able, "margin", Plan())
    assert points[-1].dataset_accuracy == 1
    assert points[-1].heldout_accuracy > 0.85
    unable = replay(X, truth, ZeroShotHead(texts, 15.0), "margin", Plan())
    assert unable[-1].heldout_accuracy <= 1 - np.mean(truth == -1) + 0.1


def test_several_seeds_give_means_with_intervals(sample):
    curve = replays(*sample, "margin", Plan(budget=40), seeds=(0, 1, 2))
    runs = [replay(*sample, "margin", Plan(budget=40), seed) for seed in (0, 1, 2)]
    values = [run[1].dataset_accuracy for run in runs]
    point = curve.points[1]
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert_allclose(
        [point.dataset_accuracy, point.dataset_low, point.dataset_high],
        [np.mean(values), low, min(1, high)],
    )
    assert (curve.pool, curve.heldout, curve.seeds) == (320, 80, 3)


def test_labels_to_is_the_first_crossing_of_each_target(sample):
    curve = replays(*sample, "margin", Plan(budget=240), seeds=(0, 1))
    for target, labels in curve.labels_to.items():
        reached = [p.labels for p in curve.points if p.dataset_accuracy >= float(target)]
        assert labels == (reached[0] if reached else None)
    assert list(curve.labels_to) == ["0.90", "0.95", "0.98"]
    short = replays(*sample, "margin", Plan(budget=0), seeds=(0,))
    assert set(short.labels_to.values()) == {None}


def test_one_seed_claims_no_interval(sample):
    plain = replays(*sample, "margin", Plan(budget=20), seeds=(7,)).as_dict()
    assert plain["interval"] is None
    assert plain["curve"][0]["dataset_low"] is None
    assert plain["curve"][1]["labels"] == 20


def test_intervals_stay_within_zero_and_one():
    mean, low, high = mean_interval([0.0, 1.0, 1.0])
    assert (low, high) == (0, 1)
    assert_allclose(mean, 2 / 3)
    assert mean_interval([0.5]) == (0.5, None, None)


def test_groups_are_held_out_as_a_whole():
    groups = np.repeat(np.arange(25), 4)
    chosen = _held_out(100, Plan(groups=groups), np.random.default_rng(0))
    assert chosen.sum() == 20
    assert_array_equal(chosen, np.repeat(chosen[::4], 4))
