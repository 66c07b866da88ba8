import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.simulated_sets import inseparable, raw_digits
from labeling.heads.candidates import candidates
from labeling.heads.linear import ZeroShotHead
from labeling.heads.separability import (
    FEWEST,
    JUDGES,
    SMALL_GAIN,
    matched_difference,
    separability,
)
from labeling.heads.votes import unit
from tests.unit.test_votes import bent_classes

pytestmark = pytest.mark.slow


def judged(data, labels, drawn=None, seed=0):
    rows = np.random.default_rng(seed).permutation(len(data.truth))[:labels]
    every = candidates(data.zero_shot, data.pool)
    kinds = {name: every[name] for name in JUDGES}
    random = np.arange(labels) < (labels if drawn is None else drawn)
    return separability(kinds, data.vectors[rows], data.truth[rows], random)


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_called_noise(seed):
    found = judged(inseparable(seed), 300)
    assert found.verdict == "do_not_separate"
    assert found.high < SMALL_GAIN
    assert json.loads(json.dumps(found.as_dict()))["sample"] == "random"


def test_classes_that_bend_are_no_noise():
    X, y = bent_classes(0)
    texts = unit(np.random.default_rng(0).normal(size=(2, X.shape[1])))
    every = candidates(ZeroShotHead(texts, 5.0), X)
    found = separability({name: every[name] for name in JUDGES}, X[:150], y[:150], y[:150] >= 0)
    assert (found.verdict, found.kind) == ("separate", "transductive")


def test_a_class_that_is_nearly_all_there_is_says_nothing_of_the_features():
    data = inseparable(0)
    y = (np.arange(300) % 10 == 0).astype(int)
    kinds = {name: candidates(data.zero_shot)[name] for name in ("lda", "probe")}
    found = separability(kinds, data.vectors[:300], y, y >= 0)
    assert found.high < SMALL_GAIN
    assert found.verdict == "unknown"


@pytest.mark.parametrize("seed", range(3))
def test_digits_are_told_apart_after_few_labels(seed):
    found = judged(raw_digits(seed), 40, seed=seed)
    assert found.verdict == "separate"
    assert found.low > 0
    assert found.gain == pytest.approx((found.right - found.commonest) / found.n)


def test_all_labels_are_predicted_while_random_ones_are_few():
    found = judged(raw_digits(0), 60, drawn=10)
    assert (found.sample, found.n) == ("all", 60)
    found = judged(raw_digits(0), 60, drawn=40)
    assert (found.sample, found.n) == ("random", 40)


def test_labels_that_a_policy_picked_blame_features_only_where_random_ones_gain_little_too():
    noise, digits = inseparable(0), raw_digits(0)
    dim = noise.vectors.shape[1]
    hard = np.arange(300) >= 25
    mixed = replace(
        noise,
        vectors=np.where(hard[:, None], noise.vectors[:300], digits.vectors[:300, :dim]),
        truth=np.where(hard, noise.truth[:300], digits.truth[:300]),
    )
    every = candidates(mixed.zero_shot, mixed.vectors)
    kinds = {name: every[name] for name in ("lda", "probe")}
    told = separability(kinds, mixed.vectors, mixed.truth, np.ones(300, bool))
    assert told.verdict == "do_not_separate", "if all of them had been drawn"
    assert separability(kinds, mixed.vectors, mixed.truth, ~hard).verdict != "do_not_separate"
    drawn = np.arange(300) < 25
    found = separability(kinds, noise.vectors[:300], noise.truth[:300], drawn)
    assert found.verdict == "do_not_separate"
    few = separability(kinds, noise.vectors[:300], noise.truth[:300], drawn & (np.arange(300) < 9))
    assert few.verdict == "unknown"


def test_too_few_labels_say_nothing():
    found = judged(raw_digits(0), FEWEST - 1)
    assert (found.verdict, found.kind, found.low, found.high) == ("unknown", None, -1, 1)


def test_the_interval_covers_the_true_difference():
    rng = np.random.default_rng(0)
    covered = 0
    for cells in rng.multinomial(60, [0.3, 0.1, 0.4, 0.2], size=2000):
        low, high = matched_difference(cells[0], cells[1], 60)
        covered += low <= 0.2 <= high
    assert covered / 2000 > 0.935


def test_the_interval_of_nothing_differing_holds_zero():
    low, high = matched_difference(0, 0, 50)
    assert low < 0 < high < 0.1
