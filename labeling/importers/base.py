"""What every reader of labels shares: the row that it gives, and how it refuses."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from labeling.class_names import means_none
from labeling.images.entry import storable
from labeling.importers.source import LabelSource

FACTS = ("score", "model", "user", "decided_at", "view")
"""What an exported label says of where it comes from."""
SPLIT_NAMES = frozenset({"train", "training", "val", "valid", "validation", "dev", "test"})
"""Folders that are splits, not classes, in any case."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What a file says of one picture.

    Attributes:
        number: the row's place in the source, the same whenever it is read; of a CSV its line.
        where: for messages ("line 3 of labels.csv").
        names: what the file calls the picture: paths, ends of paths or URLs, the surest first.
        labels: class names, each once; empty for none of these; None where the file says nothing.
        sha256: the picture's bytes, where the file or the picture beside it tells.
        is_stem: ``names`` lack the extension.
        split: train, validation, test … as the file calls it.
        state: the state of the item in the project that exported it, None in files of others.
        facts: score, model, user, decided_at, view of the label, as text, where the file has them.
        columns: what came with the picture (site, camera …), as text.
        fault: why the row can't be used, where it can't.
    """

    number: int
    where: str
    names: tuple[str, ...]
    labels: tuple[str, ...] | None
    sha256: str | None = None
    is_stem: bool = False
    split: str | None = None
    state: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    @property
    def image(self) -> str:
        """What a person knows the picture by."""
        return self.names[0] if self.names else self.sha256 or ""


class Importer(ABC):
    """Reads the labels of one format; the pictures themselves come by an import."""

    format: ClassVar[str]
    """The name in the registry, that of the exporter."""

    @abstractmethod
    def fits(self, source: LabelSource) -> bool:
        """Whether a source is of this format, by what is in it."""

    @abstractmethod
    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """The rows of a source that fits, in an order that is always the same.

        Raises:
            InputError: the file is broken; names the file and the place in it.
        """


def storable_row(row: LabelRow) -> LabelRow:
    """A row whose texts every database and JSON file takes (`labeling.images.entry.storable`)."""
    return replace(
        row,
        where=storable(row.where),
        names=tuple(map(storable, row.names)),
        split=storable(row.split) if row.split else None,
        state=storable(row.state) if row.state else None,
        fault=storable(row.fault) if row.fault else None,
    )


def answer(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels as a row bears them: trimmed, each once, without what stands for none of these."""
    cleaned = (storable(label.strip()) for label in labels)
    return tuple(dict.fromkeys(label for label in cleaned if label and not means_none(label)))


def answer_or_silence(labels: Iterable[str]) -> tuple[str, ...] | None:
    """`answer`, but None where there is no label at all: the format can't tell it from none."""
    given = [label for label in labels if label.strip()]
    return answer(given) if given else None


def split_of(parts: Iterable[str]) -> str | None:
    """The first of some folders that is a split."""
    return next((part for part in parts if part.lower() in SPLIT_NAMES), None)


def facts_in(values: Mapping[str, object]) -> dict[str, str]:
    """Those of ``FACTS`` that are among some values, as text."""
    return texts({name: values.get(name) for name in FACTS})


def texts(values: Mapping[str, object]) -> dict[str, str]:
    """Those of some values that say something, as text."""
    return {
        storable(name): storable(str(value))
        for name, value in values.items()
        if value is not None and value != ""
    }


def suffixes(path: str) -> Iterator[str]:
    """A path, then what is left when its leading parts are taken away one by one."""
    yield path
    while "/" in path:
        path = path.split("/", 1)[1]
        yield path
