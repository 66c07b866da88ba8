"""The smaller copies of a picture: the app shows them, and small models are fed from them."""

import io
from dataclasses import dataclass

from PIL import Image

from labeling.images.decode import Decoded, Opened

THUMB = 256
"""Longest side of a thumbnail, in pixels."""

SCREEN = 1280
"""Longest side of the copy for the screen, in pixels."""

_THUMB_BYTES = 64_000
"""A small original of at most this size is its own thumbnail."""
_SLACK = 15 / 16
"""A copy may be this much smaller than it could be: a photograph of 500 pixels is then decoded
at 250 for its thumbnail, in half the time."""
_THUMB_QUALITY = 85
_SCREEN_QUALITY = 90


@dataclass(frozen=True)
class Derivatives:
    """Encoded copies of one picture, safe for every browser.

    Args:
        small: the thumbnail as pixels, for the perceptual hash.
        thumb: the thumbnail, at most `THUMB` pixels a side.
        screen: a copy of at most `SCREEN` pixels a side; None where the original serves.
    """

    small: Image.Image
    thumb: bytes
    screen: bytes | None


def derivatives(decoded: Decoded, original: bytes) -> Derivatives:
    """Make the thumbnail and, where the original won't do, the copy for the screen.

    Pictures of at most `THUMB` pixels stay lossless, so that small ones are crisp: the original
    itself where a browser shows it as it should look, else PNG. Larger ones become JPEG.

    Args:
        decoded: the picture, decoded at `side_needed` pixels or more.
        original: the bytes it was decoded from.
    """
    small = fitted(decoded.picture, THUMB)
    longest = max(decoded.width, decoded.height)
    if decoded.shows_as_is and longest <= THUMB and len(original) <= _THUMB_BYTES:
        return Derivatives(small, original, None)
    thumb = _png(small) if longest <= THUMB else _jpeg(small, _THUMB_QUALITY)
    if decoded.shows_as_is and longest <= SCREEN:
        return Derivatives(small, thumb, None)
    if longest <= THUMB:
        return Derivatives(small, thumb, thumb)
    screen = _jpeg(fitted(decoded.picture, SCREEN), _SCREEN_QUALITY)
    return Derivatives(small, thumb, screen)


def thumb_feeds(side: int, size: tuple[int, int] = (THUMB + 1, THUMB + 1)) -> bool:
    """Whether a model sees a picture from its thumbnail.

    It does where that is smaller than the original and its short side at least twice what the
    model sees: shrinking it to half hides what its encoding changed. Decoding a photograph costs
    several times what such a small model does, even at an eighth of its size.

    Args:
        side: of the square that the model sees, in pixels.
        size: width and height of the original, upright; left out: whether there are such pictures.
    """
    longest, short = max(size), min(size)
    return longest > THUMB and round(short * THUMB / longest) >= 2 * side


def side_needed(opened: Opened) -> int:
    """The longest side among the copies that `derivatives` will make, in pixels."""
    serves_as_it_is = opened.shows_as_is and max(opened.size) <= SCREEN
    return int((THUMB if serves_as_it_is else SCREEN) * _SLACK)


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """The picture scaled down so that its longer side is `side` pixels; never scaled up."""
    longest = max(picture.size)
    if longest <= side:
        return picture
    width, height = (max(1, round(length * side / longest)) for length in picture.size)
    return picture.resize((width, height), Image.Resampling.HAMMING, reducing_gap=2.0)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", icc_profile=None)
    return out.getvalue()


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
