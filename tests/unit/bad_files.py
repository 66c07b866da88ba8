"""Folders of 200 bad files of every kind and of 200 good ones, for tests of the import."""

import io
import os
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

from PIL import Image

from labeling.errors import RejectReason

DATA = Path(__file__).parent.parent / "data"
COUNT = 200
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
HUGE = 200_000_001


def picture(seed: int, size: tuple[int, int] = (48, 36), mode: str = "RGB") -> Image.Image:
    """Coarse coloured noise, different for each seed."""
    noise = random.Random(seed).randbytes(6 * 4 * 3)
    return Image.frombytes("RGB", (6, 4), noise).resize(size).convert(mode)


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def heic(seed: int) -> bytes:
    """A HEIC picture; a free box behind it makes each seed's bytes different."""
    free = b"free" + seed.to_bytes(8, "big")
    return (DATA / "two_colours.heic").read_bytes() + struct.pack(">I", 4 + len(free)) + free


def of_format(format_: str, seed: int) -> bytes:
    return heic(seed) if format_ == "HEIF" else encoded(picture(seed), format_)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(format_: str, seed: int) -> bytes:
    """A small file whose header announces some billions of pixels."""
    data = bytearray(of_format(format_, seed))
    side = 60_000
    if format_ == "PNG":
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        return bytes(data[:8]) + png_chunk(b"IHDR", header) + bytes(data[33:])
    if format_ == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", side, side)
    elif format_ == "GIF":
        data[6:10] = struct.pack("<HH", side, side)
    elif format_ == "BMP":
        data[18:26] = struct.pack("<ii", side, side)
    elif format_ == "TIFF":
        for tag in (256, 257):
            at = data.index(struct.pack("<HHI", tag, 4, 1)) + 8
            data[at : at + 4] = struct.pack("<I", side)
    return bytes(data)


def damaged_png(seed: int) -> bytes:
    """All there, but a bit has flipped inside the pixels."""
    data = bytearray(of_format("PNG", seed))
    data[data.index(b"IDAT") + 12] ^= 0x40
    return bytes(data)


def not_a_picture(seed: int) -> bytes:
    kinds = (
        b"just some notes, number %d\n" % seed,
        b"%%PDF-1.7\n%%%d" % seed,
        b'<svg xmlns="http://www.w3.org/2000/svg"><!-- %d --></svg>' % seed,
        b'<?xml version="1.0"?>\n<svg><!-- %d --></svg>' % seed,
        b"<!DOCTYPE html><title>%d</title>" % seed,
        b'{"image": %d}' % seed,
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom%d" % seed,
        b"\x7fELF" + random.Random(seed).randbytes(400),
    )
    return kinds[seed % len(kinds)]


def unsupported(seed: int) -> bytes:
    kinds = (
        b"8BPS\0\1" + bytes(20),
        b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20),
        b"\0\0\1\0\1\0\x10\x10" + bytes(20),
        b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    )
    return kinds[seed % len(kinds)] + seed.to_bytes(2, "big")


def encrypted_zip(members: dict[str, bytes]) -> bytes:
    """A zip whose members are marked as encrypted."""
    data = bytearray(zipped(members))
    for magic, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + flags_at] |= 1
            at = data.find(magic, at + 4)
    return bytes(data)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def tarred(members: list[tarfile.TarInfo], content: bytes = b"", mode: str = "w") -> bytes:
    """A tar archive of these members; the ordinary files among them all hold `content`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for member in members:
            member.size = len(content) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zip_link(name: str) -> zipfile.ZipInfo:
    """A symbolic link, whose target is written as the bytes of the member."""
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def tar_link(name: str, target: str, type_: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = type_, target
    return member


def unreadable_file(path: Path) -> None:
    """A file that the system refuses to read, to root as well."""
    if os.geteuid() == 0:
        path.symlink_to("/proc/self/mem")
    else:
        path.write_bytes(of_format("JPEG", 0))
        path.chmod(0)


def sparse_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE)


def _single(folder: Path) -> Iterator[tuple[str, RejectReason]]:
    """Endlessly: one bad file after the other, each of another kind."""
    contents: tuple[tuple[RejectReason, Callable[[int], bytes]], ...] = (
        *((RejectReason.TRUNCATED, _cut_of(format_)) for format_ in FORMATS),
        (RejectReason.NOT_A_PICTURE, not_a_picture),
        (RejectReason.UNREADABLE, damaged_png),
        (RejectReason.UNSUPPORTED, unsupported),
        (RejectReason.DECOMPRESSION_BOMB, lambda seed: bomb(FORMATS[seed % 2], seed)),
        (RejectReason.DECOMPRESSION_BOMB, lambda seed: bomb(FORMATS[3 + seed % 3], seed)),
        (RejectReason.EMPTY, lambda _seed: b""),
    )
    makers: tuple[tuple[RejectReason, Callable[[Path], None]], ...] = (
        (RejectReason.TOO_LARGE, sparse_file),
        (RejectReason.UNREADABLE, unreadable_file),
        (RejectReason.MISSING, lambda path: path.symlink_to(folder / "nowhere.jpg")),
    )
    for seed, kind in enumerate(cycle((*contents, *makers))):
        path = folder / f"bad {seed:03d}.jpg"
        if kind in contents:
            path.write_bytes(kind[1](seed))  # type: ignore[arg-type, call-arg]
        else:
            kind[1](path)  # type: ignore[arg-type]
        yield str(path), kind[0]


def _cut_of(format_: str) -> Callable[[int], bytes]:
    def cut(seed: int) -> bytes:
        data = of_format(format_, seed)
        return data[: len(data) * (3 + seed % 6) // 10]

    return cut


def _archived(folder: Path) -> Iterator[tuple[str, RejectReason]]:
    """Bad members of archives, and bad archives."""
    good = of_format("JPEG", 1)
    slips = ["../up.jpg", "a/../../up.jpg", "/etc/up.jpg", "C:/up.jpg", "..\\up.jpg", "\\up.jpg"]
    locked = [f"locked {n}.jpg" for n in range(8)]
    files = {
        "slip.zip": (zipped(dict.fromkeys(slips, good)), slips, RejectReason.UNSAFE_PATH),
        "locked.zip": (
            encrypted_zip(dict.fromkeys(locked, good)),
            locked,
            RejectReason.ENCRYPTED_ARCHIVE,
        ),
        "links.tar": (
            tarred([tar_link("s.jpg", "/etc/x.jpg"), tar_link("d/h.jpg", "../h", tarfile.LNKTYPE)]),
            ["s.jpg", "d/h.jpg"],
            RejectReason.UNSAFE_PATH,
        ),
        "nested.zip": (
            zipped({"inner.zip": zipped({"a.jpg": good})}),
            ["inner.zip"],
            RejectReason.UNSUPPORTED,
        ),
        "zip bomb.zip": (
            zipped({"zeros.bmp": bytes(HUGE)}, zipfile.ZIP_DEFLATED),
            ["zeros.bmp"],
            RejectReason.DECOMPRESSION_BOMB,
        ),
        "packed.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(30), [], RejectReason.UNSUPPORTED),
        "broken.zip": (b"PK\x03\x04" + bytes(60), [], RejectReason.UNREADABLE),
        "broken.tar.gz": (b"\x1f\x8b\x08\0" + bytes(60), [], RejectReason.UNREADABLE),
        "empty.zip": (b"", [], RejectReason.EMPTY),
    }
    for name, (data, members, reason) in files.items():
        path = folder / name
        path.write_bytes(data)
        for shown in [f"{path}!/{member}" for member in members] or [str(path)]:
            yield shown, reason


def build_bad(folder: Path) -> dict[str, RejectReason]:
    """Fill an empty folder so that its import refuses exactly 200 files and takes none.

    Returns:
        For each refused file its name in the import and the reason.
    """
    bad = dict(_archived(folder))
    bad.update(islice(_single(folder), COUNT - len(bad)))
    return bad


def build_good(folder: Path) -> list[Path]:
    """Fill a folder with 200 different pictures of every format and pixel layout."""
    variants: tuple[Callable[[int], tuple[str, bytes]], ...] = (
        lambda seed: ("jpg", encoded(picture(seed), "JPEG")),
        lambda seed: ("jpg", encoded(picture(seed), "JPEG", progressive=True)),
        lambda seed: ("jpg", encoded(picture(seed, mode="CMYK"), "JPEG")),
        lambda seed: ("jpg", encoded(picture(seed, mode="L"), "JPEG")),
        lambda seed: ("png", encoded(picture(seed), "PNG")),
        lambda seed: ("png", encoded(picture(seed, mode="RGBA"), "PNG")),
        lambda seed: ("png", encoded(picture(seed, mode="P"), "PNG")),
        lambda seed: ("png", encoded(picture(seed, mode="LA"), "PNG")),
        lambda seed: ("png", encoded(picture(seed, mode="L").convert("I;16"), "PNG")),
        lambda seed: ("webp", encoded(picture(seed), "WEBP")),
        lambda seed: ("webp", encoded(picture(seed, mode="RGBA"), "WEBP", lossless=True)),
        lambda seed: ("gif", encoded(picture(seed), "GIF")),
        lambda seed: ("gif", animated("GIF", seed)),
        lambda seed: ("webp", animated("WEBP", seed)),
        lambda seed: ("bmp", encoded(picture(seed), "BMP")),
        lambda seed: ("tif", encoded(picture(seed), "TIFF", compression="tiff_lzw")),
        lambda seed: ("tif", animated("TIFF", seed)),
        lambda seed: ("avif", encoded(picture(seed), "AVIF")),
        lambda seed: ("heic", heic(seed)),
    )
    paths = []
    for seed, variant in enumerate(islice(cycle(variants), COUNT)):
        suffix, data = variant(1000 + seed)
        path = folder / f"good {seed:03d}.{suffix}"
        path.write_bytes(data)
        paths.append(path)
    return paths


def animated(format_: str, seed: int, frames: int = 3) -> bytes:
    """A file of several pictures."""
    rest = [picture(seed + 10_000 * n) for n in range(1, frames)]
    return encoded(picture(seed), format_, save_all=True, append_images=rest)
