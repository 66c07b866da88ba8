"""The members of a zip archive, and what can be saved of a damaged one."""

import lzma
import mmap
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import Limits
from labeling.images.members import Member, check_member_size, link_leaves, refused

_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, struct.error)
_LOCKED = (RejectReason.ENCRYPTED_ARCHIVE, "protected by a password")


def zip_members(path: Path, limits: Limits) -> Iterator[Member]:
    """The files of a zip archive, sorted by name.

    The archive stays open as long as one of them is in use. Of an archive without its directory
    (a broken download) the files before the break come, in their order there.

    Raises:
        ImageRejected: unreadable, after what could be saved.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        yield from _saved_members(path, limits)
        raise ImageRejected(RejectReason.UNREADABLE, f"damaged zip archive: {error}") from error
    lock = threading.Lock()
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        if not info.is_dir():
            name = _name(info.filename, info.flag_bits)
            yield Member(name, partial(_read, archive, info, lock, limits))


def _name(name: str, flags: int) -> str:
    """The name of a member; many programs write UTF-8 without setting its flag."""
    if flags & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, lock: threading.Lock, limits: Limits
) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise ImageRejected(*_LOCKED)
    check_member_size(info.file_size, info.compress_size, limits)
    try:
        with lock:
            file = archive.open(info)
        try:
            if stat.S_ISLNK(info.external_attr >> 16):
                raise link_refusal(info.filename, file.read(4096).decode("utf-8", "replace"))
            return file.read()
        finally:
            with lock:
                file.close()
    except NotImplementedError as error:
        raise ImageRejected(RejectReason.UNSUPPORTED, str(error)) from error
    except _DAMAGE as error:
        detail = f"damaged inside the archive: {error}"
        raise ImageRejected(RejectReason.UNREADABLE, detail) from error


def link_refusal(name: str, target: str, hard: bool = False) -> ImageRejected:
    """A link is never followed: a file that it points to in the archive comes by itself."""
    if link_leaves(name, target, hard):
        return ImageRejected(RejectReason.UNSAFE_PATH, f"a link out of the archive, to {target}")
    return ImageRejected(RejectReason.UNSUPPORTED, f"a link to {target}, which comes by itself")


@dataclass(frozen=True)
class _Local:
    """What stands in front of a member's bytes."""

    name: str
    flags: int
    method: int
    packed: int
    size: int
    start: int


def _saved_members(path: Path, limits: Limits) -> Iterator[Member]:
    """Walk a zip archive from its front, member by member, until something is missing."""
    if path.stat().st_size < _LOCAL_HEADER.size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while (local := _local_header(data, at)) is not None:
            end = local.start + local.packed
            if local.flags & _ENCRYPTED:
                yield Member(local.name, refused(*_LOCKED))
            elif local.flags & _SIZES_FOLLOW:
                content, end = _inflated_until_end(data, local, limits)
                if content is None:
                    return
                yield Member(local.name, partial(bytes, content))
            elif end > len(data):
                return
            elif not local.name.endswith("/"):
                yield Member(local.name, partial(_unpack, data[local.start : end], local, limits))
            at = end


def _local_header(data: mmap.mmap, at: int) -> _Local | None:
    if at + _LOCAL_HEADER.size > len(data):
        return None
    magic, _, flags, method, _, _, _, packed, size, name, extra = _LOCAL_HEADER.unpack_from(
        data, at
    )
    start = at + _LOCAL_HEADER.size
    if magic != _LOCAL_MAGIC or not name or start + name + extra > len(data):
        return None
    raw = data[start : start + name]
    text = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    return _Local(_name(text, flags), flags, method, packed, size, start + name + extra)


def _unpack(raw: bytes, local: _Local, limits: Limits) -> bytes:
    check_member_size(local.size, local.packed, limits)
    if local.method == zipfile.ZIP_STORED:
        return raw
    if local.method != zipfile.ZIP_DEFLATED:
        raise ImageRejected(RejectReason.UNSUPPORTED, f"compression method {local.method}")
    try:
        return zlib.decompressobj(-15).decompress(raw, limits.max_bytes)
    except zlib.error as error:
        detail = f"damaged inside the archive: {error}"
        raise ImageRejected(RejectReason.UNREADABLE, detail) from error


def _inflated_until_end(data: mmap.mmap, local: _Local, limits: Limits) -> tuple[bytes | None, int]:
    """Unpack a member whose size is only told behind it; where the next one may start.

    None for the bytes if they are cut, damaged, too large or not deflated: no next one is found.
    """
    if local.method != zipfile.ZIP_DEFLATED:
        return None, len(data)
    unpacker = zlib.decompressobj(-15)
    try:
        content = unpacker.decompress(data[local.start :], limits.max_bytes)
    except zlib.error:
        return None, len(data)
    following = data.find(_LOCAL_MAGIC, len(data) - len(unpacker.unused_data))
    return (content if unpacker.eof else None), (following if following >= 0 else len(data))
