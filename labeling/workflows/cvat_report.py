"""What a push or a pull did, item by item, for people and programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """Items by what became of them; an item is in the first set that it was put into.

    Attributes:
        created: sent for the first time.
        updated: changed on one side, and carried over.
        unchanged: the same on both sides.
        conflicts: changed on both sides.
        waiting: changed on the other side alone: the next pull (or push) takes them.
        failed: not sent; why, in `lines`.
        lines: what a person should know, by name.
        tasks: those created: name, url, pictures.
    """

    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    conflicts: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Add a line for a person, once."""
        if line not in self.lines:
            self.lines.append(line)

    def as_dict(self) -> dict[str, Any]:
        """Counts and lines as JSON."""
        unchanged = self.unchanged - self.created - self.updated - self.waiting - self.conflicts
        return {
            "created": len(self.created),
            "updated": len(self.updated - self.created),
            "unchanged": len(unchanged),
            "conflicts": len(self.conflicts),
            "waiting": len(self.waiting),
            "failed": len(self.failed),
            "problems": self.lines,
            "tasks": self.tasks,
        }
