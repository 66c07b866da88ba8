"""Labelling a simulated set by a policy, refitting after each batch, until it is right enough."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_sets import SimulatedSet
from labeling.heads.candidates import candidates
from labeling.heads.choice import choose
from labeling.selection import policies

BATCH = 20
TARGETS = (0.90, 0.95, 0.98)
CONTROL_SHARE = 0.1
STRIDE = 8
"""Batches between two looks at random order, where it is only asked when it is right enough."""
CHOOSE_EVERY = 100
"""Labels between two choices of the kind of head; the head itself is refitted after each batch."""


@dataclass(frozen=True)
class Moment:
    """Between two batches: what is labelled, in order, and what the head says of every picture."""

    labelled: NDArray[np.int64]
    answers: NDArray[np.int64]
    head: Any
    accuracy: float


Teach = Callable[[NDArray[np.floating], NDArray[np.integer], NDArray[np.bool_]], Any]
"""From vectors, labels and which were drawn at random, to a taught head."""


def moments(
    data: SimulatedSet, head: Any, teach: Teach, policy: str, control: float, seed: int
) -> Iterator[Moment]:
    """Label a set to its end, batch by batch.

    Args:
        data: the set; its truth answers.
        head: the head before any label.
        teach: makes the head after each batch.
        policy: what picks, through modAL.
        control: share of each batch that is drawn at random instead.
        seed: of the draws.
    """
    chance = np.random.default_rng(seed)
    waiting = np.arange(len(data.truth))
    labelled, drawn = np.empty(0, np.int64), np.empty(0, bool)
    while True:
        answers = data.truth.copy()
        if len(waiting):
            answers[waiting] = head.predict(data.vectors[waiting])
        yield Moment(labelled, answers, head, float(np.mean(answers == data.truth)))
        if not len(waiting):
            return
        picked, by_lot = _batch(data, head, policy, control, waiting, chance)
        labelled, drawn = np.concatenate([labelled, picked]), np.concatenate([drawn, by_lot])
        waiting = np.setdiff1d(waiting, picked)
        head = teach(data.vectors[labelled], data.truth[labelled], drawn)


def labels_needed(
    data: SimulatedSet, head: Any, teach: Teach, policy: str, control: float, seed: int
) -> list[int]:
    """Return the labels after which the whole set is first as right as each of `TARGETS`."""
    needed: list[int] = []
    for moment in moments(data, head, teach, policy, control, seed):
        while len(needed) < len(TARGETS) and moment.accuracy >= TARGETS[len(needed)]:
            needed.append(len(moment.labelled))
        if len(needed) == len(TARGETS):
            break
    return needed


def random_labels_needed(data: SimulatedSet, teach: Teach, seed: int) -> list[int]:
    """Return the same as `labels_needed` in random order, from fewer fits.

    Only every `STRIDE`-th batch is looked at, then those between the last that was not right enough
    and the first that was, by halving.
    """
    order = np.random.default_rng(seed).permutation(len(data.truth))

    @cache
    def accuracy(labels: int) -> float:
        rows, rest = order[:labels], order[labels:]
        head = teach(data.vectors[rows], data.truth[rows], np.ones(labels, bool))
        wrong = (
            int(np.sum(head.predict(data.vectors[rest]) != data.truth[rest])) if len(rest) else 0
        )
        return 1 - wrong / len(data.truth)

    def first(target: float, low: int) -> int:
        high = low
        while accuracy(min(high, len(order))) < target:
            low, high = high, high + STRIDE * BATCH
        while high - low > BATCH:
            middle = (low + high) // (2 * BATCH) * BATCH
            low, high = (
                (low, middle) if accuracy(min(middle, len(order))) >= target else (middle, high)
            )
        return min(high, len(order))

    needed: list[int] = []
    for target in TARGETS:
        needed.append(first(target, needed[-1] if needed else 0))
    return needed


def one_kind(data: SimulatedSet, kind: str) -> tuple[Any, Teach]:
    """Return an untaught head of a kind, and how it learns."""
    head = candidates(data.zero_shot, data.pool)[kind]

    def teach(X: Any, y: Any, drawn: Any) -> Any:  # noqa: ARG001
        return head.fit(X, y)

    return head, teach


def chosen_kind(data: SimulatedSet, seed: int) -> tuple[Any, Teach]:
    """Return the head that the product begins with, and its learning: kinds chosen by log-loss."""
    kinds = candidates(data.zero_shot, data.pool)
    state: dict[str, Any] = {"head": data.zero_shot, "at": -CHOOSE_EVERY}

    def teach(X: Any, y: Any, drawn: NDArray[np.bool_]) -> Any:
        if len(y) - state["at"] >= CHOOSE_EVERY or len(y) <= 2 * BATCH:
            state.update(head=choose(kinds, X, y, drawn, seed=seed).head, at=len(y))
            return state["head"]
        return state["head"].fit(X, y)

    return data.zero_shot, teach


def _batch(
    data: SimulatedSet,
    head: Any,
    policy: str,
    control: float,
    waiting: NDArray[np.int64],
    chance: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    size = min(BATCH, len(waiting))
    by_lot = chance.choice(waiting, round(control * size), replace=False)
    rest = np.setdiff1d(waiting, by_lot)
    learner = policies.learner(head, policy_name=policy)
    draw = int(chance.integers(2**31))
    ranked = policies.rank(learner, data.vectors[rest], policy, size - len(by_lot), draw)
    picked = np.concatenate([by_lot, rest[ranked.indices]])
    return picked, np.arange(size) < len(by_lot) if policy != "random" else np.ones(size, bool)
