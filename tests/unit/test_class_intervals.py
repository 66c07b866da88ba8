"""Intervals of precision, recall and F1."""

import numpy as np
import pytest

from labeling.quality.class_intervals import intervals
from labeling.quality.intervals import clopper_pearson
from labeling.scoring.metrics import class_figures


def test_each_figure_lies_in_its_interval_and_has_its_own_count() -> None:
    generator = np.random.default_rng(3)
    truth = generator.random((60, 4)) < 0.4
    said = np.where(generator.random((60, 4)) < 0.8, truth, ~truth)
    for figures, found in zip(class_figures(truth, said), intervals(truth, said), strict=True):
        for name, between in found.items():
            assert between.low <= getattr(figures, name) <= between.high
    [first, *_] = intervals(truth, said)
    right = int((truth & said)[:, 0].sum())
    assert first["recall"] == clopper_pearson(right, int(truth[:, 0].sum()))


def test_a_class_that_nobody_saw_may_be_anything() -> None:
    [found] = intervals(np.zeros((5, 1), bool), np.zeros((5, 1), bool))
    assert set(found.values()) == {(0.0, 1.0)}


def test_an_f1_of_one_is_not_certain() -> None:
    one = np.ones((10, 1), bool)
    [found] = intervals(one, one)
    assert found["f1"].high == 1
    low, _ = clopper_pearson(10, 10)
    assert found["f1"].low == pytest.approx(2 * low / (1 + low))
