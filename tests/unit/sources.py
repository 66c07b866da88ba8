"""Reading import sources as the tests of files, archives and manifests do."""

import tarfile
from pathlib import Path

from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import Limits
from labeling.images.entry import Entry, EntryOptions, Refusal
from labeling.images.files import entries
from labeling.images.prepare import ingest_picture
from tests.unit.bad_files import (
    of_format,
)

GOOD = of_format("JPEG", 1)
TAR_MODES = {
    "a.tar": "w",
    "a.tar.gz": "w:gz",
    "a.tgz": "w:gz",
    "a.tar.bz2": "w:bz2",
    "a.txz": "w:xz",
}


def listed(*sources: Path | str, root: Path | None = None) -> list[Entry | Refusal]:
    return list(entries([str(source) for source in sources], EntryOptions(root=root)))


def names(found: list[Entry | Refusal], base: Path) -> list[str]:
    return [entry.path.removeprefix(f"{base}/") for entry in found]


def outcome(
    source: Path, limits: Limits | None = None
) -> tuple[list[str], dict[str, RejectReason]]:
    """Names of the pictures taken, and the reason for each file refused."""
    options = EntryOptions(limits or Limits())
    taken, refused = [], {}
    for entry in entries([str(source)], options):
        if isinstance(entry, Refusal):
            refused[entry.path.removeprefix(f"{source}!/")] = entry.reason
            continue
        try:
            ingest_picture(entry.read(), options.limits)
            taken.append(entry.path.removeprefix(f"{source}!/"))
        except ImageRejected as error:
            refused[entry.path.removeprefix(f"{source}!/")] = error.reason
    return taken, refused


def member(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)
