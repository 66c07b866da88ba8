"""Guidelines of classes that were merged or split: shown to the lead of what took their place.

Nothing is taken over by itself: what was said of a class need not be true of what it became. (A
class that is renamed stays the same class, and keeps its guideline.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import guidelines as stored
from db import lineage, projects
from db.tables import Guideline, Project
from labeling.errors import NotFoundError
from labeling.workflows import guidelines
from labeling.workflows.projects import class_named, find
from labeling.workspace import Workspace

Said = dict[str, Any]
"""What is said about a class: instructions, do, dont, examples (item, good, note)."""


def inherited(ws: Workspace, project_name: str) -> dict[str, list[dict[str, Any]]]:
    """What was said about classes that ended, as far as what they became says nothing of it yet.

    Returns:
        by the id of each class that is there and has something to take over, for each of those that
        became it: id, name, instructions, do, dont, and examples (item, good, note) that may stand
        for the class that is there.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        became, names = lineage.of(project), projects.class_names(session, project.id)
        stood = stored.at(session, project.id, project.guideline_revision)
        found = {}
        for row in projects.classes(session, project.id):
            former = became.ancestors([row.id]) & stood.keys() - {row.id}
            told = [
                {"id": c, "name": names[c], **_fitting(session, project, row.id, stood[c])}
                for c in names
                if c in former
            ]
            own = guidelines.text_of(stood.get(row.id)).as_dict()
            found[row.id] = [one for one in told if joined(own, one) != own]
        return {class_id: told for class_id, told in found.items() if told}


def take_over(
    ws: Workspace, user_id: str, project_name: str, class_name: str, former: str, *, seen: int
) -> int:
    """Add what was said about a former class to the guideline of the one that it became.

    Args:
        ws: the workspace.
        user_id: the lead.
        project_name: the project.
        class_name: the class.
        former: id of the class that ended.
        seen: the revision of the class's guideline that the lead saw (0: none).

    Returns:
        the revision.

    Raises:
        InputError: both together are too long, or somebody else has saved since ``seen``.
        NotFoundError: there is no such project or class, or nothing to take over of it.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        class_id = class_named(session, project, class_name).id
        own = stored.at(session, project.id, project.guideline_revision).get(class_id)
        mine = _fitting(session, project, class_id, own)
    told = inherited(ws, project_name).get(class_id, [])
    found = next((one for one in told if one["id"] == former), None)
    if found is None:
        raise NotFoundError(
            f"there is nothing to take over for {class_name!r} from that class (any more)",
            "Load the page anew.",
        )
    both = joined(mine, found)
    return guidelines.save(ws, user_id, project_name, class_name, **both, seen=seen)


def joined(own: Mapping[str, Any], other: Mapping[str, Any]) -> Said:
    """Both, each line and each example once, those of ``own`` first."""
    texts = [own["instructions"]]
    if other["instructions"] and other["instructions"] not in own["instructions"]:
        texts.append(other["instructions"])
    examples = {one["item"]: one for one in [*other["examples"], *own["examples"]]}
    mine = [one["item"] for one in own["examples"]]
    order = [*mine, *(item for item in examples if item not in mine)]
    return {
        "instructions": "\n\n".join(filter(None, texts)),
        "do": list(dict.fromkeys([*own["do"], *other["do"]])),
        "dont": list(dict.fromkeys([*own["dont"], *other["dont"]])),
        "examples": [examples[item] for item in order],
    }


def _fitting(session: Session, project: Project, class_id: str, row: Guideline | None) -> Said:
    said = guidelines.text_of(row).as_dict()
    return said | {"examples": _usable(session, project, class_id, said["examples"])}


def _usable(
    session: Session, project: Project, class_id: str, examples: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Those that may be shown, of which good ones bear the class."""
    items = [one["item"] for one in examples]
    shown = stored.usable(session, project.id, items)
    bearing = stored.bearing(session, class_id, items)
    return [
        one
        for one in examples
        if one["item"] in shown and (not one["good"] or one["item"] in bearing)
    ]
