"""What several people's answers amount to, and how reliable each of them is.

A consensus is a suggestion to a reviewer; it is never the label by itself.
"""

import io
from contextlib import redirect_stdout
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.quality.answer_table import recoded
from labeling.quality.kappa import MISSING

DAWID_SKENE = "Dawid and Skene (Applied Statistics, 1979): each person's confusion matrix, by EM"
CROWDLAB = (
    "CROWDLAB (Goh, Tkachenko and Mueller, 2022; cleanlab): people and the head weighed by how "
    "often they agree with the majority"
)
PRIOR = 0.5
"""Answers added to each cell of a confusion matrix: nobody is thought infallible after few."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Consensus:
    """The most probable outcome of each item and what is known of the people.

    Attributes:
        outcome: int64 [n].
        confidence: float64 [n] in 0 to 1, the probability of that outcome.
        reliability: float64 [r] in 0 to 1, by person: the probability that an answer of theirs is
            right; NaN for who has answered nothing.
        method: how it was found.
    """

    outcome: NDArray[np.int64]
    confidence: Array
    reliability: Array
    method: str


@dataclass(frozen=True)
class SetConsensus:
    """The most probable set of classes of each item.

    Attributes:
        holds: bool [n, c], the classes of the set.
        confidence: float64 [n] in 0 to 1, the probability that the set is right in every class on
            which the item's people differ; 1 where they differ on none.
    """

    holds: NDArray[np.bool_]
    confidence: Array


def dawid_skene(
    answers: NDArray[np.integer], outcomes: int, iterations: int = 100, tolerance: float = 1e-6
) -> Consensus:
    """Estimate the outcome of each item and each person's errors from the answers alone.

    Args:
        answers: int [n, r], 0 to ``outcomes`` − 1 by person, MISSING where there is none; each
            item has at least one.
        outcomes: how many outcomes there are.
        iterations: of expectation and maximisation, at most.
        tolerance: change of a probability below which it ends.

    Raises:
        ValueError: an item has no answer.
    """
    given = np.stack([answers == one for one in range(outcomes)], axis=2).astype(np.float64)
    if not (answers != MISSING).any(axis=1).all():
        raise ValueError("an item has no answer")
    shares = _normalised(given.sum(axis=1))
    for _ in range(iterations):
        confusion = _normalised(np.einsum("nj,nrk->rjk", shares, given) + PRIOR / outcomes)
        prior = _normalised(shares.sum(axis=0) + PRIOR)
        logs = np.log(prior) + np.einsum("rjk,nrk->nj", np.log(confusion), given)
        new = _normalised(np.exp(logs - logs.max(axis=1, keepdims=True)))
        moved = float(np.abs(new - shares).max())
        shares = new
        if moved < tolerance:
            break
    return Consensus(
        shares.argmax(axis=1), shares.max(axis=1), _reliability(shares, given), DAWID_SKENE
    )


def crowdlab(answers: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Consensus:
    """Weigh people and a head together.

    Args:
        answers: int [n, r] as for `dawid_skene`, by at least two people.
        probabilities: float [n, k] of a head that did not learn from these items.

    Raises:
        ValueError: fewer than two people, or an item without an answer.
    """
    if answers.shape[1] < 2 or not (answers != MISSING).any(axis=1).all():
        raise ValueError("CROWDLAB needs two people, and an answer to each item")
    from cleanlab.multiannotator import get_label_quality_multiannotator

    asked = (answers != MISSING).any(axis=0)
    table = np.where(answers == MISSING, np.nan, answers.astype(np.float64))[:, asked]
    found = get_label_quality_multiannotator(
        table, np.asarray(probabilities, dtype=np.float64), verbose=False
    )
    quality, people = found["label_quality"], found["annotator_stats"]
    reliability = np.full(answers.shape[1], np.nan)
    reliability[np.flatnonzero(asked)[people.index.to_numpy(dtype=int)]] = people[
        "annotator_quality"
    ]
    return Consensus(
        quality["consensus_label"].to_numpy(dtype=np.int64),
        quality["consensus_quality_score"].to_numpy(dtype=np.float64),
        reliability,
        CROWDLAB,
    )


def relabel_scores(
    answers: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    unlabelled: NDArray[np.floating],
) -> tuple[Array, Array]:
    """Say what teaches more: another answer to a labelled item, or a first one to a new item.

    ActiveLab (Goh and Mueller, ICLR workshop 2023; cleanlab): the lower the score, the sooner.

    Args:
        answers: int [n, r] as for `dawid_skene`.
        probabilities: float [n, k] of the labelled items, held out.
        unlabelled: float [m, k] of items without an answer.

    Returns:
        scores of the labelled [n] and of the unlabelled items [m], comparable with each other.
    """
    from cleanlab.multiannotator import get_active_learning_scores

    table = np.where(answers == MISSING, np.nan, answers.astype(np.float64))
    table = table[:, (answers != MISSING).any(axis=0)]
    with redirect_stdout(io.StringIO()):  # it prints warnings, which would stand between our JSON
        labelled, new = get_active_learning_scores(
            table, np.asarray(probabilities, np.float64), np.asarray(unlabelled, np.float64)
        )
    return np.asarray(labelled), np.asarray(new)


def crowdlab_of_sets(
    answers: NDArray[np.integer],
    marks: NDArray[np.bool_],
    probabilities: NDArray[np.floating],
) -> SetConsensus:
    """Weigh people and a head together, each class being a question of its own.

    Where an item's people agree on a class, that is its answer; the head counts where they differ.

    Args:
        answers: int [n, r] as for `dawid_skene`: the set that each person gave, as a row of marks.
        marks: bool [o, c], the classes of each set.
        probabilities: float [n, c] in 0 to 1, that each class holds, of a head that did not learn
            from these items.

    Raises:
        ValueError: fewer than two people, or an item without an answer.
    """
    holds = np.zeros(probabilities.shape, dtype=bool)
    confidence = np.ones(len(answers))
    for c in range(probabilities.shape[1]):
        own = recoded(answers, marks[:, c])
        said_yes, said_no = (own == 1).any(axis=1), (own == 0).any(axis=1)
        holds[:, c] = said_yes
        differ = said_yes & said_no
        if differ.any():
            found = crowdlab(own, _no_yes(probabilities[:, c]))
            holds[differ, c] = found.outcome[differ] == 1
            confidence[differ] *= found.confidence[differ]
    return SetConsensus(holds, confidence)


def relabel_scores_of_sets(
    answers: NDArray[np.integer],
    marks: NDArray[np.bool_],
    probabilities: NDArray[np.floating],
    unlabelled: NDArray[np.floating],
) -> tuple[Array, Array]:
    """`relabel_scores` where people give sets: an item scores as its least sure class does.

    Args:
        answers: int [n, r] as for `crowdlab_of_sets`.
        marks: bool [o, c], the classes of each set; at least one class.
        probabilities: float [n, c] in 0 to 1, of the labelled items, held out.
        unlabelled: float [m, c] of items without an answer.
    """
    labelled, new = np.ones(len(answers)), np.ones(len(unlabelled))
    for c in range(marks.shape[1]):
        of_labelled, of_new = relabel_scores(
            recoded(answers, marks[:, c]),
            _no_yes(probabilities[:, c]),
            _no_yes(unlabelled[:, c]),
        )
        labelled, new = np.minimum(labelled, of_labelled), np.minimum(new, of_new)
    return labelled, new


def _no_yes(probabilities: NDArray[np.floating]) -> Array:
    return np.column_stack([1 - probabilities, probabilities]).astype(np.float64)


def _reliability(shares: Array, given: Array) -> Array:
    answered = given.sum(axis=(0, 2))
    right = np.einsum("nj,nrj->r", shares, given)
    return np.divide(right, answered, out=np.full(len(answered), np.nan), where=answered > 0)


def _normalised(values: Array) -> Array:
    return values / values.sum(axis=-1, keepdims=True)
