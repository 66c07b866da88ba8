"""Amounts, times and people's own texts as the pages write them."""

import re
import string
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation})
_WORD_JOINER = "\u2060"
_DIRECTIVE = re.compile(r":(?=[\w+-]+(?:/\w+)?[:\[])")

STATE_NAMES = {
    "unlabeled": "no proposal yet",
    "proposed": "proposed, not looked at",
    "auto_accepted": "accepted by a rule, not looked at",
    "verified": "verified",
    "reviewed": "reviewed",
    "flagged": "flagged",
    "asked": "asked the lead",
    "disputed": "disputed",
    "excluded": "excluded",
}
MODE_NAMES = {"single": "one label a picture", "multi": "several labels a picture"}


def plain(text: str) -> str:
    """Text that somebody else wrote, so that Markdown shows it as it is.

    Streamlit looks for emoji and icon codes after Markdown's escapes are gone, so these are broken
    by a character of no width.
    """
    flat = " ".join(text.split())
    return _DIRECTIVE.sub(f":{_WORD_JOINER}", flat).translate(_MARKDOWN)


def count(number: int, one: str, many: str | None = None) -> str:
    """Return "1 picture", "1,240 pictures"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tail(path: str, most: int = 24) -> str:
    """The end of a path, which tells pictures apart, in at most ``most`` characters."""
    return path if len(path) <= most else f"…{path[1 - most :]}"


def duration(seconds: float) -> str:
    """Return "8 s", "3 min", "2 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{round(seconds / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def when(iso: str | None) -> str:
    """An ISO time as minutes in the time zone of the browser; empty for None."""
    if not iso:
        return ""
    return datetime.fromisoformat(iso).astimezone(_zone()).strftime("%Y-%m-%d %H:%M")


def day_start(day: date) -> datetime:
    """The moment at which a day begins in the time zone of the browser."""
    return datetime.combine(day, time.min, _zone())


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
