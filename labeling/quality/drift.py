"""Whether the pictures of one import look like those of others, without labels. Pure.

Energy distance (Székely and Rizzo, Testing for equal distributions in high dimension, InterStat,
2004): 0 only where both samples come from one distribution, whatever the way in which they differ.
The p-value counts permutations of the pictures between both samples (Phipson and Smyth, Permutation
p-values should never be zero, Statistical Applications in Genetics and Molecular Biology 9, 2010),
so it needs nothing but that the pictures are independent: of near-duplicates give one. Several
comparisons are corrected together (Holm, A simple sequentially rejective multiple test procedure,
Scandinavian Journal of Statistics 6, 1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.01
"""Risk that anything is called different among all comparisons of a project, while nothing is."""
PERMUTATIONS = 999
PER_TEST = 10
"""Permutations are at least so many times what the smallest corrected p-value needs."""
AT_A_TIME = 500

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Difference:
    """How far two samples differ.

    Args:
        effect: energy coefficient of inhomogeneity, 0 (one distribution) to 1 (two points).
        p_value: share of permutations that differ as much, over 0, at most 1; not corrected.
    """

    effect: float
    p_value: float


def permutations_for(tests: int) -> int:
    """How many permutations let the smallest of so many corrected p-values fall below `ALPHA`."""
    return max(PERMUTATIONS, int(np.ceil(PER_TEST * tests / ALPHA)) - 1)


def difference(
    one: Floats, other: Floats, permutations: int = PERMUTATIONS, seed: int = 0
) -> Difference:
    """Compare two samples.

    Args:
        one: float [n, d], or [n] for a single figure; n at least 2.
        other: float [m, d] or [m]; m at least 2.
        permutations: how many.
        seed: of the permutations.

    Raises:
        ValueError: a sample has fewer than two rows.
    """
    n, m = len(one), len(other)
    if n < 2 or m < 2:
        raise ValueError(f"samples of {n} and {m} can't be compared")
    distances = _distances(np.concatenate([one, other]).reshape(n + m, -1))
    labels = np.zeros(n + m, dtype=np.float32)
    labels[:n] = 1
    energy, between = _energy(distances, labels[None])
    generator = np.random.default_rng(seed)
    reached = 0
    for start in range(0, permutations, AT_A_TIME):
        count = min(AT_A_TIME, permutations - start)
        shuffled = generator.permuted(np.tile(labels, (count, 1)), axis=1)
        reached += int((_energy(distances, shuffled)[0] >= energy[0] - 1e-9).sum())
    effect = float(np.clip(energy[0] / (2 * between[0]), 0, 1)) if between[0] > 0 else 0.0
    return Difference(effect, (1 + reached) / (1 + permutations))


def corrected(p_values: Sequence[float]) -> list[float]:
    """Return Holm's corrected p-values, in the order given."""
    order = np.argsort(p_values, kind="stable")
    found = np.ones(len(p_values))
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        found[place] = highest
    return found.tolist()


def _distances(points: Floats) -> NDArray[np.float32]:
    """Euclidean distances [n, n] of points [n, d]."""
    centred = (points - points.mean(axis=0)).astype(np.float64)
    squares = (centred**2).sum(axis=1)
    between = squares[:, None] + squares[None] - 2 * centred @ centred.T
    np.fill_diagonal(between, 0)
    return np.sqrt(np.maximum(between, 0)).astype(np.float32)


def _energy(distances: Floats, labels: Floats) -> tuple[Floats, Floats]:
    """Energy distances [r] of r divisions [r, n] in 1 and 0, and the mean distances between."""
    n = labels.sum(axis=1, dtype=np.float64)
    m = labels.shape[1] - n
    own = ((labels @ distances) * labels).sum(axis=1, dtype=np.float64)
    cross = labels.astype(np.float64) @ distances.sum(axis=1, dtype=np.float64) - own
    rest = distances.sum(dtype=np.float64) - 2 * cross - own
    between = cross / (n * m)
    return 2 * between - own / n**2 - rest / m**2, between
