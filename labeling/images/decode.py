"""From bytes to an upright RGB picture, or to the reason why not.

What a person sees and what a model sees come from here, so both see the same: the first frame,
turned as EXIF asks, on white where it is transparent, in sRGB.
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from labeling.errors import ImageRejected, RejectReason
from labeling.images import colour
from labeling.images.containers import READABLE, SNIFF_BYTES, foreign, kind
from labeling.images.truncation import is_cut, png_is_damaged

Image.init()  # not on first use: two threads may be the first
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # Limits decides
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # odd metadata
T = TypeVar("T")

MEDIA_TYPES = {name: f"image/{name.lower()}" for name in READABLE}
"""Media type of each format that `decode` names."""

_SHOWN_BY_BROWSERS = {"JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"}
_CUT_IN_SILENCE = {"JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"}
_ORIENTATION_TAG = 274
_SUBFILE_TYPE_TAG = 254
_DNG_VERSION_TAG = 50706
_SIGNS_OF_A_CUT = ("truncat", "unexpected end", "end of file", "not enough", "missing dimensions")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Limits:
    """What is refused before any memory is spent on it.

    Args:
        max_bytes: size of the file; beyond it `too_large`.
        max_pixels: width × height; beyond it `decompression_bomb`. Pillow itself stops there too.
    """

    max_bytes: int = 200_000_000
    max_pixels: int = 178_956_970


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Decoded:
    """A picture ready to be shown or encoded.

    Args:
        picture: mode RGB, upright; smaller than the original if that was asked for.
        format: "JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF" or "HEIF".
        width: pixels of the original, upright.
        height: pixels of the original, upright.
        note: what a person should know, such as "first of 12 frames".
        shows_as_is: a browser shows the original bytes exactly like `picture`.
    """

    picture: Image.Image
    format: str
    width: int
    height: int
    note: str | None
    shows_as_is: bool


@dataclass(frozen=True)
class Opened:
    """A picture whose header was read and found within limits; `load` decodes it."""

    source: Image.Image
    data: bytes
    format: str
    orientation: int
    frames: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the original, upright."""
        width, height = self.source.size
        return (height, width) if self.orientation >= 5 else (width, height)

    @property
    def shows_as_is(self) -> bool:
        """Whether a browser shows the original bytes as `load` does, transparency apart."""
        return (
            self.format in _SHOWN_BY_BROWSERS
            and self.orientation == 1
            and (self.frames == 1 or self.format == "JPEG")
            and self.source.mode in ("RGB", "L", "P", "1", "LA", "RGBA", "I;16")
        )

    def load(self, at_least: int | None = None) -> Decoded:
        """Decode the whole file.

        Args:
            at_least: the long side that will be needed, in pixels. A larger JPEG may then be
                decoded at a half, a quarter or an eighth; the whole file is still read.

        Raises:
            ImageRejected: truncated or damaged data.
        """
        width, height = self.size
        source = self.source
        if at_least is not None:
            scale = at_least / max(width, height)
            wanted = (max(1, int(source.width * scale)), max(1, int(source.height * scale)))
            source.draft(None, wanted)
        _guarded(source.load, self.data, self.format)
        if self.format in _CUT_IN_SILENCE and is_cut(self.data, self.format):
            raise ImageRejected(RejectReason.TRUNCATED, f"the {self.format} file ends too early")
        if self.format == "PNG" and png_is_damaged(self.data):
            raise ImageRejected(RejectReason.UNREADABLE, "damaged PNG file: wrong checksum")
        rgb, transparent, note = _guarded(partial(colour.to_rgb, source), self.data, self.format)
        if self.orientation in _TURNS:
            rgb = rgb.transpose(_TURNS[self.orientation])
        notes = [text for text in (self._frames_note(), note) if text]
        as_is = self.shows_as_is and not transparent
        return Decoded(rgb, self.format, width, height, "; ".join(notes) or None, as_is)

    def _frames_note(self) -> str | None:
        if self.frames == 1:
            return None
        unit = {"TIFF": "pages", "JPEG": "pictures", "HEIF": "pictures"}.get(self.format, "frames")
        return f"first of {self.frames} {unit}"


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS, at_least: int | None = None) -> Decoded:
    """Decode a whole picture file and bring it to upright RGB.

    Args:
        data: the bytes of the file.
        limits: what to refuse at the door.
        at_least: see `Opened.load`.

    Raises:
        ImageRejected: empty, too_large, not_a_picture, unsupported, decompression_bomb, truncated
            or unreadable (damaged).
    """
    return open_picture(data, limits).load(at_least)


def load_rgb(data: bytes, at_least: int | None = None) -> Image.Image:
    """The same picture as `decode` gives, for bytes that an import accepted before.

    Args:
        data: the bytes of the file.
        at_least: the short side that a model will scale to, in pixels. A larger JPEG is then
            decoded at no less than twice that, which leaves its embedding the same.

    Raises:
        ImageRejected: the bytes are no longer what was accepted.
    """
    opened = open_picture(data)
    if at_least is None:
        return opened.load().picture
    return opened.load(2 * at_least * max(opened.size) // min(opened.size)).picture


def open_picture(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Opened:
    """Read the header of a picture file and hold it against the limits.

    Raises:
        ImageRejected: see `decode`.
    """
    if not data:
        raise ImageRejected(RejectReason.EMPTY, "the file holds no bytes")
    check_size(len(data), limits)
    format_ = kind(data[:SNIFF_BYTES])
    if format_ is None:
        raise ImageRejected(*foreign(data[:SNIFF_BYTES]))
    source = _guarded(partial(_open, data, format_), data, format_)
    _check_pixels(source, limits)
    _refuse_camera_raw(source)
    frames = _guarded(lambda: getattr(source, "n_frames", 1), data, format_)
    return Opened(source, data, format_, _orientation(source), frames)


def check_size(size: int, limits: Limits) -> None:
    """Refuse a file of so many bytes as `too_large`, if it is.

    Raises:
        ImageRejected: too_large.
    """
    if size > limits.max_bytes:
        detail = f"{size:,} bytes; at most {limits.max_bytes:,} are read"
        raise ImageRejected(RejectReason.TOO_LARGE, detail)


def _open(data: bytes, format_: str) -> Image.Image:
    if format_ == "HEIF":
        from pi_heif import HeifImageFile

        return HeifImageFile(io.BytesIO(data))
    return Image.open(io.BytesIO(data), formats=(format_,))


def _check_pixels(source: Image.Image, limits: Limits) -> None:
    pixels = source.width * source.height
    if pixels > limits.max_pixels:
        detail = f"{source.width} × {source.height} pixels; at most {limits.max_pixels:,} are read"
        raise ImageRejected(RejectReason.DECOMPRESSION_BOMB, detail)


def _refuse_camera_raw(source: Image.Image) -> None:
    """A raw file is a TIFF whose first page is a preview: not the picture that was meant."""
    tags = getattr(source, "tag_v2", {})
    if _DNG_VERSION_TAG in tags or tags.get(_SUBFILE_TYPE_TAG, 0) & 1:
        raise ImageRejected(
            RejectReason.UNSUPPORTED, "a camera raw file; export it as JPEG or TIFF"
        )


def _orientation(source: Image.Image) -> int:
    """The EXIF orientation that is still to be applied, 1 to 8."""
    if source.format in ("TIFF", "HEIF"):  # their decoders turn the picture themselves
        return 1
    try:
        value = source.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF raises whatever it hits, and is no reason to refuse a picture
        return 1
    return value if value in _TURNS else 1


def _guarded(step: Callable[[], T], data: bytes, format_: str) -> T:
    """Run a step of a decoder; whatever it raises becomes an `ImageRejected`."""
    try:
        return step()
    except ImageRejected:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        detail = f"more than {DEFAULT_LIMITS.max_pixels:,} pixels, or than memory holds"
        raise ImageRejected(RejectReason.DECOMPRESSION_BOMB, detail) from error
    except Exception as error:  # on damaged bytes decoders raise SyntaxError, struct.error, …
        raise _verdict(error, data, format_) from error


def _verdict(error: Exception, data: bytes, format_: str) -> ImageRejected:
    text = str(error)
    if is_cut(data, format_) or any(word in text.lower() for word in _SIGNS_OF_A_CUT):
        return ImageRejected(RejectReason.TRUNCATED, f"the {format_} file ends too early")
    if isinstance(error, UnidentifiedImageError):
        text = "its header can't be read"
    return ImageRejected(RejectReason.UNREADABLE, f"damaged {format_} file: {text}")
