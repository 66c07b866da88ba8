"""`prelabel features NAME add | list | remove`: further models for supervised heads."""

from collections.abc import Sequence
from typing import Annotated

import typer

from app.commands.common import AsJson, Home, ProjectName, follow, say, table, tell, workspace

ACTIONS = ("add", "list", "remove")


def features(
    name: ProjectName,
    action: Annotated[str, typer.Argument(help="add, list or remove.")] = "list",
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Model; see: prelabel models list.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let heads learn from the vectors of further models too, with texts or without (DINOv2).

    A supervised probe on each competes with the other heads once there are labels."""
    from labeling.workflows import features as workflow

    if action not in ACTIONS:
        raise typer.BadParameter(f"{action!r} is none of {', '.join(ACTIONS)}")
    if (model is None) != (action == "list"):
        takes = "no model" if action == "list" else "a model"
        raise typer.BadParameter(f"{action} takes {takes}")
    with workspace(home, as_json=as_json) as ws:
        if action == "add" and model:
            job = workflow.add(ws, name, model)
            if job:
                follow(ws, job, as_json=as_json)
        elif model:
            workflow.remove(ws, name, model)
        found = workflow.listed(ws, name)
        rows = [(f["model"], f["dim"] or "", f"{f['encoded']:,} of {f['items']:,}") for f in found]
        tell(found, as_json=as_json, words=lambda: _told(rows))


def _told(rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        table(("model", "dim", "pictures encoded"), rows)
    else:
        say("Heads learn from the vectors of the project's own model alone.")
