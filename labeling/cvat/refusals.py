"""What a CVAT server's refusals mean to a person, and what to do. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from labeling.cvat.credentials import HOW
from labeling.errors import CvatAwayError, CvatError, CvatGoneError, CvatLoginError

AGAIN = "Start it again later: what was finished is kept, and nothing is done twice."
LONGEST_DETAIL = 300


def refusal(
    server: str, doing: str, status: int | None, body: Any, headers: Mapping[str, str] | None
) -> CvatError:
    """The error for an answer that is no success.

    Args:
        server: its address.
        doing: what we were at ("creating the task zoo 001").
        status: the HTTP status; None or 0: there was no answer.
        body: what came, text or bytes.
        headers: of the answer.
    """
    said = f": {detail}" if (detail := _detail(body)) else ""
    if not status:
        return CvatAwayError(f"CVAT at {server} can't be reached, {doing}", "Check the address.")
    if 300 <= status < 400:
        where = (headers or {}).get("Location", "another address")
        return CvatError(f"{server} sends us to {where}, {doing}", "Use that server's address.")
    if status == 401:
        return CvatLoginError(f"CVAT at {server} does not accept the login, {doing}{said}", HOW)
    if status == 403:
        return CvatLoginError(
            f"the account may not do this at CVAT {server}, {doing}{said}",
            "Use an account that owns the CVAT project, or a token that may write.",
        )
    if status == 404:
        return CvatGoneError(
            f"CVAT at {server} does not have it (any more), {doing}{said}",
            "Check the address and the organisation, and who deleted it.",
        )
    if status == 413:
        return CvatError(
            f"CVAT at {server} takes nothing so large, {doing}", "Choose a smaller --job-size."
        )
    if status == 429:
        pause = (
            f"a pause of {retry_after(headers):.0f} s" if _says_when(headers) else "a longer pause"
        )
        return CvatAwayError(f"CVAT at {server} asks for {pause}, {doing}{said}", AGAIN)
    if status >= 500:
        return CvatAwayError(f"CVAT at {server} failed with {status}, {doing}", AGAIN)
    return CvatError(
        f"CVAT at {server} refuses with {status}, {doing}{said}",
        "Look at the project in CVAT; then start it again.",
    )


def unreachable(server: str, doing: str, error: Exception) -> CvatAwayError:
    """The error for a connection that failed, broke or took too long."""
    text = str(getattr(error, "reason", None) or error)
    kind = "does not answer in time" if "timed out" in text else "can't be reached or broke off"
    fix = AGAIN
    if "WRONG_VERSION_NUMBER" in text:
        fix = "The server speaks plain HTTP there: begin the address with http://"
    elif "CERTIFICATE" in text:
        fix = "Its certificate is not trusted here: set SSL_CERT_FILE to that of its authority."
    return CvatAwayError(f"CVAT at {server} {kind}, {doing}", fix)


def retry_after(headers: Mapping[str, str] | None) -> float:
    """The pause in seconds that a 429 asks for, as a number or a date; 1 without a word."""
    said = (headers or {}).get("Retry-After", "")
    try:
        return max(float(said), 0.1)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.1)
    except (ValueError, TypeError):
        return 1.0


def _says_when(headers: Mapping[str, str] | None) -> bool:
    return bool((headers or {}).get("Retry-After"))


def _detail(body: Any) -> str:
    """The reason inside an answer: ``detail``, a list of texts, or texts by field; never HTML."""
    try:
        found = json.loads(body)
    except (ValueError, TypeError):
        return ""
    return _texts(found)[:LONGEST_DETAIL]


def _texts(value: Any) -> str:
    if isinstance(value, dict):
        value = [value["detail"]] if "detail" in value else list(value.values())
    if isinstance(value, list):
        return "; ".join(text for part in value if (text := _texts(part)))
    return value if isinstance(value, str) else ""
