"""The bytes of a picture: in the store, or in a linked file that may have moved or changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from db import images
from db.tables import Image
from labeling.errors import ImageRejected, NotFoundError, RejectReason
from labeling.images.containers import SNIFF_BYTES, kind
from labeling.images.decode import MEDIA_TYPES
from labeling.images.fingerprint import sha256
from labeling.images.prepare import ingest_picture
from labeling.images.thumbs import thumb_feeds
from labeling.workspace import Workspace

SIZES = ("thumb", "screen", "original")


@dataclass(frozen=True)
class Media:
    """A picture for a browser."""

    data: bytes
    media_type: str


def original(ws: Workspace, image: Image, *, rehash: bool = False) -> bytes:
    """The bytes as they came in.

    Args:
        ws: the workspace.
        image: the picture.
        rehash: read a linked file's hash even when size and time are as they were.

    Raises:
        ImageRejected: a linked file is gone or holds other bytes (reason ``missing``), or the
            store has lost the picture.
    """
    try:
        if image.link is None:
            return ws.blobs.get("original", image.sha256)
        return _linked(image, Path(image.link), rehash=rehash)
    except (OSError, NotFoundError) as error:
        detail = f"picture {image.sha256[:12]} can't be read: {error}"
        raise ImageRejected(RejectReason.MISSING, detail) from error


def for_model(ws: Workspace, image: Image, side: int) -> bytes:
    """The bytes that a model of ``side`` pixels is fed: the thumbnail where `thumb_feeds` says so.

    The same picture gives the same bytes wherever it came from: a lost thumbnail is made again.

    Raises:
        ImageRejected: as `original`; a linked file that is gone or changed feeds no model.
    """
    if not thumb_feeds(side, (image.width, image.height)):
        return original(ws, image)
    if not _is_as_it_was(image):
        original(ws, image)  # refuses other bytes
    try:
        return ws.blobs.get("thumb", image.sha256)
    except NotFoundError:
        thumb = ingest_picture(original(ws, image)).thumb
        ws.blobs.put("thumb", image.sha256, thumb)
        return thumb


def media(ws: Workspace, size: str, sha: str) -> Media:
    """A picture in one of ``SIZES`` for a browser.

    Raises:
        NotFoundError: no project has it, or its file is gone.
    """
    with ws.db.read() as session:
        image = images.image(session, sha) if images.is_known(session, sha) else None
    if image is None or size not in SIZES:
        raise NotFoundError(f"there is no picture {sha[:12]} in size {size}")
    if size == "thumb" or (size == "screen" and image.has_screen):
        data = ws.blobs.get(size, sha)
        return Media(data, media_type_of(data))
    try:
        data = original(ws, image)
    except ImageRejected as error:
        raise NotFoundError(error.detail, "Put the file back where it was.") from error
    return Media(data, MEDIA_TYPES[image.format])


def media_type_of(data: bytes) -> str:
    """The media type of a picture, by its first bytes."""
    return MEDIA_TYPES[kind(data[:SNIFF_BYTES]) or "JPEG"]


def _linked(image: Image, path: Path, *, rehash: bool) -> bytes:
    data = path.read_bytes()
    if (rehash or not _is_as_it_was(image)) and sha256(data) != image.sha256:
        raise ImageRejected(RejectReason.MISSING, f"{path} has changed since it was imported")
    return data


def _is_as_it_was(image: Image) -> bool:
    """Whether a linked file has the time and size that it had; True for what the store holds."""
    if image.link is None:
        return True
    try:
        found = Path(image.link).stat()
    except OSError:
        return False
    return (found.st_mtime_ns, found.st_size) == (image.link_mtime_ns, image.bytes)


def note_missing(ws: Workspace, gone: Iterable[str]) -> None:
    """Remember which linked pictures can't be read."""
    gone, now = list(gone), ws.clock()
    if gone:
        ws.db.write(lambda session: images.mark_missing(session, gone, now))


def reader(ws: Workspace, image: Image) -> Callable[[], bytes]:
    """What reads the original of a picture when it is needed, hashing a linked file again."""
    return lambda: original(ws, image, rehash=True)


def local_file(ws: Workspace, image: Image) -> Path | None:
    """The original as a file on this machine, None where the store is elsewhere."""
    return Path(image.link) if image.link else ws.blobs.local_path("original", image.sha256)
