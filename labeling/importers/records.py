"""A row of a table (CSV, JSONL, Parquet, metadata of Hugging Face) as a row of labels."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from labeling.errors import InputError
from labeling.images.entry import storable
from labeling.importers.base import LabelRow, answer, facts_in, texts

IMAGE_COLUMNS = ("image", "path", "file", "file_name")
"""Names of the column that says which picture is meant; the first that is there counts."""
LABEL_COLUMNS = ("label", "class", "labels")
"""Names of the column with the labels; the first that is there counts, but a list before a text."""
SEPARATOR = "|"
"""Between several labels in one text."""
COLUMN = "column."
"""Before the names of a picture's own columns in an exported CSV."""
SHA = re.compile(r"[0-9a-f]{64}")


def require_columns(names: Iterable[str], where: str) -> None:
    """Refuse a table that can't be read as labels.

    Args:
        names: the columns that it has, in lower case.
        where: the file, for messages.

    Raises:
        InputError: no column names the picture, or none the label; lists those that are there.
    """
    names = list(names)
    for wanted in ((*IMAGE_COLUMNS, "sha256"), LABEL_COLUMNS):
        if not set(wanted) & set(names):
            raise InputError(
                f"{where} has no column {wanted[0]!r}; it has {', '.join(names) or 'no header'}",
                f"Begin the file with: {IMAGE_COLUMNS[0]},{LABEL_COLUMNS[0]}",
            )


def row_of(
    number: int, where: str, record: Mapping[str, Any], names: Mapping[str, list[str]] | None = None
) -> LabelRow:
    """The row of labels that a record means.

    Args:
        number: its place in the file.
        where: the same in words.
        record: values by column (in lower case): texts, or what JSON and Parquet hold.
        names: the class names behind the numbers in a column.

    Raises:
        InputError: a label is neither a text nor a number.
    """
    sha = _text(record.get("sha256"))
    found = (_text(record.get(column)) for column in IMAGE_COLUMNS)
    image = next(filter(None, found), "") or ("" if SHA.fullmatch(sha) else sha)
    return LabelRow(
        number,
        where,
        (image,) if image else (),
        _labels(record, where, names or {}),
        sha256=sha if SHA.fullmatch(sha) else None,
        split=_text(record.get("split")) or None,
        state=_text(record.get("state")) or None,
        facts=facts_in(record),
        columns=texts(_columns(record)),
    )


def _text(value: Any) -> str:
    return storable(value.strip()) if isinstance(value, str) else ""


def _columns(record: Mapping[str, Any]) -> dict[str, Any]:
    """The picture's own columns: an object, the same as text, or a column each."""
    given = record.get("columns")
    own = _parsed(given) if isinstance(given, str) else given
    spread = {k.removeprefix(COLUMN): v for k, v in record.items() if k.startswith(COLUMN)}
    return spread | (own if isinstance(own, dict) else {})


def _labels(
    record: Mapping[str, Any], where: str, names: Mapping[str, list[str]]
) -> tuple[str, ...] | None:
    """The labels; None where nothing is said, and where an empty list is all that is said."""
    columns = [column for column in LABEL_COLUMNS if record.get(column) not in (None, "")]
    lists = {column: given for column in columns if (given := _as_list(record[column])) is not None}
    for column, given in lists.items():
        if given:
            return answer(_name(one, where, names.get(column)) for one in given)
    if record.get("none_of_these") is True:
        return ()
    single = next((column for column in columns if column not in lists), None)
    if single is None:
        return None
    parts = _name(record[single], where, names.get(single)).split(SEPARATOR)
    return answer(parts) if any(part.strip() for part in parts) else None


def _as_list(value: Any) -> list[Any] | None:
    """A list, also one that is written as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _parsed(value)
    return value if isinstance(value, list) else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _name(value: Any, where: str, names: list[str] | None) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(f"{where} has the label {value!r}, which is neither a text nor a number")
    if names is None:
        return str(value)
    if not 0 <= value < len(names):
        raise InputError(f"{where} has the label {value}, but there are {len(names)} names")
    return names[value]
