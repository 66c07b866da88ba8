"""The members of a tar archive, plain or compressed."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import Limits, check_size
from labeling.images.members import Member, refused
from labeling.images.zip_files import link_refusal

_OPENERS: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    OSError,
    ValueError,
    OverflowError,
)
_BLOCK = 512
_STEP = 1 << 20
_BOMB_RATIO = 200
_BOMB_FLOOR = 256 << 20


def tar_members(path: Path, limits: Limits) -> Iterator[Member]:
    """The files of a tar archive in their order there; those before a break, if it is damaged.

    A compressed archive is read from front to back once: the bytes of a member come with it.

    Raises:
        ImageRejected: unreadable or decompression_bomb, after the members before the break.
    """
    with path.open("rb") as raw:
        magic = raw.read(5)
        raw.seek(0)
        opener = next((open_ for mark, open_ in _OPENERS.items() if magic.startswith(mark)), None)
        stream = _Stream(raw, cast(BinaryIO, opener(raw)) if opener else raw)
        try:
            with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:") as archive:
                while (info := archive.next()) is not None:
                    archive.members.clear()  # type: ignore[attr-defined]  # else it keeps all
                    if not info.isdir():
                        yield _member(path, archive, info, opener is not None, limits)
                if stream.last != bytes(_BLOCK):
                    raise tarfile.ReadError("it ends in the middle")
        except _DAMAGE as error:
            detail = f"damaged tar archive: {error}"
            raise ImageRejected(RejectReason.UNREADABLE, detail) from error


class _Stream:
    """What tarfile reads from: the unpacked bytes, watched for a decompression bomb."""

    def __init__(self, raw: BinaryIO, unpacked: BinaryIO) -> None:
        self._raw, self._unpacked = raw, unpacked
        self.last = b""

    def read(self, size: int) -> bytes:
        """The next bytes; the last ones read stay in `last`."""
        self.last = self._unpacked.read(size)
        position = self.tell()
        if position > _BOMB_FLOOR and position > self._raw.tell() * _BOMB_RATIO:
            detail = f"{self._raw.tell():,} bytes unpack to more than {position:,}"
            raise ImageRejected(RejectReason.DECOMPRESSION_BOMB, detail)
        return self.last

    def tell(self) -> int:
        return self._unpacked.tell()

    def seek(self, position: int) -> int:
        """Go on to a position, reading what lies between, so that a bomb is noticed."""
        if self._raw is self._unpacked or position < self.tell():
            return self._unpacked.seek(position)
        while self.tell() < position and self.read(min(_STEP, position - self.tell())):
            pass
        return self.tell()


def _member(
    path: Path, archive: tarfile.TarFile, info: tarfile.TarInfo, packed: bool, limits: Limits
) -> Member:
    if info.issym() or info.islnk():
        error = link_refusal(info.name, info.linkname, info.islnk())
        return Member(info.name, refused(error.reason, error.detail))
    if not info.isreg() or info.issparse():
        return Member(info.name, refused(RejectReason.UNSUPPORTED, "not an ordinary file"))
    try:
        check_size(info.size, limits)
    except ImageRejected as error:
        return Member(info.name, refused(error.reason, error.detail))
    if not packed:
        return Member(info.name, partial(_read_at, path, info.offset_data, info.size))
    file = archive.extractfile(info)
    return Member(info.name, partial(bytes, file.read() if file else b""))


def _read_at(path: Path, start: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(size)
    except OSError as error:
        raise ImageRejected(RejectReason.UNREADABLE, error.strerror or str(error)) from error
    if len(data) < size:
        raise ImageRejected(RejectReason.TRUNCATED, "the archive ends inside this file")
    return data
