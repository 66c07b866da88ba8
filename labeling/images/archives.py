"""Archives as sources: zip and tar, opened like folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import Limits
from labeling.images.entry import Entry, EntryOptions, Names, Refusal, storable
from labeling.images.members import Member, is_archive, is_junk, is_unreadable_archive, unsafe
from labeling.images.tar_files import tar_members
from labeling.images.zip_files import zip_members

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_TAR, _TAR_AT = b"ustar", 257

Opener = Callable[[Path, Limits], Iterator[Member]]


def opener(path: Path) -> Opener | None:
    """What lists the members of an archive, told by its first bytes; None of any other file.

    Whatever is compressed with gzip, bzip2 or xz is taken for a tar archive.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(_TAR_AT + len(_TAR))
    if head.startswith(_ZIP):
        return zip_members
    return tar_members if head.startswith(_PACKED) or head[_TAR_AT:] == _TAR else None


def is_packed_tar(path: Path) -> bool:
    """Whether it is compressed as a whole, so that it can only be read from front to back.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return file.read(max(map(len, _PACKED))).startswith(_PACKED)


def archive_entries(
    path: Path, shown: str, options: EntryOptions, names: Names
) -> Iterator[Entry | Refusal]:
    """The files in an archive, and what in it was refused.

    A damaged archive yields what comes before the damage and then a `Refusal` of itself. An
    archive inside it is refused, not opened.

    Args:
        path: the archive.
        shown: its name in the import; members are called `shown!/member`.
        options: how to read.
        names: keeps two members of one name apart.
    """
    members = zip_members if path.suffix.lower() == ".zip" else tar_members
    found = 0
    try:
        if path.stat().st_size == 0:
            raise ImageRejected(RejectReason.EMPTY, "the archive holds no bytes")
        for member in members(path, options.limits):
            found += 1
            if not is_junk(member.name) or unsafe(member.name):
                yield _judged(member, names.unique(f"{shown}!/{storable(member.name)}"))
    except ImageRejected as error:
        yield Refusal(shown, error.reason, error.detail)
    except OSError as error:
        yield Refusal(shown, RejectReason.UNREADABLE, error.strerror or str(error))
    else:
        if not found:
            yield Refusal(shown, RejectReason.EMPTY, "the archive holds no files")


def _judged(member: Member, path: str) -> Entry | Refusal:
    """A member by its name: safe to take, or refused."""
    if why := unsafe(member.name):
        return Refusal(path, RejectReason.UNSAFE_PATH, why)
    if is_archive(member.name) or is_unreadable_archive(member.name):
        detail = "an archive inside an archive; unpack it first"
        return Refusal(path, RejectReason.UNSUPPORTED, detail)
    return Entry(path, member.read)
