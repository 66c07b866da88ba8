"""Passwords: hashed with argon2, checked in the same time whether or not the person exists."""

import secrets
from functools import cache

from pwdlib import PasswordHash

from labeling.errors import InputError

SHORTEST, LONGEST = 10, 1000  # characters

_HASHER = PasswordHash.recommended()


def hashed(password: str, name: str) -> str:
    """Return the hash of a new password of the person called ``name``.

    Raises:
        InputError: the password is too short, too long, or the name itself.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"the password has {len(password)} characters",
            f"Use {SHORTEST} to {LONGEST}; some words in a row are easy to keep in mind.",
        )
    if password.casefold() == name.casefold():
        raise InputError("the password is the name itself", "Choose another one.")
    return _HASHER.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the one whose hash is stored; without one it takes as long."""
    known = _HASHER.verify(password[:LONGEST], stored or _nobody())
    return known and stored is not None


def proposed() -> str:
    """Return a new random password (96 bits) for somebody's first login."""
    return secrets.token_urlsafe(12)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(12))
