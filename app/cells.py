"""Cells of the tables that people open in a spreadsheet."""

from collections.abc import Mapping
from typing import Any

_ACTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``row`` with an apostrophe before texts that a spreadsheet would take for formulas.

    Class names and file names come from other people; exports of labels are for programs and leave
    them as they are.
    """
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(_ACTS) else value
        for name, value in row.items()
    }
