"""Pictures that look alike to a model: groups in which any two have close vectors.

Complete linkage (Sørensen, 1948): a group is joined to another only where every picture of the one
is close to every picture of the other. So a group never grows into a chain whose ends differ, as
joining pair by pair would let it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Close(NamedTuple):
    """Two pictures, by number, and the cosine of their vectors."""

    one: int
    other: int
    cosine: float


def method(threshold: float, weights_hash: str) -> str:
    """How groups are found, as it is stored with them: at most 40 characters."""
    return f"cosine>={threshold:g}/{weights_hash[:12]}"


class AlikeGroups:
    """Groups of pictures, any two of which have a cosine of at least ``threshold``.

    Args:
        vectors: float32 [n, d], rows of length 1.
        parts: the group that each picture is in already, None where it is in none.
        threshold: cosine from which two pictures look alike, up to 1.
    """

    def __init__(self, vectors: Floats, parts: Sequence[str | None], threshold: float) -> None:
        self._vectors, self._threshold = vectors, threshold
        self._members: dict[int, list[int]] = {}
        self._leader = list(range(len(parts)))
        first: dict[str, int] = {}
        for number, part in enumerate(parts):
            leader = number if part is None else first.setdefault(part, number)
            self._leader[number] = leader
            self._members.setdefault(leader, []).append(number)

    def grow(self, pairs: Iterable[Close]) -> None:
        """Join the groups of close pairs, the closest first, where all of both are close."""
        for one, other, _ in sorted(pairs, key=lambda pair: (-pair.cosine, pair.one, pair.other)):
            a, b = sorted((self._leader[one], self._leader[other]))
            if a != b and self._all_close(a, b):
                joining = self._members.pop(b)
                self._members[a] += joining
                for number in joining:
                    self._leader[number] = a

    def found(self) -> list[list[int]]:
        """The groups of two and more pictures, each in order, by their first."""
        groups = [sorted(group) for group in self._members.values() if len(group) > 1]
        return sorted(groups)

    def _all_close(self, a: int, b: int) -> bool:
        cosines = self._vectors[self._members[a]] @ self._vectors[self._members[b]].T
        return bool((cosines >= self._threshold).all())
