"""Who a picture is: its bytes, and what it looks like."""

import hashlib

from PIL import Image


def sha256(data: bytes) -> str:
    """The identity of a picture: SHA-256 of its bytes, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def perceptual_hash(thumb: Image.Image) -> int:
    """The difference hash (dHash) of a picture, for finding near-duplicates.

    Each of 8 × 8 bits says whether a point is brighter than its left neighbour on a 9 × 8
    greyscale reduction, first row first, most significant bit first.

    Args:
        thumb: a picture of any mode and size; about 256 pixels are plenty.

    Returns:
        64 bits, 0 ≤ hash < 2**64.
    """
    small = thumb.resize((9, 8), Image.Resampling.LANCZOS, reducing_gap=3.0)
    grey = small.convert("L").tobytes()
    bits = 0
    for row in range(8):
        for column in range(row * 9, row * 9 + 8):
            bits = bits << 1 | (grey[column + 1] > grey[column])
    return bits


def hamming(a: int, b: int) -> int:
    """How many of the 64 bits of two perceptual hashes differ; up to about 6 look alike."""
    return (a ^ b).bit_count()
