"""What a client says of a decision, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
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
    view = given.get("view") or "single"
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
    session: Session, project: Project, given: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Class ids of the labels, and what is no active class of the project.

    A name means what it meant in the class set that the person saw: a class may have been
    renamed since, and its name given to another one.

    Raises:
        InputError: the labels are no texts.
    """
    labels = given.get("labels") or []
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise InputError("labels must be a list of class ids or names")
    for label in labels:
        text_of(label, "a label", 200)
    seen = revision_of(given.get("revision"), project.revision)
    by_name = _ids_by_label(session, project)
    if seen != project.revision:
        by_name = _ids_then(session, project, seen, set(by_name.values()))
    found = [by_name.get(label) or by_name.get(name_key(label)) for label in labels]
    known = list(dict.fromkeys(label for label in found if label))
    return known, [label for label, hit in zip(labels, found, strict=True) if hit is None]


def label_names(session: Session, project: Project) -> set[str]:
    """What the active classes may be called in a decision, as ``name_key`` gives it."""
    return set(_ids_by_label(session, project))


def _ids_by_label(session: Session, project: Project) -> dict[str, str]:
    """Class ids by id, name and alias."""
    active = projects.classes(session, project.id)
    by_alias = {name_key(alias): c.id for c in active for alias in c.aliases}
    return by_alias | {c.key: c.id for c in active} | {c.id: c.id for c in active}


def _ids_then(
    session: Session, project: Project, revision: int, active: set[str]
) -> dict[str, str]:
    """Ids of the classes that are active now, by id and by name and alias under a revision."""
    then = [c for c in projects.class_set(session, project.id, revision) if c["id"] in active]
    by_alias = {name_key(alias): c["id"] for c in then for alias in c["aliases"]}
    return by_alias | {c["key"]: c["id"] for c in then} | {id_: id_ for id_ in active}
