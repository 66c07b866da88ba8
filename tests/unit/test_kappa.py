"""Agreement coefficients against published examples and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labeling.quality.kappa import MISSING, cohen, fleiss, krippendorff

M = MISSING
KRIPPENDORFF = np.array(  # four coders, twelve units: Content Analysis, alpha nominal 0.743
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, M, M, M],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, M, 3],
        [M, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, M],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, M],
    ]
).T
FLEISS_COUNTS = [  # Fleiss' example as often reprinted: kappa 0.210
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def test_krippendorff_is_that_of_the_book():
    assert krippendorff(KRIPPENDORFF).estimate == pytest.approx(0.743, abs=5e-4)


def test_fleiss_is_that_of_the_example():
    answers = np.array([np.repeat(np.arange(5), row) for row in FLEISS_COUNTS])
    assert fleiss(answers).estimate == pytest.approx(0.210, abs=5e-4)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_cohen_is_that_of_scikit_learn(pairs):
    answers = np.array(pairs)
    found = cohen(answers)
    if found is None:
        assert len(np.unique(answers)) == 1
    else:
        assert found.estimate == pytest.approx(cohen_kappa_score(answers[:, 0], answers[:, 1]))
        assert found.low is None or found.low <= found.high


def test_all_alike_is_one_and_missing_answers_do_not_count():
    answers = np.array([[0, 0, M], [1, 1, M], [0, M, 0], [1, M, M]])
    assert krippendorff(answers).estimate == pytest.approx(1.0)
    assert krippendorff(answers).n == 3
    assert cohen(answers[:, :2]).n == 2


def test_nothing_answered_twice_is_no_figure():
    answers = np.array([[0, M], [M, 1]])
    assert cohen(answers) is None
    assert fleiss(answers) is None
    assert krippendorff(answers) is None
