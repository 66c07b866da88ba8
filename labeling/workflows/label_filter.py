"""Asking for items by a label that a person names: a class, or none of these."""

from collections.abc import Mapping

from labeling.class_names import name_key
from labeling.errors import NotFoundError

NONE_OF_THESE = "none of these"


def class_id(names: Mapping[str, str], label: str | None) -> str | None:
    """The id of a class by its name; empty for none of these, None for all.

    Args:
        names: the classes of the project, names by id.
        label: what is asked for; None: all.

    Raises:
        NotFoundError: there is no such class.
    """
    if label is None or label == NONE_OF_THESE:
        return label and ""
    for known, name in names.items():
        if name_key(name) == name_key(label):
            return known
    raise NotFoundError(f"the project has no class {label!r}")
