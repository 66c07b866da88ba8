"""Batches whose pictures differ from each other: what to show while nothing was learned between."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.selection.questions import smallest

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

BATCH = 20
"""Labels between two refits of the head, and so the pictures that should differ."""
OVERSAMPLE = 5
"""Candidates of a diverse batch, for each picture in it."""
SAMPLED = 5_000
"""Pictures at most among which typical ones are looked for."""
NEIGHBOURS = 20


def typical(X: NDArray[np.floating], n: int, seed: int | None = None) -> Indices:
    """Return n pictures from the densest places of different regions of a pool.

    The pool is divided into n clusters, and of each the picture is taken whose neighbours are
    nearest: "TypiClust" of Hacohen, Dekel and Weinshall (Active learning on a budget, ICML 2022),
    which with few labels beats both uncertainty and random choice. Largest clusters come first.

    Args:
        X: vectors of the pool [m, d]; of more than ``SAMPLED`` so many are drawn.
        n: how many, at most m are returned.
        seed: of the draw and of the clusters.
    """
    chance = np.random.default_rng(seed)
    rows = np.arange(len(X))
    if len(X) > SAMPLED:
        rows = np.sort(chance.choice(len(X), SAMPLED, replace=False))
    if n >= len(rows):
        return rows
    drawn = np.asarray(X[rows], dtype=np.float32)
    cluster = _clusters(drawn, n, int(chance.integers(2**31)))
    members = [np.flatnonzero(cluster == c) for c in range(n)]
    found = [
        own[_densest(drawn[own])] for own in sorted(members, key=len, reverse=True) if len(own)
    ]
    return rows[np.array(found, dtype=np.int64)]


def diverse(X: NDArray[np.floating], values: Array, n: int, count: int) -> Indices:
    """Return the n smallest values, of which the first ``count`` differ from each other.

    The ``OVERSAMPLE`` · count smallest are divided into ``count`` clusters, each weighted by how
    small its values are, and of each the smallest comes first (Zhdanov, Diverse mini-batch active
    learning, 2019). The others follow by value alone.

    Args:
        X: vectors of the pool [m, d].
        values: of each picture, small where a label tells much, in 0 to 1 [m].
        n: how many are returned, at most m.
        count: how many of them differ; 0: all go by value alone.
    """
    if count == 0:
        return smallest(values, n)
    order = smallest(values, max(n, min(OVERSAMPLE * count, len(values))))
    candidates = order[: OVERSAMPLE * count]
    if count >= len(candidates):
        return order[:n]
    weight = 1 - values[candidates] + 1e-6
    cluster = _clusters(np.asarray(X[candidates], dtype=np.float32), count, 0, weight)
    _, first = np.unique(cluster, return_index=True)
    ahead = np.sort(first)
    return np.concatenate([order[ahead], np.delete(order, ahead)])[:n]


def _clusters(X: NDArray[np.float32], n: int, seed: int, weight: Array | None = None) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(n, n_init=1, random_state=seed).fit(X, sample_weight=weight).labels_


def _densest(X: NDArray[np.float32]) -> int:
    """The row whose nearest neighbours are nearest on average."""
    square = np.sum(X**2, axis=1)
    distance = np.sqrt(np.maximum(square[:, None] + square - 2 * X @ X.T, 0))
    near = min(NEIGHBOURS, len(X) - 1)
    if near == 0:
        return 0
    nearest = np.partition(distance, near, axis=1)[:, : near + 1]
    return int(nearest.sum(axis=1).argmin())
