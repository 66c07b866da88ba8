"""What push and pull have in common: alone on their link, connected, taken up again, told."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial

from db import cvat_ledger
from db.tables import CvatLink
from labeling.errors import BusyError, CvatAwayError
from labeling.workflows import cvat_links
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_report import Report
from labeling.workflows.jobs import Steps, Task, beside

PAUSES = (1.0, 3.0)
"""Seconds after which a sync looks again and goes on where the server went away."""

Work = Callable[[Opened], Generator[None, None, None]]


def synced(task: Task, report: Report, work: Work) -> Steps:
    """Let ``work`` sync the link of a job, and nobody else meanwhile; the report as JSON.

    Where the server goes away, ``work`` begins again after each of `PAUSES`, from what it has
    committed. What a person should know goes into the job's log as well.

    Args:
        task: the job; its parameter ``link`` says which.
        report: what ``work`` fills.
        work: brings one side to the other; may be begun again at any point.

    Raises:
        BusyError: another push or pull is at work on the link.
        CvatAwayError: the server stays away.
        CvatError: see `cvat_links.opened`, and ``work``.
    """
    link_id = task.job.parameters["link"]
    with cvat_ledger.held(task.ws.db, link_id) as alone:
        if not alone:
            raise BusyError("another push or pull of this project is at work", "Wait for it.")
        for pause in (*PAUSES, None):
            try:
                yield from _once(task, link_id, work)
                break
            except CvatAwayError as error:
                if pause is None:
                    raise
                task.log(f"{error.what}; looking again", "warning")
                yield from beside(partial(time.sleep, pause))
    for line in report.lines:
        task.log(line, "warning")
    return report.as_dict()


def _once(task: Task, link_id: str, work: Work) -> Generator[None, None, None]:
    with task.ws.db.read() as session:
        link = session.get_one(CvatLink, link_id)
    task.tell(0, message="connecting to CVAT")
    client = yield from beside(lambda: cvat_links.connect(link))
    another = bool(task.job.parameters.get("new_project"))
    try:
        opened = yield from beside(
            lambda: cvat_links.opened(task.ws, link_id, client, another=another)
        )
        yield from work(opened)
    finally:
        client.close()
