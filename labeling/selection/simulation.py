"""Replays: what active learning would have saved, with the truth as the annotator."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from labeling.selection import policies

TARGETS = (0.90, 0.95, 0.98)
INTERVAL = "95 % Student t interval of the mean over seeds"


@dataclass(frozen=True)
class Point:
    """One moment of one replay.

    ``dataset_accuracy`` is that of the pool if work ended now: the labels given so far, and the
    head's answer for every other picture. ``heldout_accuracy`` is the head's on pictures that are
    never labelled, None without any.
    """

    labels: int
    dataset_accuracy: float
    heldout_accuracy: float | None


@dataclass(frozen=True)
class MeanPoint:
    """The same moment of several replays: means, and the interval of each (None for one seed)."""

    labels: int
    dataset_accuracy: float
    dataset_low: float | None
    dataset_high: float | None
    heldout_accuracy: float | None
    heldout_low: float | None
    heldout_high: float | None


@dataclass(frozen=True)
class Curve:
    """A policy over several seeds.

    ``labels_to`` has, per target, the first number of labels where the mean dataset accuracy
    reaches it, None where it never does.
    """

    policy: str
    pool: int
    heldout: int
    seeds: int
    interval: str | None
    points: tuple[MeanPoint, ...]
    labels_to: dict[str, int | None]

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON, ``curve`` and ``labels_to`` among them."""
        plain = asdict(self)
        return {"curve": list(plain.pop("points")), **plain}


@dataclass(frozen=True)
class Plan:
    """How to replay.

    Args:
        budget: labels at most; None: the whole pool.
        batch: labels between two refits, 1 or more.
        heldout_fraction: share in 0 to below 1 that is never labelled.
        groups: group of each picture int [n] (duplicates); a group is held out as a whole.
    """

    budget: int | None = None
    batch: int = 20
    heldout_fraction: float = 0.2
    groups: NDArray[np.integer] | None = None


def replay(
    X: NDArray[np.floating],
    truth: NDArray[np.integer],
    head: Any,
    policy_name: str,
    plan: Plan,
    seed: int = 0,
) -> list[Point]:
    """Label a pool in the order of a policy, refitting a head after each batch.

    Args:
        X: picture vectors [n, d].
        truth: class index of each picture, −1 for none of the classes.
        head: the head to begin with; it stays as it is.
        policy_name: a name that `policies.policy` knows.
        plan: budget, batch and what is held out.
        seed: decides what is held out and what "random" draws.

    Returns:
        points at 0 labels (zero-shot), then after each batch.
    """
    from sklearn.base import clone

    rng = np.random.default_rng(seed)
    heldout = _held_out(len(X), plan, rng)
    pool, rest = np.flatnonzero(~heldout), np.flatnonzero(heldout)
    budget = len(pool) if plan.budget is None else min(plan.budget, len(pool))
    begin = clone(head)
    if "warm_start" in begin.get_params():
        begin.set_params(warm_start=True)
    learner = policies.learner(begin, policy_name=policy_name)
    open_rows, answers = pool, np.full(len(X), -2)

    def point() -> Point:
        answers[open_rows] = learner.predict(X[open_rows]) if len(open_rows) else []
        held = float(np.mean(learner.predict(X[rest]) == truth[rest])) if len(rest) else None
        right = float(np.mean(answers[pool] == truth[pool])) if len(pool) else 0.0
        return Point(len(pool) - len(open_rows), right, held)

    points = [point()]
    while points[-1].labels < budget:
        step = min(plan.batch, budget - points[-1].labels)
        draw = int(rng.integers(2**31))
        asked = policies.rank(learner, X[open_rows], policy_name, step, draw).indices
        rows = open_rows[asked]
        learner.teach(X[rows], truth[rows])
        answers[rows] = truth[rows]
        open_rows = np.delete(open_rows, asked)
        points.append(point())
    return points


def replays(
    X: NDArray[np.floating],
    truth: NDArray[np.integer],
    head: Any,
    policy_name: str,
    plan: Plan,
    seeds: Sequence[int] = (0, 1, 2),
) -> Curve:
    """Replay once per seed and average; arguments as in `replay`."""
    runs = [replay(X, truth, head, policy_name, plan, seed) for seed in seeds]
    moments = list(zip(*runs, strict=False))  # held-out groups may differ in size by seed
    points = tuple(_mean_point(moment) for moment in moments)
    heldout = int(_held_out(len(X), plan, np.random.default_rng(seeds[0])).sum())
    return Curve(
        policy=policy_name,
        pool=len(X) - heldout,
        heldout=heldout,
        seeds=len(seeds),
        interval=INTERVAL if len(seeds) > 1 else None,
        points=points,
        labels_to={f"{target:.2f}": _labels_to(target, points) for target in TARGETS},
    )


def _labels_to(target: float, points: Sequence[MeanPoint]) -> int | None:
    return next((p.labels for p in points if p.dataset_accuracy >= target), None)


def mean_interval(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Return the mean of accuracies and its 95 % t interval within 0 to 1 (None for one value)."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return mean, max(0.0, float(mean - half)), min(1.0, float(mean + half))


def _mean_point(moment: Sequence[Point]) -> MeanPoint:
    held = [p.heldout_accuracy for p in moment if p.heldout_accuracy is not None]
    return MeanPoint(
        moment[0].labels,
        *mean_interval([p.dataset_accuracy for p in moment]),
        *(mean_interval(held) if held else (None, None, None)),
    )


def _held_out(n: int, plan: Plan, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose whole groups at random until the fraction is reached: bool [n]."""
    groups = np.arange(n) if plan.groups is None else plan.groups
    _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[before < round(plan.heldout_fraction * n)]] = True
    return chosen[group_of]
