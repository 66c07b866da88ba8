"""Push: items of a project become tasks of a CVAT project, and their labels tags.

The ledger (`db.cvat_ledger`) knows before the server does what will be sent. Whatever ends a push,
the next one, or this one when its job is taken up again, looks at the ledger and at the server and
does what is missing: nothing is sent twice, and no edit of a person there is overwritten.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

from sqlalchemy.orm import Session

from db import cvat_ledger
from db.tables import CvatLink, ItemState
from labeling.cvat.names import server_address
from labeling.errors import InputError
from labeling.roles import Role
from labeling.workflows import accounts, cvat_batches, cvat_sync, cvat_tidy
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_ours import OurSide, Wish
from labeling.workflows.cvat_report import Report
from labeling.workflows.jobs import Steps, Task
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import VERIFIED, class_named, find
from labeling.workspace import Workspace

KIND = "cvat_push"
JOB_SIZE = 200
"""Pictures in one task, which has one job."""
MOST = 5_000


def enqueue(
    ws: Workspace,
    project_name: str,
    url: str,
    *,
    states: Sequence[str] = VERIFIED,
    class_names: Sequence[str] = (),
    below: float | None = None,
    limit: int | None = None,
    job_size: int = JOB_SIZE,
    assignee: str | None = None,
    organization: str | None = None,
    new_project: bool = False,
    user_id: str | None = None,
) -> str:
    """Put a push in line; the id of its job.

    Args:
        ws: the workspace.
        project_name: the project.
        url: address of the CVAT server.
        states: item states of which new items are sent.
        class_names: only what bears, or is proposed as, one of these classes; empty: whatever.
        below: only what the model proposes with a smaller score, or not at all.
        limit: at most so many new items, those with the smallest score first.
        job_size: pictures in one task, 1 to `MOST`.
        assignee: who gets the jobs of new tasks, by the name there.
        organization: short name of the organisation there, empty for the personal workspace; None:
            where it was pushed last.
        new_project: begin another CVAT project, whatever was pushed to this server before.
        user_id: who asks; None: the product itself.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: a value can't be used.
        NotFoundError: there is no such project or class.
    """
    if user_id is not None:
        accounts.require(ws, user_id, Role.LEAD, project_name)
    server = server_address(url)
    known = [state.value for state in ItemState]
    wrong = [state for state in states if state not in known]
    if wrong or not states:
        raise InputError(
            f"the state {''.join(wrong[:1])!r} is not known", f"Known: {', '.join(known)}."
        )
    if not 1 <= job_size <= MOST:
        raise InputError(f"a job size of {job_size} can't be used", f"Choose 1 to {MOST}.")
    if limit is not None and limit < 0:
        raise InputError(f"a limit of {limit} can't be used", "Choose 0 or more.")

    def work(session: Session) -> tuple[str, str, list[str]]:
        project = find(session, project_name)
        ids = [class_named(session, project, name).id for name in class_names]
        row = cvat_ledger.link(session, project.id, server, organization)
        if row is None or new_project:
            where = organization if organization is not None or row is None else row.organization
            fresh = CvatLink(project_id=project.id, server=server, organization=where or None)
            row = cvat_ledger.add_link(session, fresh)
        return project.id, row.id, ids

    project_id, link_id, class_ids = ws.db.write(work)
    wish = {"states": list(states), "class_ids": class_ids, "below": below, "limit": limit}
    parameters = {"link": link_id, "wish": wish, "job_size": job_size, "assignee": assignee}
    parameters["new_project"] = new_project
    return put_in_line(ws, KIND, project_id, parameters, user_id=user_id)


def steps(task: Task) -> Steps:
    """Send what is new or changed; the counts of DESIGN §7 and what a person should know."""
    report = Report()
    return (yield from cvat_sync.synced(task, report, partial(_send, task, report)))


def _send(task: Task, report: Report, opened: Opened) -> Generator[None, None, None]:
    """Bring everything to the server, from wherever the last attempt ended."""
    given = task.job.parameters
    yield from cvat_tidy.tidy(task.ws, opened, report)
    with task.ws.db.read() as session:
        side = OurSide(session, opened.project)
        new = side.wanted(Wish(**given["wish"]), opened.link.id)
        known = cvat_ledger.sent_items(session, opened.link.id)
    if not new and not known:
        states = " or ".join(given["wish"]["states"])
        report.say(f"there is nothing to send: no picture is {states} and fits what was chosen")
    sender = cvat_batches.Sender(task, opened, report, len(new))
    yield from sender.sync_known()
    yield from sender.send_new(new, given["job_size"], given["assignee"])
