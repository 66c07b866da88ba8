"""Confident learning finds labels that were turned over, and leaves right ones alone."""

import numpy as np
import pytest

from labeling.quality.label_errors import FEWEST_LABELS, suspects, suspects_of_sets


def sharp(truth, k, confidence=0.9):
    shares = np.full((len(truth), k), (1 - confidence) / (k - 1))
    shares[np.arange(len(truth)), truth] = confidence
    return shares


def test_turned_labels_are_found_first_and_told_by_their_likelier_class():
    truth = np.arange(120) % 4
    labels = truth.copy()
    labels[[3, 50, 99]] = (truth[[3, 50, 99]] + 1) % 4
    found = suspects(labels, sharp(truth, 4))
    assert set(found.rows) == {3, 50, 99}
    assert (found.likelier == truth[found.rows]).all()
    assert found.expected == pytest.approx(3 * (1 - 0.1 / 3))
    assert found.n == 120


def test_right_labels_are_not_suspected():
    truth = np.arange(60) % 3
    assert len(suspects(truth, sharp(truth, 3)).rows) == 0


def test_the_most_suspicious_comes_first():
    truth = np.zeros(60, dtype=int)
    truth[30:] = 1
    shares = sharp(truth, 2)
    labels = truth.copy()
    labels[[5, 6]] = 1
    shares[5] = [0.99, 0.01]
    assert list(suspects(labels, shares).rows) == [5, 6]


def test_few_labels_raise_no_suspicion():
    truth = np.zeros(FEWEST_LABELS - 1, dtype=int)
    labels = truth.copy()
    labels[0] = 1
    assert len(suspects(labels, sharp(truth, 2)).rows) == 0


def test_a_class_that_nobody_gave_is_no_obstacle():
    truth = np.arange(60) % 3
    labels = truth.copy()
    labels[7] = (truth[7] + 1) % 3
    assert list(suspects(labels, sharp(truth, 5)).rows) == [7]


def test_labels_out_of_range_are_refused():
    with pytest.raises(ValueError, match="fit"):
        suspects(np.array([0, 3]), np.full((2, 3), 1 / 3))


def test_sets_are_doubted_by_their_least_supported_class():
    holds = np.zeros((80, 3), dtype=bool)
    holds[:40, 0] = True
    holds[::2, 1] = True
    shares = np.where(holds, 0.95, 0.05)
    holds[4, 1] = False
    holds[10, 0] = False
    found = suspects_of_sets(holds, shares)
    assert {int(r): int(c) for r, c in zip(found.rows, found.likelier, strict=True)} == {
        4: 1,
        10: 0,
    }
    assert found.quality == pytest.approx([0.05, 0.05])
