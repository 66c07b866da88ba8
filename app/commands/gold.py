"""`prelabel gold NAME add | list | remove`: verified pictures that show how reliable people are."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.common import AsJson, Home, ProjectName, say, table, tell, workspace

ACTIONS = ("add", "list", "remove")
COLUMNS = ("path", "labels", "state", "answers", "right", "sha256")


def gold(
    name: ProjectName,
    action: Annotated[str, typer.Argument(help="add, list or remove.")] = "list",
    pictures: Annotated[
        list[str] | None,
        typer.Argument(help="add, remove: SHA-256, or the path they came by or its end."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Mark verified pictures as gold: they come blind to people who have not seen them.

    Their answers never touch the picture; `prelabel report NAME agreement` tells how many were
    right."""
    from labeling.workflows import accounts
    from labeling.workflows import gold as workflow

    given = pictures or []
    if action not in ACTIONS:
        raise typer.BadParameter(f"{action!r} is none of {', '.join(ACTIONS)}")
    if bool(given) == (action == "list"):
        takes = "no pictures" if action == "list" else "one picture and more"
        raise typer.BadParameter(f"{action} takes {takes}")
    with workspace(home, as_json=as_json) as ws:
        if action == "list":
            found = workflow.listed(ws, name)
            rows = [[_cell(row[column]) for column in COLUMNS] for row in found]
            tell(found, as_json=as_json, words=lambda: table(COLUMNS, rows))
            return
        act = workflow.add if action == "add" else workflow.remove
        done = act(ws, accounts.local_user(ws), name, given)
        [(what, count)] = done.items()
        tell(done, as_json=as_json, words=lambda: say(f"{what}: {count}"))


def _cell(value: object) -> object:
    return (", ".join(value) or "none of these") if isinstance(value, list) else value
