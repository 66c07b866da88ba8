"""What became of classes that were merged or split. Pure: decisions keep the class they named.

Each such change is a row of ``Project.lineage``: ``revision`` (of the class set that it made),
``source`` (the id of the class that ended) and ``into`` (the ids of those that took its place: one
after a merge, several after a split). A class that ended never comes back: its name may be given to
a new class, with an id of its own. So what a decision means now depends on the labels alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm.attributes import set_committed_value

from db.tables import Decision, Project


@dataclass(frozen=True)
class Lineage:
    """The classes that took the place of others, by the id of the one that ended.

    ``into`` is told as it was at each change; what ended since is followed further.
    """

    into: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def now(self, class_id: str) -> frozenset[str]:
        """The living classes of which a label is one now; more than one: a person has to say."""
        followed = self.into.get(class_id)
        if followed is None:
            return frozenset({class_id})
        return frozenset().union(*map(self.now, followed))

    def is_open(self, labels: Iterable[str]) -> bool:
        """Whether some label was split, so that nobody has said yet which of the parts it is."""
        return any(label in self.into and len(self.now(label)) > 1 for label in labels)

    def settle(self, labels: Iterable[str]) -> list[str]:
        """The labels as they stand for now, each once; one that was split stays what it was."""
        found: dict[str, None] = {}
        for label in labels:
            now = self.now(label)
            found.update(dict.fromkeys(now if len(now) == 1 else (label,)))
        return list(found)

    def agree(self, first: Sequence[str], second: Sequence[str]) -> bool:
        """Whether two answers can both be right: the same labels, or parts of what was split."""
        own, other = [self.now(c) for c in first], [self.now(c) for c in second]
        return _covers(own, other) and _covers(other, own)

    def ancestors(self, class_ids: Iterable[str]) -> set[str]:
        """``class_ids`` and all classes that ended of which something became one of them."""
        wanted = set(class_ids)
        return wanted | {ended for ended in self.into if self.now(ended) & wanted}


UNCHANGED = Lineage()
"""No class was merged or split."""


def of(project: Project) -> Lineage:
    """What became of the classes of a project."""
    return Lineage({row["source"]: tuple(row["into"]) for row in project.lineage})


def tell_as_now(decision: Decision, lineage: Lineage) -> Decision:
    """Let a decision that is only read show its labels as they stand for now; it is not stored."""
    if lineage.into:
        set_committed_value(decision, "labels", lineage.settle(decision.labels))
    return decision


def _covers(some: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> bool:
    return all(any(one & other for other in others) for one in some)
