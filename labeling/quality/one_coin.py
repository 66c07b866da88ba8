"""Dawid and Skene's model with one number a person: how often an answer of theirs is right.

Where few people look at an item, whole confusion matrices are learned from too little: the model
then believes one of two people who differ with far more confidence than it is right. One accuracy
a person, drawn towards that of all, keeps the confidence honest (figures in docs/team.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from labeling.quality.kappa import MISSING

METHOD = (
    "one-coin Dawid-Skene (Zhang, Chen, Zhou and Jordan, Spectral methods meet EM, JMLR 2016): one "
    "accuracy a person, errors alike over the other answers, by EM"
)
RELIABILITY_METHOD = (
    f"{METHOD}; the expected share of right answers, and Clopper-Pearson, 95 %, of their expected "
    "number"
)
STRENGTH = 10.0
"""Answers of a person that the accuracy of all people weighs as much as."""
TAIL = 0.025
"""Probability outside of an interval, on each side."""
PRIOR = 0.5
"""Items added to each outcome: none is thought impossible because it was not seen yet."""

Answers = NDArray[np.integer]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class OneCoin:
    """How usual each outcome is, and how often people are right.

    Attributes:
        shares: float64 [k], sum 1, of the outcomes.
        accuracy: float64 [r], by person, each between 0 and 1.
        usual: the accuracy of somebody of whom nothing is known.
    """

    shares: Array
    accuracy: Array
    usual: float

    def posterior(self, answers: Answers, accuracy: Array | None = None) -> Array:
        """The probability of each outcome of items, float64 [n, k], rows of sum 1.

        Args:
            answers: int [n, r], 0 to k − 1 by person, MISSING where there is none.
            accuracy: of those people [r]; None: of the people of the model.
        """
        known = self.accuracy if accuracy is None else accuracy
        n, k = len(answers), len(self.shares)
        gain = np.log(known) - np.log((1 - known) / (k - 1))
        logs = np.tile(np.log(self.shares), (n, 1))
        item, person = np.nonzero(answers != MISSING)
        np.add.at(logs, (item, answers[item, person]), gain[person])
        chances = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(chances / chances.sum(axis=1, keepdims=True))


def fit(answers: Answers, outcomes: int, iterations: int = 500, tolerance: float = 1e-6) -> OneCoin:
    """Estimate how reliable people are from their answers to the same items.

    Args:
        answers: int [n, r], 0 to ``outcomes`` − 1 by person, MISSING where there is none.
        outcomes: how many outcomes are possible, at least two.
        iterations: of expectation and maximisation, at most.
        tolerance: change of an accuracy below which it ends.

    Raises:
        ValueError: fewer than two outcomes, or an answer that is none of them.
    """
    if outcomes < 2 or answers.max(initial=0) >= outcomes:
        raise ValueError(f"answers up to {answers.max(initial=0)} do not fit {outcomes} outcomes")
    item, person = np.nonzero(answers != MISSING)
    said = answers[item, person]
    given = np.bincount(person, minlength=answers.shape[1])
    votes = np.zeros((len(answers), outcomes))
    np.add.at(votes, (item, said), 1.0)
    chances = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    model = _maximised(chances, item, person, said, given)
    for _ in range(iterations):
        before = model.accuracy
        model = _maximised(model.posterior(answers), item, person, said, given)
        if float(np.abs(model.accuracy - before).max(initial=0.0)) < tolerance:
            break
    return model


def _maximised(
    chances: Array,
    item: NDArray[np.intp],
    person: NDArray[np.intp],
    said: Answers,
    given: NDArray[np.intp],
) -> OneCoin:
    right = np.bincount(person, weights=chances[item, said], minlength=len(given))
    usual = float((right.sum() + 1) / (given.sum() + 2))
    shares = chances.sum(axis=0) + PRIOR
    accuracy = (right + STRENGTH * usual) / (given + STRENGTH)
    return OneCoin(shares / shares.sum(), accuracy, usual)


def reliability(model: OneCoin, answers: Answers) -> Sequence[dict[str, float | int | str] | None]:
    """How reliable each person is, as the others' answers tell.

    Args:
        model: fitted to ``answers``.
        answers: int [n, r] as for `fit`.

    Returns:
        ``{"estimate", "low", "high", "n", "method"}`` by person, shares of n answers; None for who
        has answered nothing.
    """
    chances = model.posterior(answers)
    return [_share(chances, answers[:, person]) for person in range(answers.shape[1])]


def _share(chances: Array, said: Answers) -> dict[str, float | int | str] | None:
    items = np.flatnonzero(said != MISSING)
    n = len(items)
    if not n:
        return None
    right = min(float(chances[items, said[items]].sum()), n)
    return {
        "estimate": right / n,
        "low": float(beta.ppf(TAIL, right, n - right + 1)) if right else 0.0,
        "high": float(beta.ppf(1 - TAIL, right + 1, n - right)) if right < n else 1.0,
        "n": n,
        "method": RELIABILITY_METHOD,
    }
