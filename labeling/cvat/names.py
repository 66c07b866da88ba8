"""Names that tie what is at a CVAT server to us: addresses, marks, staged files. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from labeling.errors import InputError

MARK = "prelabel://"
"""How the bug tracker of our projects and tasks begins; their names are not unique."""
AS_IS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp"}
"""Formats that are sent as they came, with the extension that the server needs."""
STAGED = re.compile(r"\d{6,}_([0-9a-f]{16})\.[a-z]+")
RENDERED = ".jpg"
"""Extension of the other formats, which are rendered: first frame, upright."""


def server_address(url: str) -> str:
    """A server's address in one form: scheme, host in small letters, port, path; no end slash.

    Raises:
        InputError: it is no address, or holds a name or password.
    """
    given = url.strip() if "://" in url else f"https://{url.strip()}"
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{url!r} is no address of a server: {error}") from None
    if parts.username or parts.password:
        raise InputError(
            "an address must not hold a name or password",
            "Set PRELABEL_CVAT_TOKEN, or PRELABEL_CVAT_USER and PRELABEL_CVAT_PASSWORD.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InputError(f"{url!r} is no address of a server", "Such as https://cvat.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def project_mark(link_id: str) -> str:
    """What the bug tracker of the CVAT project of a link says."""
    return f"{MARK}project/{link_id}"


def batch_mark(batch_id: str) -> str:
    """What the bug tracker of the task of a batch says."""
    return f"{MARK}batch/{batch_id}"


def batch_of(mark: str) -> str | None:
    """The batch that a task's bug tracker names, None where the task is not ours."""
    start = batch_mark("")
    return mark[len(start) :] if mark.startswith(start) and len(mark) > len(start) else None


def task_name(project: str, number: int, batch_id: str) -> str:
    """A task's name, unique by its batch: ``zoo 003 1f2e3d4c``; at most 200 characters."""
    return f"{project[:180]} {number:03d} {batch_id[-8:]}"


def staged_name(position: int, sha256: str, picture_format: str) -> str:
    """The name a picture is sent under: unique in its batch and safe everywhere.

    ``position`` counts from 0; the extension is that of what is sent.
    """
    return f"{position:06d}_{sha256[:16]}{AS_IS.get(picture_format, RENDERED)}"


def sha_of(file_name: str) -> str | None:
    """How the SHA-256 of a picture begins (16 hexadecimal digits) that was sent under this name;
    None: it was not sent by us."""
    found = STAGED.fullmatch(file_name)
    return found[1] if found else None
