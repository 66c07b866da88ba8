"""Codes of classes: at most two strokes for each, the same on every picture, for hands to learn.

Up to 9 classes have one digit each, 1 to 9. More have two strokes: a digit 1 to 9, then a digit
(90 codes), a letter (234 more) or a capital (234 more). All codes of a project are of one length,
so none is the beginning of another one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase, digits

FIRST = digits[1:]
ONE_STROKE = tuple(FIRST)
TWO_STROKES = tuple(
    first + second
    for seconds in (digits, ascii_lowercase, ascii_uppercase)
    for first in FIRST
    for second in seconds
)


def assign(existing: Mapping[str, str | None], order: Sequence[str]) -> dict[str, str | None]:
    """The code of every class.

    A code stays as long as the scheme holds. Two strokes stay two strokes when classes go, or else
    everybody would have to learn all codes anew. A class that is not active keeps its code for
    the day it comes back, until an active one needs it.

    Args:
        existing: class id → the code it bears, of all classes, the inactive ones too.
        order: the ids of the active classes, in the order in which new codes are given.

    Returns:
        class id → code of every class in either argument; None for an inactive class without one,
        and for active ones beyond the 558 that two strokes tell apart.
    """
    two = len(order) > len(ONE_STROKE) or any(len(existing.get(one) or "") == 2 for one in order)
    scheme = TWO_STROKES if two else ONE_STROKE
    active = set(order)
    inactive = [one for one in existing if one not in active]
    codes: dict[str, str | None] = dict.fromkeys((*order, *inactive))
    codes |= _kept(existing, order, set(scheme))
    reserved = _kept(existing, inactive, set(scheme) - set(codes.values()))
    free = _free(scheme, set(codes.values()), set(reserved.values()))
    codes |= zip((one for one in order if codes[one] is None), free, strict=False)
    taken = {codes[one] for one in order}
    return codes | {one: code for one, code in reserved.items() if code not in taken}


def _kept(
    existing: Mapping[str, str | None], ids: Iterable[str], allowed: Collection[str]
) -> dict[str, str]:
    """The codes of ``ids`` that are allowed; of several classes with one code the first has it."""
    by_code: dict[str, str] = {}
    for one in ids:
        code = existing.get(one)
        if code and code in allowed:
            by_code.setdefault(code, one)
    return {one: code for code, one in by_code.items()}


def _free(scheme: Sequence[str], taken: set[str | None], reserved: set[str]) -> list[str]:
    """The codes that nobody bears, those that no inactive class waits for first."""
    return sorted((code for code in scheme if code not in taken), key=reserved.__contains__)
