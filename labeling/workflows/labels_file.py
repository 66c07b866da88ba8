"""CSV files that name pictures and labels: for imports, decisions and the truth of a replay."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labeling.class_names import means_none
from labeling.errors import InputError
from labeling.images.entry import storable

IMAGE_COLUMNS = ("image", "path", "file", "sha256")
LABEL_COLUMNS = ("label", "class", "labels")
SEPARATOR = "|"
"""Between several labels of one picture."""
SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LabelRow:
    """One row: its line in the file, the picture as named there, and its labels as written."""

    line: int
    image: str
    label: str

    @property
    def labels(self) -> list[str]:
        """The single labels; empty for none of these."""
        parts = [part.strip() for part in self.label.split(SEPARATOR)]
        return [part for part in parts if part and not means_none(part)]


def read_rows(path: str | Path) -> list[LabelRow]:
    """The rows of a CSV with the columns image (path or SHA-256) and label.

    Raises:
        InputError: the file can't be read or lacks a column; names the columns that it has.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(csv.reader(file), path))
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start})", "Save it as UTF-8.") from None
    except csv.Error as error:
        raise InputError(f"{path} is not a readable CSV: {error}") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None


def read_labels(path: str | Path) -> dict[str, str]:
    """The label of each picture as a file names it."""
    return {row.image: row.label for row in read_rows(path) if row.label}


def label_of(path: str, sha: str, labels: Mapping[str, str]) -> str | None:
    """The label of a picture by its SHA-256, its path, or the end of its path."""
    for name in (sha, *suffixes(path)):
        if name in labels:
            return labels[name]
    return None


def suffixes(path: str) -> Iterator[str]:
    """A path, then what is left when its leading parts are taken away one by one."""
    yield path
    parts = path.replace("!/", "/").split("/")
    for start in range(len(parts)):
        yield "/".join(parts[start:])


class ItemFinder:
    """Finds the item that a file means by a SHA-256, a path or the end of a path.

    Args:
        by_sha: item ids by SHA-256.
        by_path: item ids by every path they came under.
    """

    def __init__(self, by_sha: Mapping[str, str], by_path: Mapping[str, list[str]]) -> None:
        self._by_sha = by_sha
        self._by_end: dict[str, set[str]] = {}
        for path, item_ids in by_path.items():
            for end in suffixes(path):
                self._by_end.setdefault(end, set()).update(item_ids)

    def find(self, image: str) -> str:
        """The item id.

        Raises:
            InputError: no item or several items bear the name.
        """
        if SHA.fullmatch(image) and image in self._by_sha:
            return self._by_sha[image]
        name = image.removeprefix("./").replace("!/", "/")
        found = self._by_end.get(image) or self._by_end.get(name) or set()
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise InputError(f"{len(found)} items are called {image!r}", "Give more of the path.")
        raise InputError(
            f"no item is called {image!r}", "Give its path as imported, or its SHA-256."
        )


def _rows(reader: Iterator[list[str]], path: Path) -> Iterator[LabelRow]:
    header = [name.strip().lower() for name in next(reader, [])]
    image, label = (_column(header, names, path) for names in (IMAGE_COLUMNS, LABEL_COLUMNS))
    for line, cells in enumerate(reader, 2):
        if any(cell.strip() for cell in cells):
            cells += [""] * (len(header) - len(cells))
            picture, text = storable(cells[image].strip()), storable(cells[label].strip())
            yield LabelRow(line, picture, text)


def _column(header: list[str], names: tuple[str, ...], path: Path) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise InputError(
        f"{path} has no column {names[0]!r}; it has {', '.join(header) or 'no header'}",
        f"Begin the file with: {IMAGE_COLUMNS[0]},{LABEL_COLUMNS[0]}",
    )
