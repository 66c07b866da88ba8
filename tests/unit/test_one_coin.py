"""Reliability from answers alone: estimated well, and honest where two people differ."""

import numpy as np
import pytest

from labeling.quality import one_coin
from labeling.quality.answer_table import Given, answered_by_several, by_pair, tabulate
from labeling.quality.consensus import dawid_skene
from labeling.quality.kappa import MISSING, cohen

RIGHT = (0.98, 0.95, 0.9, 0.8)


def crowd(seed: int, n: int, people: int, k: int = 8):
    """Truth, and the answers of ``people`` of four to each item."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    wrong = (truth[:, None] + rng.integers(1, k, size=(n, len(RIGHT)))) % k
    answers = np.where(rng.random(wrong.shape) < RIGHT, truth[:, None], wrong)
    for row in answers:
        row[rng.permutation(len(RIGHT))[people:]] = MISSING
    return truth, answers


def test_accuracy_is_found_from_the_answers_alone() -> None:
    _, answers = crowd(0, 2_000, 2)
    model = one_coin.fit(answers, 8)
    assert model.accuracy == pytest.approx(RIGHT, abs=0.03)
    found = one_coin.reliability(model, answers)
    for share, right in zip(found, RIGHT, strict=True):
        assert share["low"] - 0.03 < right < share["high"] + 0.03
        assert share["n"] == pytest.approx(1_000, abs=100)


def test_its_confidence_is_nearer_the_truth_than_that_of_whole_matrices() -> None:
    gaps = []
    for seed in range(5):
        truth, answers = crowd(seed, 300, 2)
        given = np.sort(answers, axis=1)[:, -2:]
        differ = given[:, 0] != given[:, 1]
        ours = one_coin.fit(answers, 8).posterior(answers)[differ]
        theirs = dawid_skene(answers, 8)
        right = (ours.argmax(axis=1) == truth[differ]).mean()
        right_there = (theirs.outcome[differ] == truth[differ]).mean()
        gaps.append(
            (ours.max(axis=1).mean() - right, theirs.confidence[differ].mean() - right_there)
        )
    ours_gap, theirs_gap = np.mean(gaps, axis=0)
    assert abs(ours_gap) < 0.06 < theirs_gap


def test_somebody_new_is_taken_for_usual_and_nothing_is_certain() -> None:
    _, answers = crowd(1, 300, 2)
    model = one_coin.fit(answers, 8)
    chances = model.posterior(np.array([[0, 1]]), np.array([model.usual, model.usual]))
    assert chances.sum() == pytest.approx(1)
    assert chances[0, :2] == pytest.approx([0.5, 0.5], abs=0.1)


def test_who_was_always_right_is_not_certain_to_be() -> None:
    answers = np.repeat([[0, 0], [1, 1], [2, 2]], 5, axis=0)
    first, _ = one_coin.reliability(one_coin.fit(answers, 3), answers)
    assert first["estimate"] > 0.99
    assert 0.7 < first["low"] < 0.85
    assert cohen(answers).low is None


def test_without_answers_nothing_is_claimed() -> None:
    model = one_coin.fit(np.empty((0, 0), np.int64), 3)
    assert model.usual == 0.5
    assert list(one_coin.reliability(model, np.empty((0, 0), np.int64))) == []
    with pytest.raises(ValueError, match="outcomes"):
        one_coin.fit(np.array([[3, 0]]), 3)


def test_a_table_keeps_the_later_answer_and_sets_whole() -> None:
    one, both = frozenset({"a"}), frozenset({"a", "b"})
    table = tabulate(
        [Given("i", "ann", one), Given("i", "ann", both), Given("i", "bob", both),
         Given("j", "bob", frozenset())]
    )  # fmt: skip
    assert (table.items, table.people) == (["i", "j"], ["ann", "bob"])
    assert table.outcomes[table.answers[0, 0]] == table.outcomes[table.answers[0, 1]] == both
    assert table.answers[1, 0] == MISSING
    assert answered_by_several(table).items == ["i"]
    [pair] = by_pair(table)
    assert (pair.people, pair.n, pair.kappa) == (("ann", "bob"), 1, None)
