"""Pictures, projects and jobs for the tests of the workflows."""

import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from labeling.class_names import parse
from labeling.samples.catalogue import load
from labeling.workflows import ingest, jobs, prelabel, projects
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS

DIGITS = ",".join("0123456789")
"""The classes of the sample `digits`."""

RUN_JOB = """
import sys
from labeling.settings import Settings
from labeling.workflows.work import run_to_end
from labeling.workspace import open_workspace

home, url, job = sys.argv[1:]
ws = open_workspace(Settings(home=home, database_url=url))
run_to_end(ws, job, lambda job: None)
"""


def picture(path: Path, seed: int, size: tuple[int, int] = (40, 30)) -> Path:
    """Coarse coloured noise, different for each seed, in the format of the path's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = random.Random(seed).randbytes(8 * 6 * 3)
    Image.frombytes("RGB", (8, 6), noise).resize(size, Image.Resampling.BILINEAR).save(path)
    return path


def pictures(folder: Path, count: int, first: int = 0) -> list[Path]:
    """``count`` different pictures in ``folder``."""
    return [picture(folder / f"{n:04d}.png", n) for n in range(first, first + count)]


def create(
    ws: Workspace,
    name: str = "zoo",
    classes: str = "cat,dog,bird",
    review: dict[str, Any] | None = None,
    **given: Any,
) -> str:
    """A new project; its name. Nothing is checked at random but what ``review`` asks for."""
    projects.create(ws, name, parse(classes), **given)
    projects.configure(ws, name, review=NO_CHECKS | (review or {}))
    return name


def digits(
    ws: Workspace, folder: Path, count: int, review: dict[str, Any], **given: Any
) -> dict[str, str]:
    """The project "zoo" of the first digits of the sample, pre-labeled; labels by path."""
    sample = load("digits")
    shown = {path: labels[0] for path, labels in sample.labels().items() if labels}
    chosen = dict(list(shown.items())[:count])
    with zipfile.ZipFile(sample.pictures) as archive:
        for path in chosen:
            archive.extract(path, folder)
    create(ws, classes=DIGITS, review=review, **given)
    import_(ws, "zoo", folder)
    prelabel_(ws, "zoo")
    return chosen


def run(ws: Workspace, job_id: str) -> dict[str, Any]:
    """Run a job to its end here; its result."""
    return run_to_end(ws, job_id, lambda _job: None).result


def import_(ws: Workspace, name: str, *sources: Path | str, **given: Any) -> dict[str, Any]:
    """Import sources into a project; the result."""
    return run(ws, ingest.enqueue(ws, name, [str(source) for source in sources], **given))


def prelabel_(ws: Workspace, name: str, **given: Any) -> dict[str, Any]:
    """Pre-label a project; the result."""
    return run(ws, prelabel.enqueue(ws, name, **given))


def start(ws: Workspace, job_id: str) -> subprocess.Popen:
    """Run a job to its end in a process of its own."""
    given = [str(ws.settings.root), ws.db.url, job_id]
    return subprocess.Popen([sys.executable, "-c", RUN_JOB, *given])


def kill_when(process: subprocess.Popen, reached: Callable[[], bool], seconds: float = 60) -> None:
    """Kill a process as soon as ``reached``; it must not have ended before.

    It stands still while that is asked: on a busy machine it would run away meanwhile.
    """
    end = time.monotonic() + seconds
    while not reached():
        assert process.poll() is None, "the process ended too early"
        assert time.monotonic() < end, "the process never came so far"
        process.send_signal(signal.SIGCONT)
        time.sleep(0.005)
        process.send_signal(signal.SIGSTOP)
    process.kill()
    process.wait()


def job(ws: Workspace, job_id: str) -> dict[str, Any]:
    """A job as JSON."""
    return jobs.show(ws, job_id)
