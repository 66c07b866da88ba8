"""What the first bytes of a file say it is."""

from labeling.errors import RejectReason

READABLE = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
"""The picture formats that are read, by the names that Pillow gives them."""

SNIFF_BYTES = 64
"""So many bytes from the front are enough for `kind` and `foreign`."""

_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_BMP_HEADER_SIZES = {12, 40, 52, 56, 64, 108, 124}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS |= {b"mif1", b"msf1"}
_FOREIGN = (
    (b"%PDF", "a PDF document", RejectReason.NOT_A_PICTURE),
    (b"PK\x03\x04", "a zip archive", RejectReason.UNSUPPORTED),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", RejectReason.UNSUPPORTED),
    (b"Rar!", "a RAR archive", RejectReason.UNSUPPORTED),
    (b"\x1f\x8b", "a gzip file", RejectReason.UNSUPPORTED),
    (b"8BPS", "a Photoshop file", RejectReason.UNSUPPORTED),
    (b"%!PS", "a PostScript file", RejectReason.UNSUPPORTED),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", RejectReason.UNSUPPORTED),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture", RejectReason.UNSUPPORTED),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", RejectReason.UNSUPPORTED),
    (b"\xff\x0a", "a JPEG XL picture", RejectReason.UNSUPPORTED),
    (b"\0\0\1\0", "a Windows icon", RejectReason.UNSUPPORTED),
    (b"FUJIFILMCCD-RAW", "a camera raw file", RejectReason.UNSUPPORTED),
    (b"IIRO", "a camera raw file", RejectReason.UNSUPPORTED),
    (b"IIU\0", "a camera raw file", RejectReason.UNSUPPORTED),
)


def kind(head: bytes) -> str | None:
    """The picture format that these bytes open with, one of `READABLE`, or None.

    Args:
        head: the front of the file, `SNIFF_BYTES` or more.
    """
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


def foreign(head: bytes) -> tuple[RejectReason, str]:
    """Why bytes of no readable format are refused: the reason, and what they seem to be."""
    for magic, what, reason in _FOREIGN:
        if head.startswith(magic):
            return reason, what
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml")):
        return RejectReason.NOT_A_PICTURE, "an SVG or XML file"
    if text.startswith((b"<!doctype", b"<html")):
        return RejectReason.NOT_A_PICTURE, "a web page"
    if b"crx " in _brands(head):
        return RejectReason.UNSUPPORTED, "a camera raw file"
    if _brands(head):
        return RejectReason.NOT_A_PICTURE, "a video"
    return RejectReason.NOT_A_PICTURE, "no known picture format"


def _brands(head: bytes) -> set[bytes]:
    """The major and compatible brands of an ISO base media file; empty for other files."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    listed = {head[at : at + 4] for at in range(16, end - 3, 4)}
    return listed | {head[8:12]}
