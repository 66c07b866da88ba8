"""Which head to use: the one with the lowest log-loss on labels that were drawn at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student
from sklearn.base import clone

from labeling.heads.base import Vectors
from labeling.heads.candidates import ZERO_SHOT
from labeling.heads.held_out import folds_of
from labeling.scoring.abstain import NONE
from labeling.scoring.metrics import class_figures, macro_f1

FEWEST_LABELS = 10
"""Labels below which zero-shot stays."""
FEWEST_RANDOM = 5
"""Randomly drawn labels below which nothing can be compared: the preferred kind is taken then."""
MOST_COMPARED = 1_000
"""Randomly drawn labels that are compared by, at most: more would change the choice no more."""
GROWTH = 0.1
"""A choice holds until labels, or those drawn at random, are more by this share …"""
STEP = 20
"""… and by so many."""
LOWEST = 1e-6
"""Probabilities below it count as this: one surprise never decides alone."""
METHOD = (
    "mean log-loss in nats of labels drawn at random, each predicted by a head taught with all "
    "labels but those of its fold; Student t intervals of 95 %; chosen: the first kind that is "
    "within one standard error of the best, by paired differences"
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """The chosen kind, a head of that kind taught with all labels, and why.

    ``figures`` is plain JSON: ``method``, ``n`` labels compared of ``random`` that were drawn at
    random and ``labels`` in all, ``folds``, ``seed``, ``reason``, and ``candidates``: by kind
    ``log_loss`` with ``low`` and ``high`` (nats), ``worse_by`` with ``standard_error`` (paired,
    against the lowest), and for single-label heads ``right`` of n and ``macro_f1``, else None.
    ``candidates`` is empty where nothing was compared.
    """

    name: str
    head: Any
    figures: dict[str, Any]


def choose(
    candidates: Mapping[str, Any],
    X: Vectors,
    y: NDArray[np.integer],
    random: NDArray[np.bool_],
    folds: int | None = None,
    seed: int = 0,
) -> Choice:
    """Teach each candidate and choose one; a text prior that misleads loses here.

    Labels that a policy picked teach in every fold and are never predicted: they are a biased
    sample. The kinds that shrink towards zero-shot are safe with few labels, so the first of them
    is taken while there are too few random labels to compare. The rule of one standard error is
    that of Breiman et al. (Classification and Regression Trees, 1984): luck with few labels moves
    no project from one kind to another.

    Args:
        candidates: heads by kind, the preferred first, "zero_shot" among them; they stay as they
            are.
        X: vectors of the labelled pictures [n, d].
        y: their labels [n], or 0/1 [n, c] for multi-label heads; no audit may be among them.
        random: bool [n], whether a label was drawn at random.
        folds: how many parts the random labels are divided into; None: by `folds_of`.
        seed: of the division.

    Raises:
        ValueError: shapes disagree, or no candidate is "zero_shot".
    """
    if ZERO_SHOT not in candidates or not len(X) == len(y) == len(random):
        raise ValueError(f"X {X.shape}, y {y.shape}, random {random.shape}: {list(candidates)}")
    drawn = np.flatnonzero(random & _told(candidates[ZERO_SHOT], y))
    asked = np.random.default_rng(seed).permutation(drawn)[:MOST_COMPARED]
    folds = min(folds or folds_of(len(asked), len(y)), max(len(asked), 1))
    name, reason, compared = ZERO_SHOT, f"fewer than {FEWEST_LABELS} labels", {}
    if len(y) >= FEWEST_LABELS and len(drawn) < FEWEST_RANDOM:
        name = next(iter(candidates))
        reason = f"fewer than {FEWEST_RANDOM} random labels to compare by"
    elif len(y) >= FEWEST_LABELS:
        losses, said = _judged(candidates, X, y, np.array_split(asked, folds))
        compared = _compared(losses, said, y[asked])
        best = min(losses, key=lambda kind: losses[kind].mean())
        name = next(kind for kind in losses if _close(compared[kind]))
        reason = f"log-loss within one standard error of the lowest ({best})"
    figures = {
        "method": METHOD,
        "n": len(asked),
        "random": len(drawn),
        "labels": len(y),
        "folds": folds,
        "seed": seed,
        "reason": reason,
        "candidates": compared,
    }
    return Choice(name, clone(candidates[name]).fit(X, y), figures)


def is_due(figures: Mapping[str, Any], labels: int, random: int) -> bool:
    """Tell whether a choice has to be made anew; in between a head of the chosen kind is taught.

    Args:
        figures: of the last choice.
        labels: that there are now.
        random: how many of them were drawn at random.
    """
    if figures["labels"] < FEWEST_LABELS <= labels or figures["random"] < FEWEST_RANDOM <= random:
        return True
    pairs = ((figures["labels"], labels), (figures["random"], random))
    return any(now - then >= max(STEP, GROWTH * then) for then, now in pairs)


def log_losses(head: Any, X: Vectors, y: NDArray[np.integer]) -> Array:
    """Return the log-loss of each picture in nats [n]; of multi-label heads the mean over classes.

    Args:
        head: a taught head.
        X: picture vectors [n, d].
        y: class indices [n] that the head answers for, or 0/1 [n, c].
    """
    shares = np.clip(head.predict_proba(X), LOWEST, 1 - LOWEST)
    if head.multilabel:
        return -(y * np.log(shares) + (1 - y) * np.log(1 - shares)).mean(axis=1)
    column = np.where(y == NONE, shares.shape[1] - 1, y)
    return -np.log(shares[np.arange(len(y)), column])


def _told(head: Any, y: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Tell which labels the heads have an outcome for: bool [n]."""
    return np.ones(len(y), dtype=bool) if head.multilabel else np.isin(y, head.classes_)


def _judged(
    candidates: Mapping[str, Any],
    X: Vectors,
    y: NDArray[np.integer],
    parts: Sequence[NDArray[np.intp]],
) -> tuple[dict[str, Array], dict[str, NDArray[np.int64]]]:
    """The log-loss and the answer of each kind for the pictures of all parts, in their order."""
    losses: dict[str, list[Array]] = {kind: [] for kind in candidates}
    said: dict[str, list[NDArray[np.int64]]] = {kind: [] for kind in candidates}
    for out in parts:
        rest = np.setdiff1d(np.arange(len(X)), out)
        for kind, head in candidates.items():
            taught = clone(head).fit(X[rest], y[rest])
            losses[kind].append(log_losses(taught, X[out], y[out]))
            said[kind].append(taught.predict(X[out]))
    return (
        {kind: np.concatenate(found) for kind, found in losses.items()},
        {kind: np.concatenate(found) for kind, found in said.items()},
    )


def _compared(
    losses: Mapping[str, Array],
    said: Mapping[str, NDArray[np.int64]],
    truth: NDArray[np.integer],
) -> dict[str, dict[str, Any]]:
    lowest = min(losses.values(), key=lambda found: found.mean())
    n = len(lowest)
    made = {}
    for kind, found in losses.items():
        half = student.ppf(0.975, n - 1) * found.std(ddof=1) / np.sqrt(n)
        behind = found - lowest
        made[kind] = {
            "log_loss": float(found.mean()),
            "low": max(0.0, float(found.mean() - half)),
            "high": float(found.mean() + half),
            "worse_by": float(behind.mean()),
            "standard_error": float(behind.std(ddof=1) / np.sqrt(n)),
            **_answers(said[kind], truth),
        }
    return made


def _answers(said: NDArray[np.int64], truth: NDArray[np.integer]) -> dict[str, Any]:
    """How many answers are right, and macro F1 over what is true."""
    if truth.ndim > 1:
        return {"right": None, "macro_f1": None}
    outcomes = np.unique(truth)
    figures = class_figures(truth[:, None] == outcomes, said[:, None] == outcomes)
    return {"right": int((said == truth).sum()), "macro_f1": macro_f1(figures)}


def _close(compared: Mapping[str, Any]) -> bool:
    return bool(compared["worse_by"] <= compared["standard_error"])
