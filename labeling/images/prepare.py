"""Everything an import needs to know about one picture, from one reading of its bytes."""

from dataclasses import dataclass

from labeling.images.decode import DEFAULT_LIMITS, Limits, open_picture
from labeling.images.fingerprint import perceptual_hash, sha256
from labeling.images.thumbs import derivatives, side_needed


@dataclass(frozen=True)
class Ingested:
    """A picture that was accepted.

    Args:
        sha256: its identity, 64 hexadecimal digits.
        phash: its perceptual hash, 16 hexadecimal digits; `int(phash, 16)` goes to `hamming`.
        width: pixels, upright.
        height: pixels, upright.
        byte_count: size of the file.
        format: "JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF" or "HEIF".
        note: what a person should know, such as "first of 12 frames".
        thumb: an encoded copy of at most 256 pixels a side.
        screen: an encoded copy of at most 1280 pixels a side; None where a browser shows the
            original bytes just as they should look.
    """

    sha256: str
    phash: str
    width: int
    height: int
    byte_count: int
    format: str
    note: str | None
    thumb: bytes
    screen: bytes | None


def ingest_picture(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Ingested:
    """Check, fingerprint and scale one picture; decodes it once, and whole.

    Threads may share it: hashing, decoding and scaling run outside the interpreter lock.

    Raises:
        ImageRejected: see `decode`.
    """
    opened = open_picture(data, limits)
    decoded = opened.load(at_least=side_needed(opened))
    made = derivatives(decoded, data)
    return Ingested(
        sha256=sha256(data),
        phash=f"{perceptual_hash(made.small):016x}",
        width=decoded.width,
        height=decoded.height,
        byte_count=len(data),
        format=decoded.format,
        note=decoded.note,
        thumb=made.thumb,
        screen=made.screen,
    )
