"""One item as it leaves, and the names it is written under."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

NONE_OF_THESE = "none_of_these"
"""The label of a picture that shows none of the classes."""

DECIDED = frozenset({"auto_accepted", "verified", "reviewed"})
"""States in which an item has a label, or is none of the classes when it has no label."""


@dataclass(frozen=True)
class ExportRow:
    """One item as it leaves.

    Attributes:
        sha256: identity of the picture, 64 hex digits.
        file_name: unique name to write it under (see `safe_name`).
        sources: every path or URL it came with.
        labels: class names; none in a decided state means "none of these".
        state: unlabeled, proposed, auto_accepted, verified, reviewed, disputed or excluded.
        proposal_label: what the model proposed, None without a proposal.
        score: the proposal's score, 0 to 1.
        model: name of the model that proposed it.
        user: who decided.
        decided_at: UTC time in ISO format.
        view: where it was decided (single, grid, group, import, cvat).
        width, height: in pixels, upright.
        format: JPEG, PNG …
        columns: whatever came with the picture (site, camera …).
        read: gives the bytes of the original.
        local: the original as a file on this machine, None without one.
        split: train, validation or test in a snapshot; None outside of one.
        group: what near-duplicates share, None without any.
    """

    sha256: str
    file_name: str
    sources: Sequence[str]
    labels: Sequence[str]
    state: str
    proposal_label: str | None
    score: float | None
    model: str | None
    user: str | None
    decided_at: str | None
    view: str | None
    width: int
    height: int
    format: str
    columns: Mapping[str, str]
    read: Callable[[], bytes]
    local: Path | None = None
    split: str | None = None
    group: str | None = None

    @property
    def answers(self) -> list[str]:
        """The labels, or `NONE_OF_THESE` alone, or nothing where nobody has decided."""
        return list(self.labels) or ([NONE_OF_THESE] if self.none_of_these else [])

    @property
    def none_of_these(self) -> bool:
        """Whether it was decided that the picture shows none of the classes."""
        return self.state in DECIDED and not self.labels


def row_name(row: ExportRow) -> str:
    """Return what a person knows the item by: its first source, else its file name."""
    return row.sources[0] if row.sources else row.file_name


def as_record(row: ExportRow, file_name: str) -> dict[str, Any]:
    """Return everything about an item but its picture, for JSON; ``columns`` stays a mapping."""
    return {
        "file_name": file_name,
        "sha256": row.sha256,
        "labels": list(row.labels),
        "none_of_these": row.none_of_these,
        "state": row.state,
        "proposal_label": row.proposal_label,
        "score": None if row.score is None else float(row.score),
        "model": row.model,
        "user": row.user,
        "decided_at": row.decided_at,
        "view": row.view,
        "width": row.width,
        "height": row.height,
        "format": row.format,
        "split": row.split,
        "group": row.group,
        "sources": list(row.sources),
        "columns": dict(row.columns),
    }


_EXTENSIONS = {"JPEG": ".jpg", "TIFF": ".tif"}
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(source: str, sha256: str, picture_format: str) -> str:
    """Make a file name that is legal everywhere and differs for different pictures.

    Args:
        source: path or URL the picture came with; its stem stays recognisable.
        sha256: identity; the first 12 digits end the name.
        picture_format: decides the extension (JPEG: .jpg).
    """
    path = urlsplit(source).path if "://" in source else source
    extension = _EXTENSIONS.get(picture_format, f".{picture_format.lower()}")
    stem = safe_part(PurePosixPath(path.replace("\\", "/")).stem)
    return f"{_cut(stem, 120)}-{sha256[:12]}{extension}"


def safe_part(text: str) -> str:
    """Make one part of a path legal on Linux, macOS and Windows; letters of any script stay."""
    part = _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    if not part or _DEVICES.fullmatch(part):
        part = f"_{part}"
    return _cut(part, 200)


def _cut(text: str, size: int) -> str:
    """Shorten to at most ``size`` bytes of UTF-8 (file systems allow 255)."""
    return text.encode()[:size].decode(errors="ignore")
