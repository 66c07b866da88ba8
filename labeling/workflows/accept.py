"""Accepting proposals without looking, at an error that a blind audit bounds; and taking it back.

In this order, and no other: a wish is planned (``acceptance_plan``); run and items are frozen and
the audit drawn (``acceptance_frame``); people decide it blind, in the queue; the tests tell what it
allows (``acceptance_bound``); a lead accepts, which is one act in the log (``acceptance_log``);
some of what was accepted goes on to people (``acceptance_stream``).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from db import acceptance_candidates, acceptances, duplicates, projects, queue, slots
from db.acceptances import ACCEPTED, AUDITING, PLANNED, REFUSED, RUNNING, WITHDRAWN
from db.tables import Acceptance, Project
from labeling.errors import InputError, NotFoundError
from labeling.quality.wish import Scope
from labeling.roles import Role
from labeling.workflows import acceptance_bound, acceptance_job, accounts, figures
from labeling.workflows.acceptance_bound import Audit, Outcome
from labeling.workflows.acceptance_classes import of_audit
from labeling.workflows.acceptance_plan import (
    audit_size,
    deciding,
    eligible_of,
    frozen_run,
    needs_two,
    require,
    wish_of,
)
from labeling.workflows.draws import SEED_BITS
from labeling.workflows.jobs import enqueue_once
from labeling.workflows.projects import find
from labeling.workspace import Workspace

STREAM_SHARE = 0.02
"""The usual share of what is accepted that goes on to people."""
CLOSED = "audit closed"


def begin(
    ws: Workspace,
    user_id: str,
    project_name: str,
    *,
    alpha: float,
    delta: float = 0.05,
    scope: str = Scope.ACCEPTED,
    per_class: bool = False,
    batches: Collection[str] | None = None,
    audit: int | None = None,
    looks: int = 1,
    twice: bool | None = None,
    stream_share: float = STREAM_SHARE,
) -> dict[str, str]:
    """Begin an acceptance: its frame will be frozen and its audit drawn by a job.

    Args:
        ws: the workspace.
        user_id: the lead.
        project_name: the project.
        alpha: as in ``acceptance_plan.plan``, like ``delta``, ``scope``, ``per_class`` and
            ``batches``.
        delta: the risk.
        scope: what ``alpha`` is a share of.
        per_class: whether it has to hold in each class.
        batches: imports that are covered; None: all that there are now.
        audit: how many items are drawn (in each class, where it is per class); None: as planned.
        looks: at how many sizes of the audit it is asked what may be accepted, 1 to 5.
        twice: two people decide each drawn item; None: where people err more than ``alpha``.
        stream_share: share of what is accepted that goes on to people, 0 to 1.

    Returns:
        acceptance and job (ids).

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: a value can't be used, an acceptance is on its way already, or nothing waits.
        NotFoundError: there is no such project or import.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    wish = wish_of(alpha, delta, scope, per_class, looks)
    if not 0 <= stream_share <= 1:
        raise InputError(f"the share {stream_share} can't go on to people", "Give 0 to 1.")
    with ws.db.read() as session:
        project = find(session, project_name)
        run = frozen_run(session, project)
        require(session, project, wish, batches)
        found = acceptance_candidates.candidates(session, project.id, run.id, batches, ws.clock())
        eligible = eligible_of(project, found)
        size = audit_size(wish, eligible) if audit is None else audit
        two = needs_two(figures.of_labels(session, project), alpha) if twice is None else twice
        people = deciding(session, project)
    _require_work(project, len(eligible.items), size, two, people)
    planned: dict[str, Any] = {"batches": None if batches is None else sorted(batches)}
    planned |= {"per_stratum": size, "looks_planned": looks, "twice": two}
    planned |= {"by": user_id, "revision": run.revision}
    row = Acceptance(
        project_id=project.id, recipe_id=run.recipe_id, run_id=run.id, user_id=user_id,
        scope=wish.scope, per_class=per_class, alpha=alpha, delta=delta, state=PLANNED,
        seed=secrets.randbits(SEED_BITS), stream_share=stream_share, figures=planned,
        created_at=ws.clock(),
    )  # fmt: skip

    def work(session: Session) -> dict[str, str]:
        projects.lock(session, project.id)
        if acceptances.running(session, project.id):
            raise InputError(
                f"an acceptance of {project_name!r} is on its way already",
                "Finish its audit and accept, or close it first.",
            )
        acceptance = acceptances.add(session, row)
        return {
            "acceptance": acceptance.id,
            "job": acceptance_job.enqueue(session, acceptance, user_id),
        }

    return ws.db.write(work)


def accept(
    ws: Workspace, user_id: str, project_name: str, acceptance_id: str, *, close: bool = False
) -> str:
    """Accept what the audit allows; the id of the job that writes it into the log.

    Args:
        ws: the workspace.
        user_id: the lead.
        project_name: the project.
        acceptance_id: an acceptance whose audit is drawn.
        close: end the audit: what is undecided in it counts as wrong. Otherwise the last planned
            look counts of which everything is decided.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: no look is complete, nothing may be accepted, or the classes have changed.
        NotFoundError: there is no such acceptance.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    with ws.db.read() as session:
        project, acceptance = _found(session, project_name, acceptance_id)
        audit = _audit(session, project, acceptance)
        allowed = acceptance_bound.outcome(session, project, audit, _look(audit, close=close))
        classes = of_audit(session, project, audit, allowed.look, set(allowed.items))
    if not allowed.items:
        raise InputError(
            "this audit allows nothing to be accepted at the error that was wished",
            "Close it and begin another with a larger audit or a larger error; what people decided "
            "in it stays verified.",
        )

    def work(session: Session) -> str:
        project, acceptance = _found(session, project_name, acceptance_id, lock=True)
        now = _audit(session, project, acceptance)
        if now.verdicts != audit.verdicts:
            raise InputError("somebody has decided an audit picture just now", "Try again.")
        _store(session, acceptance, audit, allowed, {"by": user_id, "by_class": classes})
        _release(session, acceptance)
        return acceptance_job.enqueue(session, acceptance, user_id)

    return ws.db.write(work)


def refuse(ws: Workspace, user_id: str, project_name: str, acceptance_id: str) -> None:
    """Close an acceptance on its way without accepting anything; its audit becomes usual work.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: it is not on its way.
        NotFoundError: there is no such acceptance.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)

    def work(session: Session) -> str:
        project, acceptance = _found(session, project_name, acceptance_id, lock=True)
        if acceptance.state not in RUNNING:
            raise InputError(f"this acceptance is {acceptance.state}, not on its way")
        close(session, ws, acceptance, CLOSED)
        return project.id

    enqueue_once(ws, "rank", ws.db.write(work))


def withdraw(
    ws: Workspace, user_id: str, project_name: str, acceptance_id: str, *, why: str = ""
) -> str:
    """Take back all that an acceptance has accepted; the id of the job that writes it.

    What people decided since stays as they decided it.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: it has accepted nothing, or is withdrawn already.
        NotFoundError: there is no such acceptance.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)

    def work(session: Session) -> str:
        _, acceptance = _found(session, project_name, acceptance_id, lock=True)
        if acceptance.state != ACCEPTED:
            raise InputError(
                f"this acceptance is {acceptance.state}: there is nothing to take back"
            )
        return take_back(session, ws, acceptance, user_id, why)

    return ws.db.write(work)


def close(session: Session, ws: Workspace, acceptance: Acceptance, why: str) -> None:
    """Mark a locked acceptance on its way as refused; its audit becomes usual work."""
    acceptance.state, acceptance.closed_at = REFUSED, ws.clock()
    acceptance.figures = acceptance.figures | {"why": why}
    session.flush()
    _release(session, acceptance)


def take_back(
    session: Session, ws: Workspace, acceptance: Acceptance, user_id: str, why: str
) -> str:
    """Mark a locked acceptance as withdrawn and put the job in line that writes it; its id."""
    acceptance.state, acceptance.withdrawn_at = WITHDRAWN, ws.clock()
    acceptance.figures = acceptance.figures | {"by": user_id, "why": why or None}
    session.flush()
    return acceptance_job.enqueue(session, acceptance, user_id)


def _require_work(project: Project, eligible: int, size: int, twice: bool, people: int) -> None:
    if not eligible:
        raise InputError(
            f"nothing waits in {project.name!r} that nobody has seen",
            "Import more pictures, or pre-label those that are there.",
        )
    if size < 1:
        raise InputError(
            f"{eligible} pictures are too few for this error at this risk",
            "Wish for a larger error, or let people decide them.",
        )
    if twice and people < 2:
        raise InputError(
            "two people are to decide each picture of the audit, and there is one",
            "Add somebody, or let one person decide it.",
        )


def _found(
    session: Session, project_name: str, acceptance_id: str, *, lock: bool = False
) -> tuple[Project, Acceptance]:
    project = find(session, project_name)
    if lock:
        projects.lock(session, project.id)
    acceptance = acceptances.get(session, acceptance_id, lock=lock)
    if acceptance is None or acceptance.project_id != project.id:
        raise NotFoundError(f"the project {project_name!r} has no acceptance {acceptance_id!r}")
    return project, acceptance


def _audit(session: Session, project: Project, acceptance: Acceptance) -> Audit:
    if acceptance.state != AUDITING:
        raise InputError(f"this acceptance is {acceptance.state}: its audit is not on its way")
    if acceptance.figures["revision"] != project.revision:
        raise InputError(
            "the classes have changed since the audit was drawn",
            "Close this acceptance, pre-label again and begin another.",
        )
    return acceptance_bound.read(session, project, acceptance)


def _look(audit: Audit, *, close: bool) -> int:
    if close:
        return len(audit.looks) - 1
    newest = audit.newest_look()
    if newest is None:
        raise InputError(
            "the audit is not decided yet",
            "Let people decide it first, or close it: then what is undecided counts as wrong.",
        )
    return newest


def _store(
    session: Session, acceptance: Acceptance, audit: Audit, allowed: Outcome, more: dict[str, Any]
) -> None:
    """Note what is accepted, on what grounds, and ``more``: by whom, and errors by class."""
    parts = [audit.part_as_dict(part) for part in allowed.found.parts]
    told = more | {"look": allowed.look, "parts": parts, "method": allowed.found.method}
    told |= {"most_wrong": allowed.most_wrong}
    acceptances.mark_accepted(session, acceptance.id, allowed.items, accepted=True)
    acceptance.figures = acceptance.figures | told
    acceptance.state, acceptance.upper_bound = ACCEPTED, allowed.bound
    acceptance.looks_done = allowed.look + 1
    session.flush()


def _release(session: Session, acceptance: Acceptance) -> None:
    """Let what is left undecided of the audit be ordinary work again, near-duplicates too."""
    freed = acceptances.release(session, acceptance.id)
    slots.show(session, acceptance.project_id, freed, CLOSED)
    queue.append(session, acceptance.project_id, duplicates.undecided_mates(session, freed), CLOSED)
