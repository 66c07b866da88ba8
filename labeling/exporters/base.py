"""What every export shares: options, answer, and the course of writing one."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from labeling.errors import ExportError
from labeling.exporters.rows import ExportRow, row_name
from labeling.exporters.staging import LinkMode, PictureMissing, Staging, as_export_error


@dataclass(frozen=True)
class ExportOptions:
    """How to write; the same for all formats.

    Attributes:
        pictures: copy, hardlink or symlink the originals beside the labels, or leave them out
            (image folders always have them). A hard link is the original itself: editing one
            edits both.
        several_labels: image folders only: refuse pictures with several labels, or put them into
            the folder of each.
        missing: refuse the export when an original is gone or has changed, or leave it out and
            say so.
        filters: what selected the rows; written to the manifest.
    """

    pictures: LinkMode | None = None
    several_labels: Literal["refuse", "each"] = "refuse"
    missing: Literal["refuse", "skip"] = "refuse"
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What an export wrote: items, files relative to the folder, the manifest's own SHA-256.

    ``missing`` has the first source of each picture that was left out.
    """

    items: int
    files: tuple[str, ...]
    manifest_sha256: str
    missing: tuple[str, ...] = ()


class Exporter(ABC):
    """Writes one format, row by row, and shows the result only when it is whole.

    Used as a context manager: ``add`` each row, then ``finish``. Leaving without ``finish``, or by
    an error, removes what was written. `write` does all of it for rows at hand.
    """

    format: ClassVar[str]
    """The name in the registry and in the manifest."""

    def __init__(self, classes: Sequence[str], out: Path, options: ExportOptions) -> None:
        self.classes = tuple(classes)
        self.options = options
        self.states: Counter[str] = Counter()
        self.by_label: Counter[str] = Counter()
        self.missing: list[str] = []
        self._known = frozenset(classes)
        self._staging = Staging(out)

    def __enter__(self) -> Self:
        try:
            self._staging.open()
            with as_export_error(self._staging.out):
                self._begin()
        except BaseException:
            self._staging.discard()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._staging.discard()

    def add(self, row: ExportRow) -> None:
        """Write one item.

        Raises:
            ExportError: a label is no class of the project, the format has no place for the item,
                or its original is gone or has changed (unless such items are to be skipped).
        """
        unknown = [label for label in row.labels if label not in self._known]
        if unknown:
            raise ExportError(f'{row_name(row)} is labelled "{unknown[0]}", which is no class')
        try:
            with as_export_error(self._staging.out):
                self._add(row)
        except PictureMissing as lost:
            if self.options.missing == "refuse":
                raise ExportError(str(lost), "Import it again, or leave such items out") from lost
            self.missing.append(row_name(row))
            return
        self.states[row.state] += 1
        self.by_label.update(row.answers)

    def finish(self) -> Written:
        """Write the manifest and put the folder in its place.

        Raises:
            ExportError: it can't be written, or its place was taken meanwhile.
        """
        with as_export_error(self._staging.out):
            self._finish()
            sha256 = self._staging.write_manifest(self._summary())
            files = self._staging.publish()
        return Written(self.states.total(), files, sha256, tuple(self.missing))

    def _summary(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "items": self.states.total(),
            "by_state": dict(sorted(self.states.items())),
            "by_label": dict(sorted(self.by_label.items())),
            "classes": list(self.classes),
            "filters": dict(self.options.filters),
            "missing": self.missing,
        }

    @abstractmethod
    def _begin(self) -> None:
        """Open the files of this format."""

    @abstractmethod
    def _add(self, row: ExportRow) -> None:
        """Write one item; its picture first, so that a lost one leaves no line."""

    @abstractmethod
    def _finish(self) -> None:
        """Complete the files of this format."""

    def _picture(self, row: ExportRow) -> str | None:
        """Put the picture under ``images/``: its path in the export, None when left out."""
        return self._picture_in("images", row)

    def _picture_in(self, folder: str, row: ExportRow) -> str | None:
        """Put the picture into a folder: its path in the export, None when left out."""
        if self.options.pictures is None:
            return None
        return self._staging.add_picture(row, folder, self.options.pictures)
