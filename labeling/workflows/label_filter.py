"""Asking for items by a label that a person names: a class, or none of these."""

from collections.abc import Mapping

from labeling.class_names import means_none, name_key
from labeling.errors import NotFoundError


def class_id(names: Mapping[str, str], label: str | None) -> str | None:
    """The id of a class by its name; empty for none of these, None for all.

    Args:
        names: the classes of the project, names by id.
        label: what is asked for; None: all.

    Raises:
        NotFoundError: there is no such class.
    """
    if label is None or means_none(label):
        return None if label is None else ""
    for known, name in names.items():
        if name_key(name) == name_key(label):
            return known
    raise NotFoundError(f"the project has no class {label!r}")
