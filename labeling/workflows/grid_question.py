"""What one page of the grid asks: are these items all of this class, or of this set of classes?

In a single-label project an item is asked about the class that is proposed for it; two pages, of
the surest items of each class and of sure items at random, ask about each item's own. In a
multi-label project it is asked about everything that is proposed for it, so that one yes decides it
whole: items with the same set of proposed classes come together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from sqlalchemy import ColumnElement

from db.passing import AT_RANDOM
from db.tables import Class, Item, Proposal
from labeling.class_names import (
    SEPARATOR,
    means_none,
    name_key,
    page_meant,
)
from labeling.errors import InputError
from labeling.scoring.thresholds import EVEN

NONE = "none_of_these"
SUREST = "surest_of_each"
OF_SEVERAL = (SUREST, AT_RANDOM)
"""Pages that ask about each item's own class, by the policies that stand for them."""
CERTAIN, SUSPICIOUS = "certain", "suspicious"
ORDERS = (CERTAIN, SUSPICIOUS)
AT_RANDOM_ORDER: tuple[ColumnElement[Any], ...] = (Item.random_rank.asc(),)
"""The permanent random order of a project's items."""


@dataclass(frozen=True)
class Classes:
    """The active classes of a project.

    Args:
        names: name by class id, in the project's order.
        several: whether an item may bear several.
    """

    names: Mapping[str, str]
    several: bool

    @classmethod
    def of(cls, mode: str, rows: Sequence[Class]) -> Classes:
        """Those of a project in a mode."""
        return cls({row.id: row.name for row in rows}, mode == "multi")

    def proposed(self, proposal: Proposal) -> tuple[str, ...]:
        """The ids of the classes that are proposed, in the project's order; none: none of these."""
        if proposal.class_id is None:
            return ()
        if not self.several:
            return (proposal.class_id,) if proposal.class_id in self.names else ()
        labels = chosen(proposal)
        return tuple(class_id for class_id in self.names if class_id in labels)

    def label(self, class_ids: Iterable[str]) -> str:
        """How a set of classes is called: the names with ``|`` between them."""
        return SEPARATOR.join(self.names[class_id] for class_id in class_ids) or NONE

    def question(self, label: str) -> tuple[str, ...]:
        """The ids of the classes that a label names; none for none of these.

        Raises:
            InputError: it names a class that the project does not have.
        """
        if means_none(label):
            return ()
        by_key = {name_key(name): class_id for class_id, name in self.names.items()}
        names = label.split(SEPARATOR) if self.several else [label]
        asked = {by_key.get(name_key(name)) for name in names}
        if None in asked or not asked:
            raise InputError(f"the project has no class {label!r}", "Choose one of its classes.")
        return tuple(class_id for class_id in self.names if class_id in asked)

    def of_several(self, label: str) -> str | None:
        """The one of `OF_SEVERAL` that a label asks for, None where it is a question.

        Raises:
            InputError: it does, and items bear several labels.
        """
        page = page_meant(label)
        if page is not None and self.several:
            raise InputError(
                "sure pictures of several classes are shown in single-label projects only",
                "Choose a set of classes.",
            )
        return page

    def waiting(self, proposals: Iterable[Proposal]) -> Counter[str]:
        """How many of ``proposals`` ask each question, by label."""
        return Counter(self.label(self.proposed(one)) for one in proposals)


def chosen(proposal: Proposal) -> set[str]:
    """The ids of the classes that a multi-label proposal amounts to, whether active or not."""
    return {class_id for class_id, _ in proposal.top[: chosen_count(proposal)]}


def chosen_count(proposal: Proposal) -> int:
    """How many of the best classes of a proposal are proposed."""
    if proposal.chosen is not None:
        return proposal.chosen
    if proposal.class_id is None:
        return 0
    return max(1, sum(score >= EVEN for _, score in proposal.top))


def score(proposal: Proposal, several: bool) -> float:
    """The probability that exactly what is proposed is right, 0 to 1, as the model sees it.

    Of several classes that is the product over those that are stored, the most probable ones.
    """
    if several:
        labels = chosen(proposal)
        return prod(s if class_id in labels else 1 - s for class_id, s in proposal.top)
    return proposal.none_score if proposal.class_id is None else proposal.score


def order_of(class_ids: Sequence[str], order: str) -> tuple[ColumnElement[Any], ...]:
    """The columns that bring single-label items into an order; see ``score``."""
    by = Proposal.score if class_ids else Proposal.none_score
    return (by.desc(),) if order == CERTAIN else (by.asc(),)
