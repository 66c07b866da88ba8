"""What Label Studio's tasks say of a picture, in whatever form they are exported."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeling.errors import InputError
from labeling.importers.base import suffixes
from labeling.importers.fields import text_in

PICTURE = re.compile(r"\.(jpe?g|png|gif|bmp|webp|tiff?|heic|avif)($|\?)", re.IGNORECASE)
UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that was uploaded to it."""
UNDECIDED = frozenset({"unlabeled", "proposed"})
"""States in which Prelabel exports a task without an annotation."""


def picture_names(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The picture's address, and the path in it from its whole down to the file name.

    Args:
        data: of a task.
        where: the task, for messages.

    Raises:
        InputError: no field has an address of a picture.
    """
    told = [value for value in data.values() if isinstance(value, str)]
    address = text_in(data, "image") or next(filter(is_address, told), None)
    if address is None:
        raise InputError(f"{where} has no picture in its data")
    parts = urlsplit(address)
    within = parse_qs(parts.query).get("d", [""])[0] or unquote(parts.path)
    if "/data/upload/" in address:
        within = UPLOADED.sub("", within.rsplit("/", 1)[-1], count=1)
    return tuple(dict.fromkeys((address, *filter(None, suffixes(within)))))


def is_address(text: str) -> bool:
    """Whether a text is the address of a picture."""
    return bool(PICTURE.search(text)) or "://" in text or text.startswith("/data/")


def state_of(state: str | None, labels: tuple[str, ...] | None) -> str | None:
    """The state that the item had when Prelabel exported it, unless it was labelled since."""
    return None if state in UNDECIDED and labels is not None else state
