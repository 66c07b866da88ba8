"""Near-duplicates: pictures whose perceptual hashes are close and that show the same on a look."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

RADIUS = 10
"""Bits of 64 by which two difference hashes may differ to be looked at (``same_picture``)."""
NEAREST = 4
"""Pictures that each is compared with, the closest hashes first."""
METHOD = f"dhash<={RADIUS}+detail"
"""How groups are found, as it is stored with them."""

_CELLS = 2_000_000
"""Pairs of hashes in one block: 16 MB, a few milliseconds."""

Hashes = NDArray[np.uint64]
Pair = tuple[int, int]


def parsed(hashes: Sequence[str]) -> Hashes:
    """Hashes as they are stored, 16 hexadecimal digits each, as numbers uint64 [n]."""
    return np.array([int(text, 16) for text in hashes], dtype=np.uint64)


def near_pairs(
    hashes: Hashes, first: int = 0, radius: int = RADIUS, nearest: int | None = NEAREST
) -> Iterator[list[Pair]]:
    """Pairs of hashes that differ in at most ``radius`` bits: exact, by counting bits in blocks.

    Args:
        hashes: uint64 [n].
        first: pairs among those before it are known already and left out.
        radius: 0 to 64 bits.
        nearest: pairs kept for each hash with those before it, the closest first, then the
            earliest; None: all.

    Yields:
        a list of pairs (earlier, later) for each block, in the order of the later one; the caller
        may rest between blocks.
    """
    later = max(first, 1)
    while later < len(hashes):
        end = min(len(hashes), later + _rows(later))
        bits = np.bitwise_count(hashes[later:end, None] ^ hashes[None, :end])
        close = np.tril(bits <= radius, k=later - 1)
        yield [
            (int(earlier), later + int(row))
            for row in np.flatnonzero(close.any(axis=1))
            for earlier in _closest(np.flatnonzero(close[row]), bits[row], nearest)
        ]
        later = end


def _rows(earlier: int) -> int:
    """How many hashes to compare at once with ``earlier`` ones and with one another."""
    return max(1, int((math.sqrt(earlier**2 + 4 * _CELLS) - earlier) / 2))


def _closest(
    found: NDArray[np.intp], bits: NDArray[np.uint8], nearest: int | None
) -> NDArray[np.intp]:
    return found[np.argsort(bits[found], kind="stable")[:nearest]]


class Groups:
    """Sets of pictures that are joined pair by pair (union-find with path halving).

    Args:
        parts: the group that each picture is in already, None where it is in none.
    """

    def __init__(self, parts: Sequence[str | None]) -> None:
        self._leader = list(range(len(parts)))
        first: dict[str, int] = {}
        for number, part in enumerate(parts):
            if part is not None:
                self.join(first.setdefault(part, number), number)

    def leader(self, number: int) -> int:
        """The picture that stands for the group of ``number``: the first one of it."""
        while self._leader[number] != number:
            self._leader[number] = self._leader[self._leader[number]]
            number = self._leader[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Put the groups of two pictures together."""
        a, b = sorted((self.leader(one), self.leader(other)))
        self._leader[b] = a

    def grow(self, pairs: Sequence[Pair], same: Callable[[int, int], bool]) -> None:
        """Join those pairs that are the ``same``; within a group nobody needs to look."""
        for one, other in pairs:
            if self.leader(one) != self.leader(other) and same(one, other):
                self.join(one, other)

    def found(self) -> list[list[int]]:
        """The groups of two and more pictures, each in order, by their first."""
        members: dict[int, list[int]] = {}
        for number in range(len(self._leader)):
            members.setdefault(self.leader(number), []).append(number)
        return [group for group in members.values() if len(group) > 1]
