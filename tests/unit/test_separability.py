import json

import numpy as np
import pytest

from benchmarks.simulated_sets import inseparable, raw_digits
from labeling.heads.candidates import candidates
from labeling.heads.separability import (
    FEWEST,
    SMALL_GAIN,
    matched_difference,
    separability,
)


def judged(data, labels, drawn=None, seed=0):
    rows = np.random.default_rng(seed).permutation(len(data.truth))[:labels]
    kinds = {name: candidates(data.zero_shot)[name] for name in ("lda", "probe")}
    random = np.arange(labels) < (labels if drawn is None else drawn)
    return separability(kinds, data.vectors[rows], data.truth[rows], random)


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_called_noise(seed):
    found = judged(inseparable(seed), 300)
    assert found.verdict == "do_not_separate"
    assert found.high < SMALL_GAIN
    assert json.loads(json.dumps(found.as_dict()))["sample"] == "random"


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
