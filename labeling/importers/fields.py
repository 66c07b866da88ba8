"""Fields of a JSON document, taken with a word about where one is missing or of another kind."""

from collections.abc import Mapping
from typing import Any, TypeVar

from labeling.errors import InputError

Kind = TypeVar("Kind")
_NAMES = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}


def required(values: Any, name: str, kind: type[Kind], where: str) -> Kind:
    """A field that must be there.

    Args:
        values: the object that has it.
        name: of the field.
        kind: dict, list, str or int.
        where: for messages ("image 3 of annotations.json").

    Raises:
        InputError: it is missing or of another kind.
    """
    value = as_kind(values, dict, where).get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InputError(f'{where} has no "{name}" that is {_NAMES[kind]}')
    return value


def as_kind(value: Any, kind: type[Kind], where: str) -> Kind:
    """A value that must be of a kind.

    Raises:
        InputError: it is of another one.
    """
    if not isinstance(value, kind):
        raise InputError(f"{where} is not {_NAMES[kind]}")
    return value


def text_in(values: Mapping[str, Any], name: str) -> str | None:
    """A field if it is a text that says something."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def mapping_in(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A field if it is an object, else an empty one."""
    value = values.get(name)
    return value if isinstance(value, dict) else {}
