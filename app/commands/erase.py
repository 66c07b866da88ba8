"""`prelabel erase NAME PICTURE…`: pictures gone for good, from everywhere here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.commands.common import AsJson, Home, ProjectName, follow, say, tell, workspace
from labeling.errors import InputError


def erase(
    name: ProjectName,
    pictures: Annotated[
        list[str], typer.Argument(metavar="PICTURE…", help="Path, file name or SHA-256.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[str, typer.Option(help="Told where the picture is missed.")] = "",
    lift: Annotated[
        bool, typer.Option("--lift", help="Let erased pictures (SHA-256) be imported again.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Erase pictures for good: from the store, its caches, all projects and exports to come.

    Decisions on them stay in the log; the same bytes are refused at imports."""
    from labeling.workflows import accounts, erasure

    with workspace(home, as_json=as_json) as ws:
        person = accounts.local_user(ws)
        if lift:
            lifted = erasure.lift(ws, person, pictures)
            tell(
                {"lifted": lifted},
                as_json=as_json,
                words=lambda: say(f"{len(lifted)} may be imported again"),
            )
            return
        if not yes:
            _ask(erasure.preview(ws, person, name, pictures), as_json=as_json)
        job = erasure.enqueue(ws, person, name, pictures, reason=reason)
        result = follow(ws, job, as_json=as_json)
        tell(result, as_json=as_json, words=lambda: _told(result))


def _ask(found: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Say what would go, and go on only where a person says yes."""
    tell(found, as_json=as_json, words=lambda: _told_pictures(found))
    if as_json or not typer.confirm(f"Erase {len(found)} for good?"):
        raise InputError("nothing is erased", "Say --yes to erase what is named above.")


def _told_pictures(found: Sequence[dict[str, Any]]) -> None:
    for one in found:
        _told_picture(one)


def _told_picture(one: dict[str, Any]) -> None:
    say(one["sha256"])
    if len(one["projects"]) > 1:
        say(f"  it is in {len(one['projects'])} projects, and goes from all of them:")
    for place in one["projects"]:
        say(f"  {place['project']}: {place['image']} ({place['state']})")
    for held in one["snapshots"]:
        say(f"  the snapshot {held['snapshot']} of {held['project']} holds it, and will say so")
    for line in one["stays"]:
        say(f"  {line}")


def _told(result: dict[str, Any]) -> None:
    say(f"{len(result['erased'])} erased")
    for line in result["stays"]:
        say(line)
