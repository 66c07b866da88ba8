"""500 pictures, a push killed at 20 random points, pushed again: everything is there once."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db.engine import sqlite_url
from labeling.settings import Settings
from labeling.workflows import cvat_push
from labeling.workspace import Workspace, open_workspace
from tests.cvat.helpers import counts, expected, labels_there, project, push, tasks_by_mark
from tests.cvat.server import Server
from tests.cvat.state import TOKEN, Cvat
from tests.workflow.helpers import run

PICTURES, JOB_SIZE, KILLS = 500, 100, 20
LOST, UNANSWERED, ANSWERED = "lost", "unanswered", "answered"
MOMENTS = (LOST, UNANSWERED, ANSWERED)
"""Of a request, when the process is killed: it never arrives; it does, and nobody hears the answer;
or some time after the answer, while the process writes the ledger or goes on."""
LATEST = 0.05
"""Seconds after an answer at which the process is killed at the latest."""


PUSH = """
import sys
from labeling.settings import Settings
from labeling.workflows.work import run_to_end
from labeling.workspace import open_workspace

home, url, job = sys.argv[1:]
ws = open_workspace(Settings(home=home, database_url=url))
run_to_end(ws, job, lambda _job: None)
ws.close()
"""
"""A push in a process of its own, started from nothing: the tests' own __main__ may be a page."""


def killed_at(
    server: Server, number: int, moment: str, pause: float, ws: Workspace, job: str
) -> bool:
    """Run a push that is killed at its ``number``-th request; whether it was still at work."""
    command = [sys.executable, "-c", PUSH, str(ws.settings.root), ws.db.url, job]
    process = subprocess.Popen(command)

    def before(count: int) -> None:
        if count == number and moment != ANSWERED:
            process.kill()
            process.wait()
            if moment == LOST:
                raise ConnectionResetError

    def after(count: int) -> None:
        if count == number and moment == ANSWERED:
            time.sleep(pause)
            process.kill()

    server.before, server.after = before, after
    try:
        return process.wait(120) == -signal.SIGKILL
    finally:
        process.kill()
        server.before = server.after = lambda count: None


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_push_killed_at_random_points_is_finished_by_the_next(
    local_ws: Workspace, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", TOKEN)
    labels = project(local_ws, tmp_path / "a", PICTURES)
    wanted = expected(labels)
    local_ws.close()
    template = local_ws.db.url.removeprefix("sqlite:///")
    dice = random.Random(20261124)
    server.cvat.polls = 0
    whole = len(_pushed_whole(local_ws.settings.root, template, server, tmp_path / "whole.db"))
    died = 0
    for number in dice.sample(range(1, whole), whole - 1):
        if died == KILLS:
            break
        copy = tmp_path / f"{number}.db"
        shutil.copyfile(template, copy)
        settings = Settings(home=local_ws.settings.root, database_url=sqlite_url(copy))
        ws = open_workspace(settings)
        _emptied(server)
        job = cvat_push.enqueue(ws, "zoo", server.url, job_size=JOB_SIZE)
        moment = MOMENTS[died % len(MOMENTS)]
        died += killed_at(server, number, moment, dice.uniform(0, LATEST), ws, job)
        if dice.random() < 0.5:
            run(ws, job)
        else:
            push(ws, server, job_size=JOB_SIZE)
        where = (number, moment)
        cvat = server.cvat
        assert labels_there(server) == wanted, where
        assert sum(len(tags) for tags in cvat.tags.values()) == PICTURES, where
        assert (len(cvat.projects), len(cvat.labels)) == (1, 4), where
        assert len(cvat.tasks) == PICTURES // JOB_SIZE, where
        assert set(tasks_by_mark(server).values()) == {1}, where
        assert counts(push(ws, server)) == (0, 0, PICTURES, 0, 0), where
        ws.close()
    assert died == KILLS


def _pushed_whole(home: Path, template: str, server: Server, copy: Path) -> list:
    """The requests of a push that nobody kills."""
    shutil.copyfile(template, copy)
    ws = open_workspace(Settings(home=home, database_url=sqlite_url(copy)))
    push(ws, server, job_size=JOB_SIZE)
    ws.close()
    return list(server.log)


def _emptied(server: Server) -> None:
    """The server as if it were new."""
    server.cvat = Cvat(server.url)
    server.cvat.polls = 0
    server.log.clear()
