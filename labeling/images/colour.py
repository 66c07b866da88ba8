"""Any pixel layout as 8-bit sRGB on white."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_DEEP_MODES = {"I;16", "I;16L", "I;16B", "I;16N", "I", "F"}
_SENSOR_BITS = (8, 10, 12, 14, 16)


def to_rgb(source: Image.Image) -> tuple[Image.Image, bool, str | None]:
    """Bring a decoded picture of any mode to RGB.

    Transparency is laid on white, CMYK and RGB with a colour profile are brought to sRGB, deeper
    than 8 bits is scaled.

    Returns:
        The picture in mode RGB, whether any of it was transparent, and a note where the
        brightness had to be chosen.
    """
    if source.mode in _DEEP_MODES:
        grey, note = _deep_to_grey(source)
        return grey.convert("RGB"), False, note
    if source.has_transparency_data:
        flat, transparent = _on_white(source)
        return _to_srgb(flat, source.info.get("icc_profile")), transparent, None
    return _to_srgb(source, source.info.get("icc_profile")), False, None


def _on_white(source: Image.Image) -> tuple[Image.Image, bool]:
    rgba = source.convert("RGBA")
    alpha = rgba.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return rgba.convert("RGB"), False
    canvas = Image.new("RGB", rgba.size, "white")
    canvas.paste(rgba, mask=alpha)
    return canvas, True


def _to_srgb(source: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB; a profile that can't be used is ignored."""
    transform = _transform(profile, source.mode) if profile else None
    if transform is not None:
        return transform.apply(source)
    return source if source.mode == "RGB" else source.convert("RGB")


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB, or None where there is none or none is needed."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _deep_to_grey(source: Image.Image) -> tuple[Image.Image, str | None]:
    """16-bit, 32-bit and floating-point grey as mode L.

    16-bit PNG uses its full range by definition. TIFF cameras store 10, 12 or 14 bits in 16
    without saying so: there the fewest bits that hold the brightest point are taken as the range.
    """
    values = np.asarray(source)
    if source.mode == "F":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    if source.mode == "F" and low >= 0 and high <= 1:
        return _scaled(values, 0.0, 1.0), None
    if source.mode == "F" or low < 0 or high > 0xFFFF:
        return _scaled(values, low, high), f"values {low:g} to {high:g} shown as black to white"
    if source.format == "PNG":
        return _scaled(values, 0, 0xFFFF), None
    bits = next(bits for bits in _SENSOR_BITS if high < 1 << bits)
    note = (
        f"{bits}-bit values in {'16' if '16' in source.mode else '32'} bits" if bits < 16 else None
    )
    return _scaled(values, 0, (1 << bits) - 1), note


def _scaled(values: np.ndarray, low: float, high: float) -> Image.Image:
    """Map low..high linearly to 0..255; [height, width] of any number type to mode L."""
    span = max(float(high) - float(low), 1e-12)
    unit = (values.astype(np.float32) - np.float32(low)) * np.float32(255 / span)
    return Image.fromarray(np.clip(np.rint(unit), 0, 255).astype(np.uint8))
