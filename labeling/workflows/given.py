"""What a client says of a decision, checked field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from db import lineage, projects
from db.tables import DecisionKind, Project
from labeling.class_names import name_key
from labeling.errors import InputError

MAX_SECONDS = 24 * 3600.0
VIEWS = {"single", "grid", "group", "import"}


@dataclass(frozen=True)
class Meanings:
    """What labels mean under a revision of the class set.

    Args:
        ids: class ids by label: an id, or a name or alias as ``name_key`` gives it.
        living: those of the ids that a picture may bear now, under whatever id.
    """

    ids: Mapping[str, str]
    living: Set[str]

    def of(self, label: str) -> str | None:
        """The id of the class that a label names, None where there was none."""
        return self.ids.get(label) or self.ids.get(name_key(label))


@dataclass(frozen=True)
class Named:
    """What a decision names.

    Args:
        ids: the classes, by id, each once.
        gone: the labels that no picture can bear now, as they were given.
    """

    ids: list[str]
    gone: list[str]


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
    given: Mapping[str, Any], project: Project, meanings: Callable[[int], Meanings]
) -> Named:
    """The classes that a decision names.

    A name means what it meant in the class set that the person saw: a class may have been
    renamed since, and its name given to another one. ``meanings`` tells that for a revision.

    Raises:
        InputError: the labels are no texts.
    """
    labels = given.get("labels") or []
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise InputError("labels must be a list of class ids or names")
    for label in labels:
        text_of(label, "a label", 200)
    meant = meanings(revision_of(given.get("revision"), project.revision))
    found = [meant.of(label) for label in labels]
    gone = [label for label, hit in zip(labels, found, strict=True) if hit not in meant.living]
    return Named(list(dict.fromkeys(filter(None, found))), gone)


def meanings(session: Session, project: Project, revision: int) -> Meanings:
    """What labels mean under a revision.

    Classes that are inactive or have ended since are among them, so that a late decision keeps
    what it said.
    """
    became = lineage.of(project)
    then = active = projects.labels(session, project.id)
    now = {class_id for class_id, _, _ in active}
    if revision != project.revision:
        copies = projects.class_set(session, project.id, revision)
        seen = [c for c in copies if c["active"] or c["id"] in now]
        then = [(c["id"], c["key"], c["aliases"]) for c in seen]
    by_alias = {name_key(alias): class_id for class_id, _, aliases in then for alias in aliases}
    by_key = {key: class_id for class_id, key, _ in then}
    known = {class_id for class_id, _, _ in then} | now | became.into.keys()
    living = {one for one in known if not became.is_open([one]) and became.now(one) <= now}
    return Meanings(by_alias | by_key | {one: one for one in known}, living)
