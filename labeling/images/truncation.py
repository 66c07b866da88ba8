"""Whether a picture file ends where its own structure says.

Nothing is decoded here: these checks read headers and lengths only.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

_GIF_IMAGE, _GIF_EXTENSION, _GIF_TRAILER = 0x2C, 0x21, 0x3B
_TIFF_TYPE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF_INTEGERS = {3: "H", 4: "I", 16: "Q"}
_TIFF_OFFSETS, _TIFF_LENGTHS = {273, 324}, {279, 325}  # of strips, of tiles


def is_cut(data: bytes, kind: str) -> bool:
    """Whether the structure of a file announces more bytes than there are.

    A cheap second opinion beside the decoder: it gives a failure its name, and finds the cuts
    that some decoders fill with grey in silence. It misses some.

    Args:
        data: the whole file.
        kind: what `containers.kind` made of it.
    """
    return _CHECKS[kind](data)


def _stops_before(data: bytes, end: int) -> bool:
    """Whether compressed data that should reach to `end` is shorter, or blank towards its end.

    A blank stretch is what an interrupted copy leaves: space reserved, then never written.
    """
    return end > len(data) or data.endswith(bytes(64), 0, end)


def _jpeg_is_cut(data: bytes) -> bool:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    if at + 4 > len(data):
        return True
    blank = _stops_before(data, len(data))
    return blank and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")


def _png_is_cut(data: bytes) -> bool:
    return not any(name == b"IEND" for name, _, _ in _png_chunks(data))


def png_is_damaged(data: bytes) -> bool:
    """Whether the checksum of a chunk with header, palette or pixels is wrong.

    Pillow does not look at the checksums of pixels.
    """
    return any(
        zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big")
        for name, at, end in _png_chunks(data)
        if name[:1].isupper()
    )


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each whole chunk up to IEND."""
    at, name = 8, b""
    while name != b"IEND" and at + 12 <= len(data):
        name = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data) or name == bytes(4):
            return
        yield name, at, end
        at = end


def _gif_is_cut(data: bytes) -> bool:
    at = 13 + _palette_bytes(data, 10)
    while at < len(data) and data[at] != _GIF_TRAILER:
        if data[at] not in (_GIF_IMAGE, _GIF_EXTENSION):
            at += 1
            continue
        at += 11 + _palette_bytes(data, at + 9) if data[at] == _GIF_IMAGE else 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return at >= len(data)


def _palette_bytes(data: bytes, flags_at: int) -> int:
    """Size of the colour table that a GIF's packed flags announce."""
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp_is_cut(data: bytes) -> bool:
    return _stops_before(data, 8 + int.from_bytes(data[4:8], "little"))


def _bmp_is_cut(data: bytes) -> bool:
    return int.from_bytes(data[2:6], "little") > len(data)


def _tiff_is_cut(data: bytes) -> bool:
    """Whether the first directory, a value it points to, or its pixels lie beyond the end."""
    try:
        return any(end > len(data) for end in _tiff_ends(data))
    except struct.error:
        return True


def _tiff_ends(data: bytes) -> Iterator[int]:
    """Where each part of the first page ends."""
    order = "<" if data[:2] == b"II" else ">"
    word, short = ("Q", "Q") if data[2:4] in (b"+\0", b"\0+") else ("I", "H")
    width = struct.calcsize(word)
    (at,) = struct.unpack_from(order + word, data, width)
    (tags,) = struct.unpack_from(order + short, data, at)
    at += struct.calcsize(short)
    pixels: dict[int, tuple[int, ...]] = {}
    for tag, type_, count in _tiff_entries(data, at, tags, order, word):
        at += 4 + width
        size = count * _TIFF_TYPE_BYTES.get(type_, 1)
        start = at if size <= width else struct.unpack_from(order + word, data, at)[0]
        at += width
        yield start + size
        if tag in _TIFF_OFFSETS | _TIFF_LENGTHS and start + size <= len(data):
            code = _TIFF_INTEGERS.get(type_, "B")
            pixels[tag] = struct.unpack_from(f"{order}{count}{code}", data, start)
    for offsets, lengths in zip(sorted(_TIFF_OFFSETS), sorted(_TIFF_LENGTHS), strict=True):
        spans = zip(pixels.get(offsets, ()), pixels.get(lengths, ()), strict=False)
        yield from map(sum, spans)


def _tiff_entries(
    data: bytes, at: int, tags: int, order: str, word: str
) -> Iterator[tuple[int, int, int]]:
    """Tag, type and count of each entry of a directory that starts at `at`."""
    entry = struct.Struct(order + "HH" + word)
    for _ in range(tags):
        yield entry.unpack_from(data, at)
        at += entry.size + struct.calcsize(word)


def _boxes_are_cut(data: bytes) -> bool:
    ends = dict(_boxes(data))
    has_pixels = b"mdat" in ends or (b"meta" in ends and b"idat" in data)
    return not has_pixels or _stops_before(data, max(ends.values()))


def _boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Name and announced end of each box at the top of an ISO base media file."""
    at = 0
    while at < len(data):
        name, size = data[at + 4 : at + 8], int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0 and not name.strip(b"\0"):  # padding behind the last box
            return
        at = at + max(size, 8) if size else len(data)
        yield name, at


_CHECKS: dict[str, Callable[[bytes], bool]] = {
    "JPEG": _jpeg_is_cut,
    "PNG": _png_is_cut,
    "WEBP": _webp_is_cut,
    "GIF": _gif_is_cut,
    "BMP": _bmp_is_cut,
    "TIFF": _tiff_is_cut,
    "AVIF": _boxes_are_cut,
    "HEIF": _boxes_are_cut,
}
