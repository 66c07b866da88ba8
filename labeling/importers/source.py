"""A file, folder or archive of labels, opened to see what is in it."""

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cached_property
from io import BufferedReader, BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any

from labeling.errors import InputError
from labeling.exporters.staging import MANIFEST, WRITTEN_BY

MOST_JSON = 40
"""JSON files in a folder beyond which they are no annotations but notes beside each picture."""
DEEPEST_JSON = 2
"""Folders between the source and a JSON file of annotations, at most."""


class LabelSource:
    """A file or folder that was named as labels (archives: `labeling.importers.archive`).

    JSON files are parsed once, for all formats that ask for them.

    Attributes:
        path: what was named.
        top: the folder that paths within it are told from.
    """

    def __init__(self, path: Path) -> None:
        self.path = self.top = path
        self._documents: dict[Path, Any] = {}

    def views(self) -> Iterator["LabelSource"]:
        """The source as it may be meant, the likeliest first."""
        yield self

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.is_dir()

    @cached_property
    def files(self) -> list[Path]:
        """Every file, in an order that is always the same; hidden ones left out."""
        return sorted(_walk(self.path)) if self.is_folder else [self.path]

    @cached_property
    def written_as(self) -> str | None:
        """The format, where it is an export of Prelabel."""
        manifest = self.top / MANIFEST
        if not self.is_folder or not self.holds(manifest):
            return None
        document = self.json(manifest)
        ours = isinstance(document, dict) and document.get("written_by") == WRITTEN_BY
        return document.get("format") if ours else None

    def with_suffix(self, *suffixes: str) -> list[Path]:
        """The file itself or the files at the top of the folder that end so, in any case."""
        return [p for p in self.files if p.suffix.lower() in suffixes and self.depth(p) == 0]

    @cached_property
    def json_files(self) -> list[Path]:
        """JSON files that may hold annotations, at the top or in a folder or two below it."""
        found = [
            path
            for path in self.files
            if path.suffix.lower() == ".json"
            and path.name != MANIFEST
            and self.depth(path) <= DEEPEST_JSON
        ]
        return found if len(found) <= MOST_JSON else []

    def depth(self, path: Path) -> int:
        """Folders between the source and a file of it."""
        return len(self.parts(path)) - 1

    def parts(self, path: Path) -> tuple[str, ...]:
        """The parts of a file's path below the source; of a source that is a file, its name."""
        return path.relative_to(self.top).parts if self.is_folder else (path.name,)

    def holds(self, path: Path) -> bool:
        """Whether a file is there."""
        return path.is_file()

    def open(self, path: Path) -> IO[str]:
        """Open a file of the source as text: UTF-8, with or without a mark.

        Raises:
            InputError: it can't be read.
        """
        return TextIOWrapper(self.open_bytes(path), encoding="utf-8-sig", newline="")

    def open_bytes(self, path: Path) -> BufferedReader | BytesIO:
        """Open a file of the source.

        Raises:
            InputError: it can't be read.
        """
        try:
            return path.open("rb")
        except OSError as error:
            raise InputError(f"{path} can't be read: {error.strerror}") from None

    def json(self, path: Path) -> Any:
        """What a JSON file of the source holds.

        Raises:
            InputError: it can't be read or is no JSON; says where.
        """
        if path not in self._documents:
            with self.open(path) as file:
                self._documents[path] = _parsed(file, path)
        return self._documents[path]

    def sha256(self, path: Path) -> str | None:
        """The SHA-256 of a picture of the folder, None where it has no such file."""
        if not self.is_folder or not path.is_file():
            return None
        if not path.resolve().is_relative_to(self.path.resolve()):
            return None
        with self.open_bytes(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def not_utf8(path: Path, error: UnicodeDecodeError) -> InputError:
    """What to say of text that is none."""
    return InputError(f"{path} is not UTF-8 (byte {error.start})", "Save it as UTF-8.")


def _parsed(file: IO[str], path: Path) -> Any:
    try:
        return json.load(file)
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is no JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply to be labels") from None


def _walk(top: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(top):
        inner[:] = [name for name in inner if not name.startswith(".")]
        yield from (Path(folder, name) for name in names if not name.startswith("."))
