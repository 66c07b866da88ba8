"""Homes to measure in: fresh folders with a database, a project and imported pictures."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labeling.class_names import parse
from labeling.settings import Settings
from labeling.workflows import ingest, projects
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace, open_workspace

PROJECT = "bench"
CLASSES = "cat,dog,bird,car,tree"


@contextmanager
def fresh_home(inside: Path, classes: str = CLASSES) -> Iterator[Workspace]:
    """A workspace with the empty project `PROJECT`, in a new folder.

    The folder stays: the caller removes them all after the last measurement, because ext4 looks
    long for a place for new files where others were deleted a moment ago.
    """
    home = Path(tempfile.mkdtemp(prefix="home-", dir=inside))
    ws = open_workspace(Settings(home=home))
    try:
        projects.create(ws, PROJECT, parse(classes))
        yield ws
    finally:
        ws.close()


def project_id(ws: Workspace, name: str = PROJECT) -> str:
    """The id of a project."""
    return str(projects.show(ws, name)["id"])


@contextmanager
def workplace() -> Iterator[Path]:
    """A temporary folder for everything that a benchmark makes."""
    with tempfile.TemporaryDirectory(prefix="prelabel-bench-") as folder:
        yield Path(folder)


def finish(ws: Workspace, job_id: str) -> dict[str, Any]:
    """Work on a job until it is done; its result."""
    return dict(run_to_end(ws, job_id, lambda _job: None).result)


def import_from(ws: Workspace, source: Path) -> dict[str, Any]:
    """Import a source as the command line does; the job's result."""
    return finish(ws, ingest.enqueue(ws, PROJECT, [str(source)]))
