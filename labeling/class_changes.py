"""Merging and splitting classes: what is asked for, checked against the classes there are. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.class_names import ClassSpec, RawClass, clean, name_key
from labeling.errors import ClassNameError, NotFoundError

CONCERNS = {
    "items": "items bear such a class",
    "accepted": "of them were accepted without looking",
    "reopened": "items will wait for people again",
    "decisions": "decisions name it, and keep what they named",
    "proposals": "items for which it is proposed first, until the next pre-labeling",
    "acceptances": "acceptances will be taken back or closed",
    "prompts": "own prompts",
    "guidelines": "classes with guidelines",
    "assignments": "assignments",
}
"""What a preview of a change counts, in words."""


@dataclass(frozen=True)
class Present:
    """A class of a project that has not ended; ``key`` as ``class_names.name_key`` gives it."""

    id: str
    name: str
    key: str
    active: bool


@dataclass(frozen=True)
class Plan:
    """Classes that end and those that take their place.

    Args:
        ends: the classes that end.
        into: what takes their place: one class after a merge, several after a split; classes that
            are there, by name, or new ones.
        said: the change in one line, as people are told it.
    """

    ends: tuple[Present, ...]
    into: tuple[ClassSpec, ...]
    said: str

    @property
    def is_split(self) -> bool:
        """Whether somebody has to say which of the parts each picture is."""
        return len(self.into) > 1


def merge(present: Sequence[Present], names: Sequence[str], target: str) -> Plan:
    """Let ``names`` be one class, ``target``, which may be one of them or a new one.

    Raises:
        ClassNameError: nothing is left to merge, or the target's name can't be used.
        NotFoundError: the project has no such class.
    """
    [into] = clean([RawClass(target, "the class that stays")])
    ends = tuple(one for one in _named(present, names) if one.key != name_key(into.name))
    if not ends:
        raise ClassNameError(
            f"there is nothing to merge into {into.name!r}", "Name at least one other class."
        )
    said = f"merge: {', '.join(one.name for one in ends)} → {into.name}"
    return Plan(ends, (into,), said)


def split(present: Sequence[Present], name: str, parts: Sequence[str]) -> Plan:
    """Let a class be several, ``parts``, of which some may be there already.

    Raises:
        ClassNameError: there are fewer than two parts, a name can't be used or comes twice, or the
            class that ends is among them.
        NotFoundError: the project has no such class.
    """
    [parent] = _named(present, [name])
    into = clean(RawClass(part, f"part {number}") for number, part in enumerate(parts, 1))
    if len(into) < 2:
        raise ClassNameError(
            f"{parent.name!r} can't be split into one class",
            "Name two or more, or rename or merge it.",
        )
    if parent.key in {name_key(part.name) for part in into}:
        raise ClassNameError(
            f"{parent.name!r} can't be a part of itself",
            "Its pictures are to be looked at again: give each part a name of its own.",
        )
    return Plan((parent,), tuple(into), split_said(parent.name, [part.name for part in into]))


def split_said(parent: str, parts: Sequence[str]) -> str:
    """A split in one line, which pictures that wait because of it bear as their reason."""
    return f"split: {parent} → {' or '.join(parts)}"


def concerns(told: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What a preview (``workflows.class_moves.preview``) counts, in words, without what is 0."""
    sizes = {key: told[key] for key in CONCERNS}
    counted = {key: n if isinstance(n, int) else len(n) for key, n in sizes.items()}
    return [(n, CONCERNS[key]) for key, n in counted.items() if n]


def _named(present: Sequence[Present], names: Sequence[str]) -> list[Present]:
    by_key = {one.key: one for one in present}
    unknown = [name for name in names if name_key(name) not in by_key]
    if unknown:
        raise NotFoundError(
            f"the project has no class {unknown[0]!r}", "Look at its classes for their names."
        )
    return list({one.id: one for one in (by_key[name_key(name)] for name in names)}.values())
