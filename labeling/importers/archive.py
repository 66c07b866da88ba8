"""Labels in a zip or tar archive: read in place, so that no name in it becomes a path on disk."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from io import BytesIO
from pathlib import Path

from labeling.errors import ImageRejected, InputError, RejectReason
from labeling.images.archives import is_packed_tar, opener
from labeling.images.decode import Limits
from labeling.images.entry import storable
from labeling.images.members import Member, is_junk, unsafe
from labeling.importers.base import SPLIT_NAMES
from labeling.importers.source import LabelSource

LIMITS = Limits(max_bytes=1_000_000_000)
"""Of one file in an archive, and of all files of labels in it together, unpacked."""
LARGE = 50_000_000
"""Bytes of a compressed tar archive that are unpacked in about a second."""
DESCRIBING = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".json", ".xml")
"""Endings of files that may be labels."""
UNPACK = "Unpack it and name the folder or file."
DOUBT = "Don't unpack it before you know where it comes from."


class ArchiveSource(LabelSource):
    """An archive as a folder of labels.

    Files of labels are held in memory while they are read, pictures only to compute their SHA-256.
    Hidden files are left out; a folder around everything is passed over where what is in it makes
    sense by itself.
    """

    def __init__(self, path: Path, content: "_Content", top: Path) -> None:
        super().__init__(path)
        self.top = top
        self._content = content

    @property
    def is_folder(self) -> bool:
        """An archive is read as a folder, whatever is in it."""
        return True

    @cached_property
    def files(self) -> list[Path]:
        """Every file, in an order that is always the same."""
        return sorted(self._content.files)

    def views(self) -> Iterator[LabelSource]:
        """Without the folders around everything, then with more and more of them.

        A folder that is called like a split is passed over only if nothing else makes sense.
        """
        tops, around = [self.top], list[Path]()
        while (inner := self._only_folder((tops + around)[-1])) is not None:
            is_split = inner.name.lower() in SPLIT_NAMES
            (around if around or is_split else tops).append(inner)
        for top in (*reversed(tops), *around):
            view = ArchiveSource(self.path, self._content, top)
            view._documents = self._documents
            yield view

    def holds(self, path: Path) -> bool:
        """Whether a file is there."""
        return path in self._content.files

    def open_bytes(self, path: Path) -> BytesIO:
        """Open a file of the archive.

        Raises:
            InputError: it is locked, damaged or too large, or all are together.
        """
        return BytesIO(self._content.read(path))

    def sha256(self, path: Path) -> str | None:
        """The SHA-256 of a picture in the archive, None where it has no such file."""
        return self._content.sha256(path) if self.holds(path) else None

    def _only_folder(self, top: Path) -> Path | None:
        """The folder within which everything lies."""
        parts = [path.relative_to(top).parts for path in self._content.files]
        names = {part[0] for part in parts}
        has_files = any(len(part) == 1 for part in parts)
        return None if has_files or len(names) != 1 else top / next(iter(names))


def archive_source(path: Path) -> ArchiveSource | None:
    """An archive as a source of labels, told by its first bytes; None for any other file.

    Raises:
        InputError: it can't be read, is damaged, or holds a name that would leave its folder.
    """
    try:
        members = opener(path)
        packed = members is not None and is_packed_tar(path)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    if members is None:
        return None
    top = path.with_name(f"{path.name}!")
    content = _Content(path, top, packed)
    try:
        for member in members(path, LIMITS):
            content.add(member)
    except ImageRejected as error:
        raise refusal(str(path), error) from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    if not content.files:
        raise InputError(f"{path} holds no files")
    return ArchiveSource(path, content, top)


def is_large_archive(path: Path) -> bool:
    """Whether it takes long to open: an archive of some size that is compressed as a whole."""
    try:
        return path.is_file() and path.stat().st_size > LARGE and is_packed_tar(path)
    except OSError:  # told when it is read
        return False


class _Content:
    """The files of an archive, by the paths that they are called by.

    Of an archive that can only be read from front to back, each file is looked at as it comes:
    what may be labels is kept, of the others the SHA-256.
    """

    def __init__(self, path: Path, top: Path, packed: bool) -> None:
        self._path, self._top, self._packed = path, top, packed
        self._size = 0
        self._bytes: dict[Path, bytes] = {}
        self._sums: dict[Path, str] = {}
        self._unread: dict[Path, Callable[[], bytes]] = {}
        self.files: dict[Path, None] = {}

    def add(self, member: Member) -> None:
        """Take a member up.

        Raises:
            InputError: its name would leave the folder it is unpacked in, or is there twice.
        """
        if why := unsafe(member.name):
            fault = f"{self._path} holds {storable(member.name)!r}, {why}"
            raise InputError(fault, DOUBT)
        if is_junk(member.name):
            return
        path = self._top / member.name.replace("\\", "/")
        if path in self.files:
            raise InputError(f"{self._path} holds {member.name!r} twice", UNPACK)
        self.files[path] = None
        self._unread[path] = member.read
        if self._packed:
            self._look(path)

    def read(self, path: Path) -> bytes:
        """The bytes of a file.

        Raises:
            InputError: it can't be unpacked, or all that were read are too much together.
        """
        if path not in self._bytes:
            self._keep(path, self._unpacked(path))
        return self._bytes[path]

    def sha256(self, path: Path) -> str:
        """The SHA-256 of a file.

        Raises:
            InputError: it can't be unpacked.
        """
        if path not in self._sums:
            data = self._bytes.get(path)
            self._sums[path] = _sum(self._unpacked(path) if data is None else data)
        return self._sums[path]

    def _look(self, path: Path) -> None:
        """Take what is needed of a file; that it can't be read is told when it is asked for."""
        try:
            data = self._unread[path]()
        except ImageRejected:
            return
        if path.suffix.lower() in DESCRIBING:
            self._keep(path, data)
        else:
            self._sums[path] = _sum(data)
        del self._unread[path]

    def _keep(self, path: Path, data: bytes) -> None:
        self._size += len(data)
        if self._size > LIMITS.max_bytes:
            fault = f"the labels in {self._path} are more than {LIMITS.max_bytes:,} bytes"
            raise InputError(fault, UNPACK)
        self._bytes[path] = data

    def _unpacked(self, path: Path) -> bytes:
        if path not in self._unread:
            raise InputError(f"{path} can't be read: its ending is that of no labels", UNPACK)
        try:
            return self._unread[path]()
        except ImageRejected as error:
            raise refusal(str(path), error) from None


def refusal(name: str, error: ImageRejected) -> InputError:
    """What to say of an archive or a file in it that can't be read."""
    fix = DOUBT if error.reason == RejectReason.DECOMPRESSION_BOMB else UNPACK
    return InputError(f"{name} can't be read: {error.detail}", fix)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
