"""Who answered what: several people's answers to the same items as one table of numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from labeling.quality.kappa import MISSING, Agreement, cohen

Labels = frozenset[str]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Given:
    """One person's answer to an item: class ids, empty for none of these."""

    item: str
    person: str
    labels: Labels


@dataclass(frozen=True)
class AnswerTable:
    """Answers by item and person.

    Attributes:
        answers: int64 [n, r], the place of each answer in ``outcomes``, MISSING where there is
            none.
        items: ids of the n items.
        people: ids of the r people.
        outcomes: every answer that was given; a set of labels is one outcome.
    """

    answers: NDArray[np.int64]
    items: list[str]
    people: list[str]
    outcomes: list[Labels]


def tabulate(given: Iterable[Given]) -> AnswerTable:
    """Put answers into a table; where a person answered an item twice, the later answer counts."""
    last = {(one.item, one.person): one.labels for one in given}
    items = sorted({item for item, _ in last})
    people = sorted({person for _, person in last})
    outcomes = sorted(set(last.values()), key=sorted)
    row, column, number = _places(items), _places(people), _places(outcomes)
    answers = np.full((len(items), len(people)), MISSING, dtype=np.int64)
    for (item, person), labels in last.items():
        answers[row[item], column[person]] = number[labels]
    return AnswerTable(answers, items, people, outcomes)


def recoded(
    answers: NDArray[np.integer], code: NDArray[np.integer | np.bool_]
) -> NDArray[np.int64]:
    """Answers by other numbers: ``code`` [o] has that of each; MISSING stays."""
    made = np.full(answers.shape, MISSING, dtype=np.int64)
    given = answers != MISSING
    made[given] = code[answers[given]]
    return made


def answered_by_several(table: AnswerTable) -> AnswerTable:
    """Only the items that two people and more answered."""
    kept = np.flatnonzero((table.answers != MISSING).sum(axis=1) >= 2)
    items = [table.items[row] for row in kept]
    return AnswerTable(table.answers[kept], items, table.people, table.outcomes)


@dataclass(frozen=True)
class PairAgreement:
    """Two people (ids), the items that both answered, and how far they agree beyond chance.

    ``kappa`` is None where only one outcome was ever given.
    """

    people: tuple[str, str]
    n: int
    kappa: Agreement | None


def by_pair(table: AnswerTable, seed: int = 0) -> list[PairAgreement]:
    """Cohen's kappa of any two people who answered the same items, most items first."""
    pairs = []
    for one, other in combinations(range(len(table.people)), 2):
        both = table.answers[:, [one, other]]
        n = int((both != MISSING).all(axis=1).sum())
        if n:
            names = (table.people[one], table.people[other])
            pairs.append(PairAgreement(names, n, cohen(both, seed)))
    return sorted(pairs, key=lambda pair: (-pair.n, pair.people))


def _places(keys: Sequence[Key]) -> dict[Key, int]:
    return {key: place for place, key in enumerate(keys)}
