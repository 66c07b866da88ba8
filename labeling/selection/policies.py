"""Which pictures to show next: modAL's query strategies behind one signature.

A policy is called as ``policy(classifier, X, n_instances, random_state)`` and returns `Ranked`, or
the indices alone. Packages add their own through the entry point group ``prelabel.policies``.
modAL is imported inside the functions, because it brings torch along.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labeling.errors import InputError
from labeling.selection import batches
from labeling.selection.questions import Classifier, Questions, best_two, measured, smallest

GROUP = "prelabel.policies"
DRAW = "random draw"
TYPICAL = "typical of pictures like it"
UNSURE = 0.5
"""Mean margin, or confidence, below which zero-shot does not know where its mistakes are."""
MANY = 20
"""Outcomes above which a margin between two says less than the best one's probability, and the
least certain pictures differ anyhow."""


class Ranked(NamedTuple):
    """Rows of X, the first to show first, each with the value that put it there.

    ``indices`` int64 [m], ``values`` float64 [m] (NaN where a policy tells none).
    """

    indices: NDArray[np.int64]
    values: NDArray[np.float64]


Policy = Callable[..., Ranked | NDArray[np.integer]]


def margin(
    classifier: Classifier,
    X: NDArray[np.floating],
    n_instances: int = 1,
    random_state: int | None = None,  # noqa: ARG001
) -> Ranked:
    """Smallest gap first between the two most probable outcomes (0 to 1)."""
    return _smallest(_gaps(classifier, X), n_instances)


def entropy(
    classifier: Classifier,
    X: NDArray[np.floating],
    n_instances: int = 1,
    random_state: int | None = None,  # noqa: ARG001
) -> Ranked:
    """Largest entropy first, as a share of what k equal outcomes have (0 to 1)."""
    from modAL.uncertainty import classifier_entropy

    def share(asked: Questions, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        largest = np.log(max(probabilities.shape[1], 2))
        return np.asarray(classifier_entropy(asked, probabilities)) / largest

    shares = measured(classifier, X, share, _largest)
    ranked = _smallest(-shares, n_instances)
    return Ranked(ranked.indices, -ranked.values)


def least_confidence(
    classifier: Classifier,
    X: NDArray[np.floating],
    n_instances: int = 1,
    random_state: int | None = None,  # noqa: ARG001
) -> Ranked:
    """Lowest probability first of the most probable outcome (0 to 1)."""
    return _smallest(_confidence(classifier, X), n_instances)


def random(
    classifier: Classifier,  # noqa: ARG001
    X: NDArray[np.floating],
    n_instances: int = 1,
    random_state: int | None = None,
) -> Ranked:
    """Draw at random without replacement; the values are the numbers of the draws, from 1."""
    drawn = np.random.default_rng(random_state).permutation(len(X))[:n_instances]
    return Ranked(drawn, np.arange(1, len(drawn) + 1, dtype=np.float64))


def typical(
    classifier: Classifier,
    X: NDArray[np.floating],
    n_instances: int = 1,
    random_state: int | None = None,
) -> Ranked:
    """The most typical picture of each region first, then the smallest margin.

    Typical pictures, at most a batch of them, have no value.
    """
    first = batches.typical(X, min(n_instances, batches.BATCH), random_state)
    return _after(first, margin(classifier, X, n_instances), n_instances)


def auto(
    classifier: Classifier,
    X: NDArray[np.floating],
    n_instances: int = 1,
    random_state: int | None = None,
) -> Ranked:
    """The default: typical pictures first where nothing else is known, then the least certain.

    As long as there are no labels and the head is unsure (mean value below ``UNSURE``), as
    `typical`. Then by smallest margin, where the pictures of a batch, between which nothing is
    learned, differ from each other (`batches.diverse`); or, with more than ``MANY`` outcomes, by
    least confidence alone: each was better there in replays.
    """
    many = np.shape(classifier.predict_proba(X[:1]))[1] > MANY
    values = (_confidence if many else _gaps)(classifier, X)
    found = batches.diverse(X, values, n_instances, 0 if many else batches.BATCH)
    ranked = Ranked(found, values[found])
    if _labels(classifier) or not len(X) or values.mean() >= UNSURE:
        return ranked
    first = batches.typical(X, min(n_instances, batches.BATCH), random_state)
    return _after(first, ranked, n_instances)


DEFAULT = "auto"
"""The policy of a new project."""

POLICIES: dict[str, Policy] = {
    "auto": auto,
    "typical": typical,
    "margin": margin,
    "entropy": entropy,
    "least_confidence": least_confidence,
    "random": random,
}
"""The policies that ship, by name."""


def known() -> list[str]:
    """Return the names of the policies that ship and of those that installed packages add."""
    return [*POLICIES, *sorted(entry_points(group=GROUP).names)]


def require_known(name: str) -> None:
    """Refuse a name that no policy has; loads none.

    Raises:
        InputError: nobody knows the name.
    """
    if name not in known():
        raise InputError(
            f"the policy {name!r} is not known", f"Choose one of {', '.join(known())}."
        )


def policy(name: str) -> Policy:
    """Return a policy by its name: one that ships, or one that an installed package adds.

    Raises:
        InputError: nobody knows the name, or the package can't be loaded.
    """
    if name in POLICIES:
        return POLICIES[name]
    require_known(name)
    point = next(iter(entry_points(group=GROUP, name=name)))
    try:
        return point.load()
    except Exception as error:
        raise InputError(
            f'The policy "{name}" from {point.value} can\'t be loaded: {error}',
            "Repair or remove the package that adds it",
        ) from error


def learner(
    head: Any,
    X0: NDArray[np.floating] | None = None,
    y0: NDArray[np.integer] | None = None,
    policy_name: str = DEFAULT,
) -> Any:
    """Return a modAL ActiveLearner around a head, taught with the labels so far.

    Args:
        head: an estimator that predicts before any label (`ZeroShotHead`, `MultiLabelHead`).
        X0: vectors of the labelled pictures [n, d], or None.
        y0: their labels, or None.
        policy_name: what ``query`` asks for.
    """
    from labeling.selection.learners import Learner

    return Learner(head, _strategy(policy(policy_name)), X_training=X0, y_training=y0)


def rank(
    active_learner: Any,
    X: NDArray[np.floating],
    policy_name: str,
    n: int,
    random_state: int | None = None,
) -> Ranked:
    """Ask a modAL learner for the n pictures of the pool X to show next, with their values.

    The same learner, pool and ``random_state`` give the same order: among equals the lower index
    comes first.
    """
    if len(X) == 0:
        return Ranked(np.empty(0, np.int64), np.empty(0))
    active_learner.query_strategy = _strategy(policy(policy_name))
    indices, _, values = active_learner.query(
        X, n_instances=min(n, len(X)), random_state=random_state, return_metrics=True
    )
    return Ranked(indices, values)


def reason(
    policy_name: str, value: float, names: Sequence[str] = (), pool: int | None = None
) -> str:
    """Say why a picture has its rank, such as "margin 0.03: cat or dog".

    Args:
        policy_name: the policy that ranked it.
        value: its value in `Ranked`.
        names: the outcomes, most probable first; as many are named as the policy looks at.
        pool: how many pictures the policy chose from.
    """
    if policy_name == "random":
        return f"{DRAW} {value:.0f} of {pool}" if pool is not None else f"{DRAW} {value:.0f}"
    if policy_name in ("auto", "typical") and np.isnan(value):
        return TYPICAL
    label = {"auto": "uncertain", "typical": "margin"}.get(policy_name, policy_name).replace(
        "_", " "
    )
    said = label if np.isnan(value) else f"{label} {value:.2f}"
    two, three = " or ".join(names[:2]), ", ".join(names[:3])
    shown = {"margin": two, "uncertain": two, "entropy": three}
    outcomes = shown.get(label, ", ".join(names[:1]))
    return f"{said}: {outcomes}" if outcomes else said


def _gaps(classifier: Classifier, X: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the smallest margin among the questions of each picture."""
    return measured(classifier, X, best_two, lambda found: found.min(axis=1))


def _confidence(classifier: Classifier, X: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the largest probability of each picture, in its least clear question."""
    from modAL.uncertainty import classifier_uncertainty

    return 1 - measured(classifier, X, classifier_uncertainty, _largest)


def _largest(found: NDArray[np.float64]) -> NDArray[np.float64]:
    return found.max(axis=1)


def _labels(classifier: Any) -> int:
    """Return how many labels a head was taught with, itself or inside a modAL learner."""
    return int(getattr(getattr(classifier, "estimator", classifier), "n_labels_", 0))


def _smallest(values: NDArray[np.float64], n: int) -> Ranked:
    order = smallest(values, n)
    return Ranked(order, values[order])


def _after(first: NDArray[np.int64], rest: Ranked, n: int) -> Ranked:
    """Put pictures without a value before the others: n in all."""
    others = ~np.isin(rest.indices, first)
    indices = np.concatenate([first, rest.indices[others]])[:n]
    values = np.concatenate([np.full(len(first), np.nan), rest.values[others]])[:n]
    return Ranked(indices, values)


def _strategy(chosen: Policy) -> Callable[..., tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Make a policy a strategy for modAL, whose ``query`` takes two bare indices for a pair."""

    def strategy(*args: Any, **kwargs: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        found = chosen(*args, **kwargs)
        if isinstance(found, tuple):
            indices, values = found
            return np.asarray(indices), np.asarray(values, dtype=np.float64)
        return np.asarray(found), np.full(len(found), np.nan)

    return strategy
