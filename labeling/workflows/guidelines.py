"""Guidelines: what the lead says about each class, in versions that decisions refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import guidelines, projects, users
from db.tables import Guideline, Project
from labeling.errors import InputError
from labeling.workflows import codes
from labeling.workflows.given import is_storable
from labeling.workflows.guideline_diff import Text, changes
from labeling.workflows.projects import class_named, find
from labeling.workspace import Workspace

MAX_INSTRUCTIONS = 5_000
MAX_LINES, MAX_LINE = 20, 300
MAX_EXAMPLES = 12


def save(
    ws: Workspace,
    user_id: str,
    project_name: str,
    class_name: str,
    *,
    instructions: str = "",
    do: Sequence[str] = (),
    dont: Sequence[str] = (),
    examples: Sequence[Mapping[str, Any]] = (),
    seen: int | None = None,
) -> int:
    """Store what is said about a class, as a new revision of the project's guidelines.

    Args:
        ws: the workspace.
        user_id: the lead.
        project_name: the project.
        class_name: the class.
        instructions: at most 5,000 characters.
        do: at most 20 lines of at most 300 characters.
        dont: the same.
        examples: at most 12 ``{"item", "good", "note"}`` of verified items; a good one bears the
            class.
        seen: the revision of the class's guideline that was changed (0: none); None: whatever it
            is.

    Returns:
        the revision; the present one where nothing changes.

    Raises:
        InputError: a text is too long, an example is not verified, or somebody else has saved
            since ``seen``.
        NotFoundError: there is no such project or class.
    """
    text = Text(
        _checked(instructions.strip(), "the instructions", MAX_INSTRUCTIONS),
        _checked_lines(do, "do"),
        _checked_lines(dont, "don't"),
        _checked_examples(examples),
    )

    def work(session: Session) -> int:
        project = find(session, project_name)
        class_id = class_named(session, project, class_name).id
        present = guidelines.at(session, project.id, project.guideline_revision).get(class_id)
        if seen is not None and seen != (present.revision if present else 0):
            raise InputError(
                f"somebody else has changed the guideline of {class_name!r} meanwhile",
                "Load the page anew and look at what they wrote.",
            )
        if not changes(text_of(present), text):
            return project.guideline_revision
        _require_verified(session, project, class_id, text.examples)
        revision = guidelines.next_revision(session, project.id)
        guidelines.add(session, _row(class_id, revision, text, user_id))
        return revision

    return ws.db.write(work)


def show(ws: Workspace, project_name: str, revision: int | None = None) -> dict[str, Any]:
    """The guidelines of a project's active classes, as they stand or stood at a revision.

    Examples that are no longer verified, or that somebody is about to decide blind, are left out.

    Returns:
        revision and classes: id, name, code, revision (0: nothing was ever said), instructions,
        do, dont, examples (item, sha, good, note).

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        wanted = project.guideline_revision if revision is None else revision
        stood = guidelines.at(session, project.id, wanted)
        rows = projects.classes(session, project.id, inactive=True)
        code_of = codes.of(rows)
        shas = _shas(session, project, stood)
        classes = [
            {"id": c.id, "name": c.name, "code": code_of[c.id], **_shown(stood.get(c.id), shas)}
            for c in rows
            if c.active
        ]
        return {"project": project.name, "revision": wanted, "classes": classes}


def versions(ws: Workspace, project_name: str, class_name: str) -> list[dict[str, Any]]:
    """Every version of a class's guideline, newest first: revision, by, at, changes.

    Raises:
        NotFoundError: there is no such project or class.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        people = users.names(session)
        rows = guidelines.versions(session, class_named(session, project, class_name).id)
        return [
            {
                "revision": row.revision,
                "by": people.get(row.user_id or "", ""),
                "at": row.created_at.isoformat(),
                "changes": changes(text_of(before), text_of(row)),
            }
            for before, row in zip([None, *rows[:-1]], rows, strict=True)
        ][::-1]


def candidates(
    ws: Workspace,
    project_name: str,
    class_name: str,
    *,
    good: bool = True,
    limit: int = 24,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Verified pictures that may be examples of a class (or, not ``good``, counter-examples).

    Returns:
        the newest ones first: item, sha, width, height.

    Raises:
        NotFoundError: there is no such project or class.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        class_id = class_named(session, project, class_name).id
        found = guidelines.candidates(
            session, project.id, class_id, bearing=good, limit=limit, offset=offset
        )
        return [
            {"item": item.id, "sha": item.sha256, "width": image.width, "height": image.height}
            for item, image in found
        ]


def _require_verified(
    session: Session, project: Project, class_id: str, examples: Sequence[Mapping[str, Any]]
) -> None:
    ids = [one["item"] for one in examples]
    usable = guidelines.usable(session, project.id, ids)
    if not set(ids) <= set(usable):
        raise InputError("an example is not a verified picture of this project, or not any more")
    good = {one["item"] for one in examples if one["good"]}
    if good - guidelines.bearing(session, class_id, good):
        raise InputError("a good example does not bear the class", "Mark it as a counter-example.")


def _shas(session: Session, project: Project, stood: Mapping[str, Guideline]) -> dict[str, str]:
    ids = [one["item"] for row in stood.values() for one in row.examples]
    found = guidelines.usable(session, project.id, ids)
    return {item.id: item.sha256 for item in found.values()}


def _shown(row: Guideline | None, shas: Mapping[str, str]) -> dict[str, Any]:
    text = text_of(row)
    examples = [{**one, "sha": shas[one["item"]]} for one in text.examples if one["item"] in shas]
    revision = row.revision if row else 0
    return {"revision": revision, **text.as_dict(), "examples": examples}


def text_of(row: Guideline | None) -> Text:
    """A guideline as texts, empty where nothing was ever said."""
    return Text(row.instructions, row.do, row.dont, row.examples) if row else Text()


def _row(class_id: str, revision: int, text: Text, user_id: str) -> Guideline:
    return Guideline(class_id=class_id, revision=revision, user_id=user_id, **text.as_dict())


def _checked(text: Any, what: str, length: int) -> str:
    if not isinstance(text, str) or len(text) > length or not is_storable(text):
        raise InputError(f"{what} must be a text of at most {length:,} characters")
    return text


def _checked_lines(lines: Sequence[str], what: str) -> list[str]:
    kept = [line.strip() for line in lines if line.strip()]
    if len(kept) > MAX_LINES:
        raise InputError(f"{what!r} takes at most {MAX_LINES} lines")
    return [_checked(line, f"a line of {what!r}", MAX_LINE) for line in kept]


def _checked_examples(examples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if len(examples) > MAX_EXAMPLES:
        raise InputError(f"a class takes at most {MAX_EXAMPLES} examples")
    if len({one.get("item") for one in examples}) < len(examples):
        raise InputError("a picture is an example twice")
    return [
        {
            "item": _checked(one.get("item"), "an example's item", 36),
            "good": bool(one.get("good", True)),
            "note": _checked(one.get("note") or "", "the note of an example", MAX_LINE).strip(),
        }
        for one in examples
    ]
