"""What Label Studio's tasks say of a picture, in whatever form they are exported."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeling.errors import InputError
from labeling.importers.base import LabelRow, facts_in, suffixes, texts
from labeling.importers.fields import mapping_in, text_in

PICTURE = re.compile(r"\.(jpe?g|png|gif|bmp|webp|tiff?|heic|avif)($|\?)", re.IGNORECASE)
UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that was uploaded to it."""
UNDECIDED = frozenset({"unlabeled", "proposed"})
"""States in which Prelabel exports a task without an annotation."""


def _picture_names(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
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


def row_of(
    number: int,
    where: str,
    data: Mapping[str, Any],
    labels: tuple[str, ...] | None,
    fault: str | None = None,
) -> LabelRow:
    """What a task says of its picture, with what Prelabel's export told of it.

    Args:
        number: of the row, from 1.
        where: the task, for messages.
        data: of the task.
        labels: the answer; None where there is none.
        fault: why there is none, where that is a fault.

    Raises:
        InputError: no field has an address of a picture.
    """
    return LabelRow(
        number,
        where,
        _picture_names(data, where),
        labels,
        sha256=text_in(data, "sha256"),
        split=text_in(data, "split"),
        state=_state_of(text_in(data, "state"), labels),
        facts=facts_in(data),
        columns=texts(mapping_in(data, "columns")),
        fault=fault,
    )


def is_address(text: str) -> bool:
    """Whether a text is the address of a picture."""
    return bool(PICTURE.search(text)) or "://" in text or text.startswith("/data/")


def _state_of(state: str | None, labels: tuple[str, ...] | None) -> str | None:
    """The state that the item had when Prelabel exported it, unless it was labelled since."""
    return None if state in UNDECIDED and labels is not None else state


def as_label(chosen: Any) -> str:
    """A choice as a label: a path in a tree of choices as JSON."""
    return chosen if isinstance(chosen, str) else json.dumps(chosen)
