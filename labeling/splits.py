"""Splits of a dataset: seeded, stratified by label, groups whole, and stable when it grows."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SPLITS = ("train", "validation", "test")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Member:
    """A picture to place.

    Args:
        sha256: its identity.
        stratum: what each split gets its share of: the labels, as one text.
        group: what near-duplicates share; None: it stands alone.
    """

    sha256: str
    stratum: str
    group: str | None = None


def require_shares(shares: Mapping[str, float]) -> None:
    """Refuse shares that no splits can have.

    Raises:
        ValueError: another name than train, validation and test, a share below 0, or a sum that is
            not 1.
    """
    unknown = [name for name in shares if name not in SPLITS]
    if unknown:
        raise ValueError(f"the split {unknown[0]!r} is none of {', '.join(SPLITS)}")
    if min(shares.values(), default=-1) < 0 or abs(math.fsum(shares.values()) - 1) > TOLERANCE:
        raise ValueError(f"shares must be at least 0 and sum to 1, not {dict(shares)}")


def joined(parts: Mapping[str, Iterable[str | None]]) -> dict[str, str]:
    """Groups of several kinds as one: pictures that share a group of either kind are together.

    Args:
        parts: the groups of each picture, by what it is called; None where it is in none.

    Returns:
        the group of each picture that is in one: the lowest id of those that were joined.
    """
    above: dict[str, str] = {}

    def lowest(group: str) -> str:
        while above.setdefault(group, group) != group:
            above[group] = above[above[group]]
            group = above[group]
        return group

    of = {one: [group for group in groups if group is not None] for one, groups in parts.items()}
    for groups in of.values():
        for group in groups[1:]:
            first, second = sorted((lowest(groups[0]), lowest(group)))
            above[second] = first
    return {one: lowest(groups[0]) for one, groups in of.items() if groups}


def place(
    members: Iterable[Member],
    shares: Mapping[str, float],
    seed: int,
    earlier: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give each picture a split.

    Groups are dealt one by one in an order that the seed decides, each to the split of its stratum
    that lacks most. What was placed before stays where it was; a group that grows follows its
    members; pictures that are gone do not move the others.

    Args:
        members: the pictures, in any order.
        shares: by split, sum 1.
        seed: decides the order in which groups are dealt.
        earlier: splits that pictures have already, by SHA-256.

    Raises:
        ValueError: shares that no splits can have.
    """
    require_shares(shares)
    known = earlier or {}
    groups: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        groups[member.group or member.sha256].append(member)
    placed: dict[str, str] = {}
    held: dict[str, Counter[str]] = defaultdict(Counter)
    new: list[list[Member]] = []
    for group in groups.values():
        group.sort(key=lambda member: member.sha256)
        split = _split_before(group, known)
        if split is None:
            new.append(group)
            continue
        for member in group:
            placed[member.sha256] = known.get(member.sha256, split)
            held[member.stratum][placed[member.sha256]] += 1
    for group in sorted(new, key=lambda group: _drawn(group, seed)):
        stratum = _stratum(group)
        split = _most_lacking(held[stratum], shares, len(group))
        for member in group:
            placed[member.sha256] = split
            held[member.stratum][split] += 1
    return placed


def _split_before(group: list[Member], known: Mapping[str, str]) -> str | None:
    """The split that most members of a group have, None where none has one."""
    had = Counter(known[member.sha256] for member in group if member.sha256 in known)
    return min(had, key=lambda split: (-had[split], SPLITS.index(split))) if had else None


def _stratum(group: list[Member]) -> str:
    """The stratum of most members of a group."""
    counts = Counter(member.stratum for member in group)
    return min(counts, key=lambda stratum: (-counts[stratum], stratum))


def _drawn(group: list[Member], seed: int) -> bytes:
    """A number that seed and group decide, the same whatever else there is."""
    return hashlib.sha256(f"{seed}:{group[0].sha256}".encode()).digest()


def _most_lacking(held: Counter[str], shares: Mapping[str, float], size: int) -> str:
    total = held.total() + size
    wanted = [split for split in SPLITS if shares.get(split, 0) > 0]
    return max(wanted, key=lambda split: (shares[split] * total - held[split], shares[split]))
