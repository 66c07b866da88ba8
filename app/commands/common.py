"""What every command shares: the home folder, JSON or words, errors in two lines, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from labeling.errors import InputError, PrelabelError
from labeling.settings import Settings, load_settings
from labeling.workspace import Workspace, open_workspace

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that holds everything.", envvar="PRELABEL_HOME"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
ProjectName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the project.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def errors_told(*, as_json: bool) -> Iterator[None]:
    """Turn an error meant for a person into a message and exit code 1."""
    try:
        yield
    except UnicodeEncodeError as error:
        _tell_error(InputError(f"{error.object!r} is no text in UTF-8"), as_json=as_json)
        raise typer.Exit(1) from None
    except PrelabelError as error:
        _tell_error(error, as_json=as_json)
        raise typer.Exit(1) from None


def _tell_error(error: PrelabelError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": {"what": error.what, "fix": error.fix}}))
    err.print(Text("error: " + error.what, style="bold red"), soft_wrap=True)
    if error.fix:
        err.print(Text(error.fix), soft_wrap=True)


@contextmanager
def workspace(home: Path | None, *, as_json: bool) -> Iterator[Workspace]:
    """The workspace of a command; closed at its end."""
    with errors_told(as_json=as_json):
        ws = open_workspace(settings_for(home))
        try:
            yield ws
        finally:
            ws.close()


def settings_for(home: Path | None) -> Settings:
    """Settings with ``--home`` where it was given."""
    return load_settings(home=home)


def follow(ws: Workspace, job_id: str, *, as_json: bool) -> dict[str, Any]:
    """Run or follow a job to its end under a progress bar; its result."""
    from labeling.workflows.work import run_to_end

    with _progress(quiet=as_json) as moved:
        return run_to_end(ws, job_id, moved).result


def tell(value: Any, *, as_json: bool, words: Callable[[], None]) -> None:
    """Print ``value`` as JSON, or say it in words."""
    if as_json:
        print(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        words()


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; numbers to the right, text as it is."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        grid.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*[_cell(value) for value in row])
    out.print(grid)


def say(text: str) -> None:
    """Print a line as it is."""
    out.print(Text(text), soft_wrap=True)


def split(text: str) -> list[str]:
    """The parts of ``a,b,c``, trimmed."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _cell(value: Any) -> Text:
    """A cell as it is: a class may be called ``[red]`` or ``:smile:``."""
    if value is None:
        return Text("–")
    return Text(f"{value:.3f}" if isinstance(value, float) else str(value))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda _job: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        shown = bar.add_task("waiting", total=1)

        def moved(job: dict[str, Any]) -> None:
            bar.update(
                shown,
                description=job["message"] or job["kind"],
                completed=job["done"],
                total=max(job["total"] or 1, job["done"], 1),
            )

        yield moved
