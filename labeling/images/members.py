"""The files inside an archive, and what their names tell.

A name may be junk, an archive again, or an attempt to leave the folder it is unpacked in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import Limits, check_size

_JUNK_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
_JUNK_FOLDERS = {"__macosx", "@eadir", "$recycle.bin", "system volume information"}
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_OTHER_ARCHIVES = (".7z", ".rar", ".tar.zst", ".tzst", ".tar.lz4", ".tar.z", ".gz", ".bz2", ".xz")
_DRIVE = re.compile(r"[a-zA-Z]:")

_BOMB_RATIO = 200


@dataclass(frozen=True)
class Member:
    """One file inside an archive.

    Args:
        name: its path there.
        read: gives its bytes, from any thread; raises `ImageRejected`.
    """

    name: str
    read: Callable[[], bytes]


def refused(reason: RejectReason, detail: str) -> Callable[[], bytes]:
    """A `read` for a member that is known to be no use."""

    def read() -> bytes:
        raise ImageRejected(reason, detail)

    return read


def check_member_size(size: int, packed: int, limits: Limits) -> None:
    """Refuse a member by the sizes that its archive states.

    Raises:
        ImageRejected: too_large, or decompression_bomb if it is packed as no picture can be.
    """
    if size > limits.max_bytes and size > packed * _BOMB_RATIO:
        detail = f"{packed:,} bytes that unpack to {size:,}"
        raise ImageRejected(RejectReason.DECOMPRESSION_BOMB, detail)
    check_size(size, limits)


def is_junk(name: str) -> bool:
    """Whether systems leave such files beside pictures: hidden ones, Thumbs.db, __MACOSX.

    Args:
        name: path inside the source, with / or \\ between folders.
    """
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    if not parts:
        return False
    return (
        any(part.startswith(".") or part.lower() in _JUNK_FOLDERS for part in parts)
        or parts[-1].lower() in _JUNK_FILES
    )


def is_archive(name: str) -> bool:
    """Whether a file of this name is opened as a folder of pictures."""
    return name.lower().endswith(_ARCHIVES)


def is_unreadable_archive(name: str) -> bool:
    """Whether the name is that of an archive which is not opened."""
    return name.lower().endswith(_OTHER_ARCHIVES) and not is_archive(name)


def unsafe(name: str) -> str | None:
    """Why the name of an archive member would leave the folder it is unpacked in; None if not.

    Both / and \\ count as separators, whatever this machine uses.
    """
    if not name.strip() or "\0" in name:
        return "a name that is empty or holds a NUL"
    parts = re.split(r"[/\\]", name)
    if parts[0] == "":
        return "an absolute path"
    if _DRIVE.match(name):
        return "a path with a drive letter"
    return "a path that climbs out by '..'" if ".." in parts else None


def link_leaves(name: str, target: str, hard: bool = False) -> bool:
    """Whether a link inside an archive points out of it.

    Args:
        name: of the link.
        target: what it points to: from its own folder, or for a hard link from the top.
        hard: whether it is a hard link.
    """
    if re.match(r"[/\\]", target) or _DRIVE.match(target):
        return True
    depth = 0 if hard else len(PurePosixPath(name).parts) - 1
    for part in re.split(r"[/\\]", target):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False
