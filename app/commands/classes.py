"""`prelabel classes …`: shown, set, and changed through time, with a preview."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.common import AsJson, Home, ProjectName, follow, say, table, tell, workspace
from labeling import class_names
from labeling.class_changes import concerns
from labeling.class_names import ClassSpec
from labeling.workspace import Workspace

TAKES = {
    "show": (0, 0),
    "set": (1, 1),
    "rename": (2, 2),
    "merge": (2, None),
    "split": (3, None),
    "deactivate": (1, 1),
    "activate": (1, 1),
}
"""How many values each action takes, at least and at most (None: any number)."""
PREVIEWED = ("rename", "merge", "split", "deactivate", "activate")


def classes(
    name: ProjectName,
    action: Annotated[
        str,
        typer.Argument(help="show, set, rename, merge, split, deactivate or activate."),
    ] = "show",
    values: Annotated[
        list[str] | None,
        typer.Argument(
            help="set: a,b,c or a file; rename: OLD NEW; merge: CLASS… TARGET; "
            "split: CLASS PART PART…; (de)activate: CLASS."
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Tell what it would concern; change nothing.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show or change the classes of a project; decisions keep the revision they were made under."""
    from labeling.workflows import class_moves

    given = values or []
    _require_usage(action, given, preview=preview)
    with workspace(home, as_json=as_json) as ws:
        if preview:
            told = class_moves.preview(ws, name, action, given)
            tell(told, as_json=as_json, words=lambda: _told_preview(told))
            return
        found = _changed(ws, name, action, given)
        if found.get("job"):
            follow(ws, found["job"], as_json=as_json)
        answer = {"revision": found["revision"], "classes": found["classes"]}
        tell(answer, as_json=as_json, words=lambda: _told_changed(found, action))


def read_classes(text: str) -> list[ClassSpec]:
    """Classes from ``a,b,c``, or from the file that ``text`` names."""
    path = Path(text)
    if path.suffix.lower() in {".txt", ".csv", ".yaml", ".yml"} or path.is_file():
        return class_names.read(path)
    return class_names.parse(text)


def told_classes(found: dict[str, Any]) -> None:
    """Print the classes of a project as a table."""
    rows = [
        (
            c["name"],
            c["code"] or "",
            c["display"],
            ", ".join(c["aliases"]),
            "yes" if c["active"] else "no",
        )
        for c in found["classes"]
    ]
    table(("class", "code", "display text", "aliases", "active"), rows)


def _require_usage(action: str, given: Sequence[str], *, preview: bool) -> None:
    if action not in TAKES:
        raise typer.BadParameter(f"{action!r} is none of {', '.join(TAKES)}")
    least, most = TAKES[action]
    if len(given) < least or (most is not None and len(given) > most):
        wanted = f"{least}" if least == most else f"{least} or more"
        raise typer.BadParameter(f"{action} takes {wanted} values, not {len(given)}")
    if preview and action not in PREVIEWED:
        raise typer.BadParameter(f"--preview goes with {', '.join(PREVIEWED)}, not with {action}")


def _changed(ws: Workspace, name: str, action: str, given: Sequence[str]) -> dict[str, Any]:
    """The project as JSON, after the change where one was asked for."""
    from labeling.workflows import class_moves, projects
    from labeling.workflows import classes as changes

    if action == "show":
        return projects.show(ws, name)
    if action == "set":
        return changes.set_classes(ws, name, read_classes(given[0]))
    if action == "rename":
        return changes.rename(ws, name, given[0], given[1])
    if action == "merge":
        return class_moves.merge(ws, name, given[:-1], given[-1])
    if action == "split":
        return class_moves.split(ws, name, given[0], given[1:])
    return changes.set_active(ws, name, given[0], active=action == "activate")


def _told_changed(found: dict[str, Any], action: str) -> None:
    told_classes(found)
    if action in ("merge", "split"):
        say(f"Next: prelabel run {found['name']} (only the texts are encoded)")


def _told_preview(told: dict[str, Any]) -> None:
    say(told["said"])
    rows = concerns(told)
    if rows:
        table(("", ""), rows)
    if told["new"]:
        say(f"new: {', '.join(told['new'])}")
    say("Nothing is changed yet; the same without --preview does it.")
