"""What an import source yields: files to read, and files that were refused unread."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labeling.errors import ImageRejected, RejectReason
from labeling.images.containers import SNIFF_BYTES, foreign, kind
from labeling.images.decode import DEFAULT_LIMITS, Limits, check_size


@dataclass(frozen=True)
class EntryOptions:
    """How sources are read.

    Args:
        limits: files beyond `max_bytes` are refused unread.
        root: the folder of an upload. Names are given relative to it, and local paths in a
            manifest must stay inside it. None: sources on the machine of the person who asks.
    """

    limits: Limits = DEFAULT_LIMITS
    root: Path | None = None

    def shown(self, path: Path) -> str:
        """The name that a local file bears in the import."""
        if self.root is not None and path.is_relative_to(self.root):
            path = path.relative_to(self.root)
        return storable(str(path))


@dataclass(frozen=True)
class Entry:
    """One file of a source, not read yet.

    Args:
        path: its name, the only one of this kind in the import: an absolute path (relative to
            `EntryOptions.root` for uploads), a URL, or `archive.zip!/member`.
        read: gives the bytes; safe to call from any thread. Raises `ImageRejected` with missing,
            unreadable, too_large, truncated, decompression_bomb, not_a_picture or unsupported.
        local: the file on disk, if it is one by itself and could be kept in place.
        columns: what a manifest says about it.
        label: the class that a manifest gives it.
    """

    path: str
    read: Callable[[], bytes]
    local: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)
    label: str | None = None


@dataclass(frozen=True)
class Refusal:
    """One file, archive member or manifest row that is not taken, and why."""

    path: str
    reason: RejectReason
    detail: str


def storable(text: str) -> str:
    """Text that every database and JSON file takes.

    Names on disk and in archives may hold bytes that are no UTF-8 (kept by Python as lone
    surrogates): they come out as `\\\\xNN`. NUL becomes `\\\\x00`.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        errors = "surrogateescape" if _escaped_only(text) else "backslashreplace"
        text = text.encode("utf-8", errors).decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\x00")


def _escaped_only(text: str) -> bool:
    """Whether every lone surrogate in a text stands for one undecodable byte."""
    return all(not "\ud800" <= mark <= "\udfff" or "\udc80" <= mark <= "\udcff" for mark in text)


class Names:
    """Keeps the names of an import apart; holds them all, some 100 bytes each."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def claim(self, name: str) -> bool:
        """Take a name; False if it was taken before."""
        if name in self._taken:
            return False
        self._taken.add(name)
        return True

    def unique(self, name: str) -> str:
        """Take a name, with #2, #3 … behind it if it was taken before."""
        candidate, count = name, 1
        while not self.claim(candidate):
            count += 1
            candidate = f"{name}#{count}"
        return candidate


def read_file(path: Path, limits: Limits) -> bytes:
    """Read a file of this machine, unless its size or its first bytes rule it out.

    Raises:
        ImageRejected: missing, unreadable, too_large, not_a_picture, unsupported.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            check_size(size, limits)
            head = file.read(SNIFF_BYTES)
            if head and kind(head) is None:
                raise ImageRejected(*foreign(head))
            data = head + file.read(size)
    except FileNotFoundError as error:
        raise ImageRejected(RejectReason.MISSING, "no such file") from error
    except OSError as error:
        detail = error.strerror or str(error)
        raise ImageRejected(RejectReason.UNREADABLE, detail) from error
    check_size(len(data), limits)
    return data
