"""Labelled pictures that vote for what lies near them: where classes are no Gaussians."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.special import softmax

from labeling.heads.base import Vectors
from labeling.heads.residual import weights_beside
from labeling.heads.shrinkage import Array, group_loss
from labeling.heads.stacking import fit_addition

KEYS = 250
"""Pictures that vote, at most."""
EVEN = 0.05
"""What is added to each picture's chance of being one of them."""
TAUGHT = 2_000
"""Labelled pictures that votes are fitted to, at most."""
COMPARED = 500
"""Pictures at most whose median distance is the unit of nearness."""
NEARNESS = 3.0
"""β times the median of 1 − cosine. Between 2 and 5 replays hardly differ."""
SPREAD = 6.0
"""Standard deviation, in logits, of what votes say of a picture before any label."""
BELIEVED = 0.5
"""What of the other classifier's logits is believed while votes are fitted."""
LEAST = 0.01
"""Factor below which votes are left out: ranking is faster without."""
COPY = 0.99
"""Cosine from which on two pictures share a fold: copies would tell each other's label."""
JITTER = 1e-6


@dataclass(frozen=True)
class Votes:
    """Votes of pictures, by how near these are.

    Attributes:
        keys: the pictures that vote, float32 [m, d], rows of length 1.
        votes: logits that each gives to each outcome, float32 [m, k].
        beta: how fast a vote fades with 1 − cosine, above 0.
        believed: factor of the other classifier beside them, 0 or more.
    """

    keys: NDArray[np.float32]
    votes: NDArray[np.float32]
    beta: float
    believed: float


def fit_votes(
    X: Array, allowed: NDArray[np.bool_], other: Array, fold: NDArray[np.int64], pool: Vectors
) -> Votes | None:
    """Fit votes beside another classifier; None where they would count for nothing.

    Kernel logistic regression (Zhu and Hastie, Kernel logistic regression and the import vector
    machine, 2005) on what the other classifier leaves open, with the affinity of Tip-Adapter,
    exp(−β (1 − cosine)), as its kernel: a Gaussian process around that classifier. At most `KEYS`
    pictures are its landmarks (Nyström: Williams and Seeger, NIPS 2000), drawn by how wrong the
    other classifier is about them: 300 of these did what 500 drawn evenly did. How much votes
    count, and how much is left of the other, is fitted on logits of pictures by votes that were not
    told their label nor that of a picture like it.

    Args:
        X: labelled pictures [n, d].
        allowed: bool [n, k], what each may be.
        other: logits [n, k] that each got from the other classifier without its own label.
        fold: the fold of each picture [n].
        pool: pictures [m, d], which tell how near "near" is.
    """
    beta = _beta(pool)
    if beta is None:
        return None
    chance = np.random.default_rng(0)
    rows = _drawn(chance, len(X), TAUGHT)
    known, allowed, other = unit(X[rows]), allowed[rows], other[rows]
    fold = fold[rows][first_alike(known)]
    keys = known[_landmarks(chance, allowed, other)]
    near = affinity(keys, keys, beta) + JITTER * np.eye(len(keys))
    whiten = solve_triangular(cholesky(near, lower=True), np.eye(len(keys)), lower=True).T
    features = SPREAD * affinity(known, keys, beta) @ whiten
    unseen = np.empty_like(other)
    for number in np.unique(fold):
        out, rest = fold == number, fold != number
        unseen[out] = features[out] @ weights_beside(
            features[rest], allowed[rest], other[rest], BELIEVED
        )
    counts, believed = fit_addition(unseen, other, group_loss(allowed))
    if counts < LEAST:
        return None
    votes = counts * SPREAD * whiten @ weights_beside(features, allowed, other, BELIEVED)
    return Votes(keys.astype(np.float32), votes.astype(np.float32), beta, believed)


def affinity(X: Vectors, keys: Vectors, beta: float) -> Vectors:
    """Return exp(−β (1 − cosine)) [n, m] of pictures and keys, in the precision of X.

    Args:
        X: pictures [n, d].
        keys: rows of length 1 [m, d].
        beta: above 0.
    """
    near = X @ keys.T.astype(X.dtype)
    near *= beta / _lengths(X)
    near -= X.dtype.type(beta)
    return np.exp(near, out=near)


def unit(X: Vectors) -> Vectors:
    """Return rows of length 1; rows of zeros stay."""
    return X / _lengths(X)


def _lengths(X: Vectors) -> Vectors:
    """Of each row, above 0 [n, 1]; several times as fast as `numpy.linalg.norm`."""
    squares = np.einsum("nd,nd->n", X, X)[:, None]
    return np.sqrt(np.maximum(squares, np.finfo(X.dtype).tiny))


def _landmarks(
    chance: np.random.Generator, allowed: NDArray[np.bool_], other: Array
) -> NDArray[np.int64]:
    """Which pictures vote, ascending: all, or `KEYS`, the likelier the wronger ``other`` is."""
    if len(other) <= KEYS:
        return np.arange(len(other))
    wrong = EVEN + 1 - (softmax(other, axis=1) * allowed).sum(axis=1)
    return np.sort(chance.choice(len(other), KEYS, replace=False, p=wrong / wrong.sum()))


def first_alike(X: Vectors) -> NDArray[np.int64]:
    """Return the first picture that each is a copy of, itself where none is before it: [n]."""
    return np.asarray((X @ X.T > COPY).argmax(axis=1))


def _beta(pool: Vectors) -> float | None:
    """β for a pool; None where all its pictures are alike."""
    rows = unit(pool[_drawn(np.random.default_rng(0), len(pool), COMPARED)].astype(np.float64))
    apart = float(np.median((1 - rows @ rows.T)[np.triu_indices(len(rows), 1)]))
    return NEARNESS / apart if apart > JITTER else None


def _drawn(chance: np.random.Generator, count: int, most: int) -> NDArray[np.int64]:
    """All of ``count`` rows, or ``most`` of them drawn at random, ascending."""
    return np.sort(chance.permutation(count)[:most])
