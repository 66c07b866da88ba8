"""A project's link to a server: the connection, the CVAT project, its labels.

`push` and `pull` both begin with `opened`: what it gives is true of the server at that moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from db import cvat_ledger, lineage, projects
from db.lineage import Lineage
from db.tables import CvatLink, Project
from labeling.cvat import remote
from labeling.cvat.answers import RemoteJob, RemoteLabel, RemoteTask
from labeling.cvat.credentials import find_login
from labeling.cvat.labels import Known, LabelPlan, former_name, plan_labels
from labeling.cvat.mapping import NONE, Labels
from labeling.cvat.names import project_mark
from labeling.errors import CvatError, CvatGoneError
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from labeling.cvat.client import CvatClient


@dataclass(frozen=True)
class Opened:
    """A link that is ready to sync.

    Attributes:
        client: the connection.
        link: its row in the ledger.
        project: our project.
        remote_id: the CVAT project.
        labels: the label there of each class that is active or that items bear, by id, and of
            `mapping.NONE`.
        lineage: what became of classes that were merged or split here.
        tasks: every task of the CVAT project, by id.
        jobs: every job of the CVAT project.
    """

    client: CvatClient
    link: CvatLink
    project: Project
    remote_id: int
    labels: Mapping[str, RemoteLabel]
    lineage: Lineage
    tasks: Mapping[int, RemoteTask]
    jobs: tuple[RemoteJob, ...]

    @property
    def class_of(self) -> dict[int, str]:
        """Class id (or `mapping.NONE`) by label id; that of a merged class is the one it became."""
        former = {seen["id"]: self.now([class_id]) for class_id, seen in self.link.labels.items()}
        found = {number: next(iter(labels)) for number, labels in former.items()}
        return found | {label.id: class_id for class_id, label in self.labels.items()}

    def now(self, labels: Iterable[str]) -> Labels:
        """Labels of the ledger as they stand for since classes were merged."""
        return frozenset(self.lineage.settle(labels))

    def started(self, task_id: int | None) -> bool:
        """Whether somebody has begun to work on a task."""
        return any(job.state != "new" for job in self.jobs if job.task_id == task_id)

    def task_url(self, task_id: int | None) -> str:
        """Where a person finds a task."""
        return f"{self.link.server}/tasks/{task_id}"


def connect(link: CvatLink) -> CvatClient:
    """Log in at the server of a link. Imports cvat_sdk.

    Raises:
        CvatError: see `labeling.cvat.client.CvatClient`.
    """
    from labeling.cvat.client import CvatClient

    return CvatClient(link.server, find_login(link.server), organization=link.organization)


@dataclass(frozen=True)
class _Classes:
    """Our classes as far as labels there concern them.

    Attributes:
        names: of those that are to have a label, by id, and of `mapping.NONE`.
        resting: which of them are deactivated.
        former: the others: the name of each, and of the classes that it became (none: it is
            deactivated, and nothing bears it).
    """

    names: Mapping[str, str]
    resting: frozenset[str]
    former: Mapping[str, tuple[str, list[str]]]

    def former_names(self, there: Iterable[RemoteLabel]) -> dict[str, str]:
        """What the labels of classes that have none any more are called where they must give way"""
        taken = {label.name for label in there} | set(self.names.values())
        return {c: former_name(*told, taken) for c, told in self.former.items()}


def opened(ws: Workspace, link_id: str, client: CvatClient, *, another: bool = False) -> Opened:
    """Find or create the CVAT project of a link, and bring its labels up to date.

    Args:
        ws: the workspace.
        link_id: the link.
        client: a connection to its server.
        another: the CVAT project may be made though there is one of another link there.

    Raises:
        CvatGoneError: the CVAT project was deleted.
        CvatError: a label was renamed or deleted there: a person has to say what is meant.
    """
    with ws.db.read() as session:
        link = session.get_one(CvatLink, link_id)
        project = projects.by_id(session, link.project_id)
        became = lineage.of(project)
        classes = _classes(session, project, became)
        others = {row.id: row for row in cvat_ledger.links(session, project.id)}
    if link.remote_project_id is None and not another:
        _require_no_other(client, project.name, link, others)
    remote_id = _ensure_project(ws, client, link, project.name, list(classes.names.values()))
    labels = _ensure_labels(ws, client, link, remote_id, classes)
    tasks = {task.id: task for task in remote.tasks(client, remote_id)}
    jobs = tuple(remote.jobs(client, remote_id))
    return Opened(client, link, project, remote_id, labels, became, tasks, jobs)


def _classes(session: Session, project: Project, became: Lineage) -> _Classes:
    rows = projects.classes(session, project.id, inactive=True)
    rest = [row.id for row in rows if not row.active and row.id not in became.into]
    borne = cvat_ledger.borne(session, rest)
    names = {row.id: row.name for row in rows if row.active or row.id in borne}
    all_names = {row.id: row.name for row in rows}
    former = {
        row.id: (row.name, sorted(all_names[c] for c in became.now(row.id) - {row.id}))
        for row in rows
        if row.id not in names
    }
    return _Classes(names | {NONE: NONE}, frozenset(borne), former)


def _require_no_other(
    client: CvatClient, name: str, link: CvatLink, others: Mapping[str, CvatLink]
) -> None:
    """Refuse to send everything once more to a server that has another address by now."""
    ours = {project_mark(row.id): row for row in others.values() if row.server != link.server}
    for there in remote.projects_named(client, name):
        if there.mark in ours:
            raise CvatError(
                f"this is the CVAT server {ours[there.mark].server} by another address: "
                f"its project {there.id} holds what was pushed from here",
                "Use that address, or push with --new-project to send all of it once more.",
            )


def _ensure_project(
    ws: Workspace, client: CvatClient, link: CvatLink, name: str, labels: list[str]
) -> int:
    if link.remote_project_id is not None:
        try:
            return remote.project(client, link.remote_project_id).id
        except CvatGoneError as gone:
            raise CvatGoneError(
                f"the CVAT project {link.remote_project_id} is not at {link.server} (any more)",
                "Check the organisation; to begin another one there: push with --new-project",
            ) from gone
    mark = project_mark(link.id)
    found = remote.find_project(client, name, mark)
    made = found or remote.create_project(client, name, mark, labels)

    def work(session: Session) -> None:
        cvat_ledger.save_link(session, link.id, remote_project_id=made.id)

    ws.db.write(work)
    return made.id


def _ensure_labels(
    ws: Workspace,
    client: CvatClient,
    link: CvatLink,
    remote_id: int,
    classes: _Classes,
) -> dict[str, RemoteLabel]:
    """The label of each class; of those that are deactivated here, only where it is still there."""
    known = {class_id: Known(**seen) for class_id, seen in link.labels.items()}
    names, there = classes.names, remote.labels(client, remote_id)
    plan = plan_labels(names, known, there, classes.former_names(there))
    _stop_and_ask(plan, names, remote_id, classes.resting)
    if plan.rename:
        ws.db.write(partial(_intend, link, plan))
    for label, name in plan.rename:
        remote.rename_label(client, label.id, name)
    if plan.add:
        remote.add_labels(client, remote_id, list(plan.add.values()))
    if plan.rename or plan.add:
        plan = plan_labels(names, known, remote.labels(client, remote_id))
    seen = {c: {"id": label.id, "name": label.name} for c, label in plan.by_class.items()}

    def work(session: Session) -> None:
        cvat_ledger.save_link(session, link.id, labels=dict(link.labels) | seen)

    if seen != link.labels:
        ws.db.write(work)
    return plan.by_class


def _intend(link: CvatLink, plan: LabelPlan, session: Session) -> None:
    """Note what the labels of classes are about to be called."""
    names = {label.id: name for label, name in plan.rename}
    about = {
        class_id: {"id": label.id, "name": label.name, "intended": names[label.id]}
        for class_id, label in plan.by_class.items()
        if label.id in names
    }
    cvat_ledger.save_link(session, link.id, labels=dict(link.labels) | about)


def _stop_and_ask(
    plan: LabelPlan, names: Mapping[str, str], remote_id: int, resting: Collection[str]
) -> None:
    """A label that somebody changed there may mean a new name, or another class."""
    where = f"in CVAT project {remote_id}"
    renamed = [(class_id, now) for class_id, now in plan.renamed if class_id not in resting]
    removed = [class_id for class_id in plan.removed if class_id not in resting]
    if renamed:
        class_id, now = renamed[0]
        raise CvatError(
            f"the label {names[class_id]!r} was renamed to {now!r} {where}",
            "Rename it back there, or rename the class here: prelabel classes NAME rename",
        )
    if removed:
        raise CvatError(
            f"the label {names[removed[0]]!r} was deleted {where}, and its tags with it",
            "Add a label of this name there again, or deactivate the class here.",
        )
    if plan.taken:
        raise CvatError(
            f"a label {plan.taken[0]!r} is there already {where}, which is not that of this class",
            "Rename or delete that label there, or rename the class here.",
        )
    if plan.untaggable:
        raise CvatError(
            f"the label {names[plan.untaggable[0]]!r} {where} is not for tags",
            "Change its type to tag or any there.",
        )
