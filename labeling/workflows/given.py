"""What a client says of a decision, checked field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from db import projects
from db.tables import DecisionKind, Project
from labeling.class_names import name_key
from labeling.errors import InputError

MAX_SECONDS = 24 * 3600.0
VIEWS = {"single", "grid", "group", "import"}


def kind_of(given: Mapping[str, Any], known: set[DecisionKind]) -> DecisionKind:
    """The kind of a decision.

    Raises:
        InputError: it is none of ``known``.
    """
    try:
        kind = DecisionKind(given.get("kind", ""))
    except ValueError:
        kind = None
    if kind not in known:
        raise InputError(f"the kind of decision {given.get('kind')!r} is not known")
    return kind


def view_of(given: Mapping[str, Any]) -> str:
    """The view in which a decision was made; where none is named, the single one.

    Raises:
        InputError: there is no such view.
    """
    view = given.get("view")
    if view is None:
        return "single"
    if not isinstance(view, str) or view not in VIEWS:
        raise InputError(f"the view {view!r} is not known")
    return view


def revision_of(given: Any, current: int) -> int:
    """The class set revision that a person saw; where none is named, the current one.

    Raises:
        InputError: there is no such revision.
    """
    if given is None:
        return current
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= current:
        return given
    raise InputError(f"the class set revision {given!r} is not known")


def seconds_of(given: Any) -> float | None:
    """How long a person looked, None where nothing is said of it.

    Raises:
        InputError: it is no number of seconds of one day.
    """
    if given is None:
        return None
    if isinstance(given, int | float) and 0 <= given <= MAX_SECONDS:
        return float(given)
    raise InputError(f"seconds must be between 0 and {MAX_SECONDS:.0f}, not {given!r}")


def text_of(given: Any, name: str, length: int = 2_000) -> str | None:
    """A text of at most ``length`` characters, None where there is none.

    Raises:
        InputError: it is none that can be stored.
    """
    if given is None or (isinstance(given, str) and len(given) <= length and is_storable(given)):
        return given
    raise InputError(f"{name} must be a text of at most {length} characters")


def is_storable(text: str) -> bool:
    """Whether every database takes ``text``: no NUL, no half of a surrogate pair."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in text)


def labels_of(
    given: Mapping[str, Any], project: Project, ids_by_label: Callable[[int], Mapping[str, str]]
) -> tuple[list[str], list[str]]:
    """Class ids of the labels, and what is no active class of the project.

    A name means what it meant in the class set that the person saw: a class may have been
    renamed since, and its name given to another one. ``ids_by_label`` tells that for a revision.

    Raises:
        InputError: the labels are no texts.
    """
    labels = given.get("labels") or []
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise InputError("labels must be a list of class ids or names")
    for label in labels:
        text_of(label, "a label", 200)
    by_name = ids_by_label(revision_of(given.get("revision"), project.revision))
    found = [by_name.get(label) or by_name.get(name_key(label)) for label in labels]
    known = list(dict.fromkeys(label for label in found if label))
    return known, [label for label, hit in zip(labels, found, strict=True) if hit is None]


def ids_by_label(session: Session, project: Project, revision: int) -> dict[str, str]:
    """Ids of the classes that are active now, by id and by name and alias under a revision.

    Names and aliases stand as ``name_key`` gives them.
    """
    then = active = projects.labels(session, project.id)
    if revision != project.revision:
        ids = {class_id for class_id, _, _ in active}
        copies = projects.class_set(session, project.id, revision)
        then = [(c["id"], c["key"], c["aliases"]) for c in copies if c["id"] in ids]
    by_alias = {name_key(alias): class_id for class_id, _, aliases in then for alias in aliases}
    by_key = {key: class_id for class_id, key, _ in then}
    return by_alias | by_key | {class_id: class_id for class_id, _, _ in active}
