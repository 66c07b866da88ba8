"""The `prelabel` command. Commands translate; workflows decide."""

import importlib.metadata
import sys
from typing import Annotated

import typer

from app.commands import (
    accept,
    classes,
    cvat,
    data,
    erase,
    features,
    gold,
    learning,
    operate,
    project,
    pull,
    snapshot,
    team,
    users,
)

app = typer.Typer(
    name="prelabel",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a folder of unlabelled pictures to a verified dataset.",
)


def _print_version(asked: bool) -> None:
    if asked:
        print(importlib.metadata.version("prelabel"))
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """From a folder of unlabelled pictures to a verified dataset."""


app.add_typer(project.project_app, name="project")
app.add_typer(users.users_app, name="users")
app.command("classes")(classes.classes)
app.command("import")(data.import_)
app.command("run")(data.run)
app.command("features")(features.features)
app.command("queue")(data.queue)
app.command("decide")(data.decide)
app.command("learn")(learning.learn)
app.command("status")(data.status)
app.command("assign")(team.assign)
app.command("search")(team.search)
app.command("suspects")(team.suspects)
app.command("relabel")(team.relabel)
app.command("report")(team.report)
app.command("gold")(gold.gold)
app.command("simulate")(data.simulate)
app.command("evaluate")(data.evaluate)
app.command("accept")(accept.accept)
app.command("export")(data.export)
app.command("push")(cvat.push)
app.command("pull")(pull.pull)
app.command("snapshot")(snapshot.snapshot)
app.command("erase")(erase.erase)
app.command("demo")(operate.demo)
app.command("serve")(operate.serve)
app.command("worker")(operate.worker)
app.command("doctor")(operate.doctor)
app.add_typer(operate.models_app, name="models")
app.add_typer(operate.jobs_app, name="jobs")
app.add_typer(operate.db_app, name="db")


def main() -> None:
    """Run the command line; Ctrl+C ends it with code 130 and no traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
