"""What changed between two versions of a class's guideline, in lines for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import ndiff
from typing import Any

ADDED, REMOVED = "+", "−"


@dataclass(frozen=True)
class Text:
    """A guideline as texts: ``examples`` are ``{"item", "good", "note"}``."""

    instructions: str = ""
    do: Sequence[str] = ()
    dont: Sequence[str] = ()
    examples: Sequence[dict[str, Any]] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The parts by name, in lists."""
        return {
            "instructions": self.instructions,
            "do": list(self.do),
            "dont": list(self.dont),
            "examples": [dict(one) for one in self.examples],
        }


def changes(before: Text, after: Text) -> list[str]:
    """One line for everything that came (``+ …``) or went (``− …``), part by part."""
    return [
        *_lines("", before.instructions.splitlines(), after.instructions.splitlines()),
        *_lines("do: ", before.do, after.do),
        *_lines("don't: ", before.dont, after.dont),
        *_lines("", _told(before.examples), _told(after.examples)),
    ]


def _lines(part: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for line in ndiff(list(before), list(after)):
        sign, text = line[0], line[2:]
        if sign in "+-" and text.strip():
            yield f"{ADDED if sign == '+' else REMOVED} {part}{text}"


def _told(examples: Sequence[dict[str, Any]]) -> list[str]:
    """An example in words; its id stays in, shortened, so that two of one kind differ."""
    return [
        f"{'example' if one['good'] else 'counter-example'} {one['item'][-6:]}"
        + (f": {one['note']}" if one["note"] else "")
        for one in examples
    ]
