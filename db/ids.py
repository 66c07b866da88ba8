"""Identifiers: UUIDv7 as text, so that ids made later sort later (RFC 9562, section 5.7)."""

import secrets
import threading
import time
import uuid
from typing import TypeGuard

RANDOM_BITS = 74
_one_thread = threading.Lock()
_last = 0


def new_id() -> str:
    """A UUIDv7 in canonical form: 48 bits of Unix milliseconds, then 74 random bits.

    Each id of a process is greater than the one before: within a millisecond, or when the clock is
    set back, it counts on from there.
    """
    global _last
    milliseconds = time.time_ns() // 1_000_000
    with _one_thread:
        _last = max((milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS - 1), _last + 1)
        value = _last
    high, low = value >> 62, value & ((1 << 62) - 1)
    time_part, rand_a = high >> 12, high & 0xFFF
    return str(uuid.UUID(int=time_part << 80 | 0x7 << 76 | rand_a << 64 | 0x2 << 62 | low))


def is_id(text: object) -> TypeGuard[str]:
    """Whether ``text`` is a canonical UUID, as clients must name their decisions."""
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text
    except ValueError:
        return False
