"""`prelabel assign | search | suspects | relabel | report`: what a lead does for a team."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cells import harmless
from app.commands.common import AsJson, Home, ProjectName, follow, say, table, tell, workspace
from labeling.quality.wording import coefficient_in_words, error_in_words, in_words

SHEETS = {
    "timesheet": ("day", "person", "active_minutes", "decisions", "labels", "labels_per_hour"),
    "progress": ("class", "verified", "proposed"),
    "by_class": ("class", "median_seconds", "n"),
}


class Report(StrEnum):
    """What `prelabel report` can tell."""

    TIMESHEET = "timesheet"
    PROGRESS = "progress"
    BY_CLASS = "by_class"
    QUALITY = "quality"
    AGREEMENT = "agreement"


def assign(
    name: ProjectName,
    to: Annotated[str | None, typer.Option(help="Who gets it; without it: list.")] = None,
    class_: Annotated[
        str | None, typer.Option("--class", help="Only what is proposed as this class.")
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Only what came with this import (id).")] = None,
    priority: Annotated[int, typer.Option(min=0, max=9, help="0 comes first.")] = 5,
    take_back: Annotated[str | None, typer.Option(help="End this assignment (id).")] = None,
    take_back_from: Annotated[
        str | None,
        typer.Option(help="Whose pictures, handed to them by name, wait for everybody again."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Hand waiting items to a person, take them back, or list what is handed out."""
    from labeling.workflows import accounts, assignments

    with workspace(home, as_json=as_json) as ws:
        if take_back:
            assignments.take_back(ws, name, take_back)
        if take_back_from:
            lead = accounts.local_user(ws)
            freed = assignments.take_back_handed(ws, lead, name, take_back_from)
            if not as_json:
                say(f"taken back from {take_back_from}: {freed:,}")
        if to:
            lead = accounts.local_user(ws)
            assignments.give(
                ws, lead, name, to, class_name=class_, batch_id=batch, priority=priority
            )
        found = assignments.in_force(ws, name)
        columns = ("id", "person", "class", "batch", "priority", "waiting")
        rows = [[row[column] for column in columns] for row in found]
        tell(found, as_json=as_json, words=lambda: table(columns, rows))


def search(
    name: ProjectName,
    text: Annotated[
        str | None, typer.Option(help="Words that describe what is looked for.")
    ] = None,
    like: Annotated[str | None, typer.Option(help="SHA-256 of a picture of the project.")] = None,
    class_: Annotated[
        str | None, typer.Option("--class", help="What the head holds for this class.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Find undecided pictures like words, a picture or a class; give one of the three."""
    from labeling.workflows import search as workflow

    ways = {workflow.TEXT: text, workflow.PICTURE: like, workflow.HEAD: class_}
    given = [(by, what) for by, what in ways.items() if what]
    if len(given) != 1:
        raise typer.BadParameter("give one of --text, --like and --class")
    with workspace(home, as_json=as_json) as ws:
        job = workflow.enqueue(ws, name, *given[0], limit=limit)
        found = workflow.pictures(ws, follow(ws, job, as_json=as_json))
        rows = [(row["score"], row["source"], row["sha"][:16]) for row in found]
        tell(found, as_json=as_json, words=lambda: table(("score", "picture", "sha256"), rows))


def suspects(name: ProjectName, home: Home = None, as_json: AsJson = False) -> None:
    """Put verified labels that are probably wrong before a reviewer."""
    from labeling.workflows import suspects as workflow

    with workspace(home, as_json=as_json) as ws:
        result = follow(ws, workflow.enqueue(ws, name), as_json=as_json)
        tell(result, as_json=as_json, words=lambda: say(f"{workflow.summary(result)}."))


def relabel(
    name: ProjectName,
    apply: Annotated[
        bool, typer.Option("--apply", help="Put the decided ones before somebody else, blind.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say whether looks at decided pictures or at new ones teach more; --apply asks for them."""
    from labeling.workflows import accounts
    from labeling.workflows import relabel as workflow

    with workspace(home, as_json=as_json) as ws:
        job = workflow.enqueue(ws, name)
        result = follow(ws, job, as_json=as_json)
        asked = workflow.hand_out(ws, accounts.local_user(ws), name, job) if apply else 0
        told = result | {"handed_out": asked}
        tell(told, as_json=as_json, words=lambda: _told_relabel(told, applied=apply))


def _told_relabel(told: dict[str, Any], *, applied: bool) -> None:
    from labeling.workflows import relabel as workflow

    say(f"{workflow.summary(told)}.")
    if applied:
        say(f"{told['handed_out']:,} decided pictures wait for somebody else, blind.")


def report(
    name: ProjectName,
    what: Annotated[Report, typer.Argument(help="Which figures.")] = Report.TIMESHEET,
    days: Annotated[int, typer.Option(min=1, help="How far back.")] = 30,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV file too; of a table.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show who decided how much and how fast, progress by class, figures of quality, or how far
    people agree."""
    from labeling.workflows import agreement, figures, health

    if csv and what not in SHEETS:
        raise typer.BadParameter(f"figures of {what} are no table", param_hint="--csv")
    with workspace(home, as_json=as_json) as ws:
        if what is Report.QUALITY:
            quality = figures.of_project(ws, name)
            tell(quality, as_json=as_json, words=lambda: _told_quality(quality))
            return
        if what is Report.AGREEMENT:
            agreed = agreement.of_project(ws, name)
            tell(agreed, as_json=as_json, words=lambda: _told_agreement(agreed))
            return
        found = health.of_project(ws, name, days)[what]
        if csv:
            _write(csv, found)
        columns = SHEETS[what]
        rows = [[row[column] for column in columns] for row in found]
        tell(found, as_json=as_json, words=lambda: table(columns, rows))


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    import pandas as pd

    from labeling.errors import ExportError

    try:
        pd.DataFrame(map(harmless, rows)).to_csv(path, index=False)
    except OSError as error:
        raise ExportError(f"{path} can't be written: {error.strerror}") from error


def _told_quality(found: dict[str, Any]) -> None:
    say(f"proposals right: {in_words(found['proposals'])}")
    say(f"error of verified labels: {error_in_words(found['human_error'])}")
    say(f"wrong proposals noticed: {in_words(found['probes'])}")
    rows = [(p["person"], in_words(p["agreement"]), in_words(p["probes"])) for p in found["people"]]
    table(("person", "agrees with others", "wrong proposals noticed"), rows)


def _told_agreement(found: dict[str, Any]) -> None:
    say(f"{found['items']} items that several people answered, {found['answers']} answers")
    say(f"Krippendorff's alpha: {coefficient_in_words(found['krippendorff'])}")
    say(f"Fleiss' kappa: {coefficient_in_words(found['fleiss'])}")
    pairs = [
        (" and ".join(pair["people"]), pair["n"], coefficient_in_words(pair["cohen"]))
        for pair in found["pairs"]
    ]
    table(("people", "items", "Cohen's kappa"), pairs)
    rows = [
        (row["person"], in_words(row["consensus"]), in_words(row["gold"]))
        for row in found["reliability"]
    ]
    table(("person", "right by consensus", "right at gold"), rows)
    say(found["which"])
