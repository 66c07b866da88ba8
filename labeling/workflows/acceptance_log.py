"""Writing an acceptance into the decision log, and taking it back: one act, part by part.

Each step looks at what is there: begun anew after a crash it goes on where the committed work ends,
and what people decided meanwhile is left as they decided it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from db import acceptance_answers, acceptances, decisions, duplicates, projects, queue, slots
from db.acceptances import ACCEPTED, WITHDRAWN
from db.ids import new_id
from db.tables import (
    OPEN,
    Acceptance,
    AcceptanceItem,
    Decision,
    DecisionKind,
    Item,
    ItemState,
    Project,
    Purpose,
    Standing,
)
from labeling.workflows import acceptance_bound
from labeling.workflows.draws import BLIND_REASONS
from labeling.workflows.jobs import Steps, Task, enqueue_once

Part = Callable[[str, str, datetime, Session], Sequence[AcceptanceItem]]
"""Writes the next part of an acceptance after an item, at a time, and tells what was in it."""
PART = 25
"""Items in one transaction: as many as leave the writer to others soon."""
SOURCE = "acceptance"
VIEW = "rule"
TAKEN_BACK = "was accepted without looking, taken back"
STREAM_EVERY = 8
"""Ranks of the queue in which one accepted item comes to people, as long as there are some."""


def accept_steps(task: Task, acceptance_id: str) -> Steps:
    """Accept what an acceptance has chosen; then let its stream begin."""
    ws = task.ws
    yield from _in_parts(task, acceptance_id, _accept_part, "accepting")
    streamed = ws.db.write(lambda session: _begin_stream(session, acceptance_id))
    yield
    with ws.db.read() as session:
        accepted, standing = acceptances.count(session, acceptance_id)
    return {"accepted": accepted, "standing": standing, "stream": streamed}


def withdraw_steps(task: Task, acceptance_id: str) -> Steps:
    """Take back every item that an acceptance has accepted; people's decisions stay."""
    taken = yield from _in_parts(task, acceptance_id, _withdraw_part, "taking back")
    assert task.job.project_id is not None
    enqueue_once(task.ws, "rank", task.job.project_id)
    return {"withdrawn": taken}


def _in_parts(
    task: Task, acceptance_id: str, write: Part, doing: str
) -> Generator[None, None, int]:
    """Write an act part by part, in the order of the items; how many items it went over."""
    ws, last, done = task.ws, "", 0
    with ws.db.read() as session:
        total = acceptances.count(session, acceptance_id)[0]
    while part := ws.db.write(partial(write, acceptance_id, last, ws.clock())):
        last, done = part[-1].item_id, done + len(part)
        task.tell(done, total, doing)
        yield
    return done


def _accept_part(
    acceptance_id: str, last: str, now: datetime, session: Session
) -> Sequence[AcceptanceItem]:
    acceptance, project = _held(session, acceptance_id)
    if acceptance.state != ACCEPTED:
        return ()
    part = acceptances.accepted_after(session, acceptance_id, last, PART)
    items = decisions.lock_items(session, project.id, [row.item_id for row in part])
    logs = decisions.logs(session, items)
    claims = acceptance_bound.claims(session, project, acceptance, items)
    doubtful = _contradicted(session, claims)
    left = []
    for row in part:
        item = items.get(row.item_id)
        if item is None:  # its picture was erased meanwhile
            continue
        if item.state in OPEN and item.id not in doubtful:
            labels = sorted(claims[item.id])
            one = _decision(acceptance, project, item, DecisionKind.AUTO_ACCEPT, labels, now)
            decisions.append(session, item, logs.get(item.id, []), one)
            queue.close(session, project.id, item.id)
        elif item.state != ItemState.AUTO_ACCEPTED:
            left.append(item.id)
    acceptances.mark_accepted(session, acceptance_id, left, accepted=False)
    return part


def _withdraw_part(
    acceptance_id: str, last: str, now: datetime, session: Session
) -> Sequence[AcceptanceItem]:
    acceptance, project = _held(session, acceptance_id)
    if acceptance.state != WITHDRAWN:
        return ()
    part = acceptances.accepted_after(session, acceptance_id, last, PART)
    items = decisions.lock_items(session, project.id, [row.item_id for row in part])
    logs = decisions.logs(session, items)
    given = acceptance_answers.standing(session, acceptance_id, items)
    for item_id, target in given.items():
        item = items[item_id]
        one = _decision(acceptance, project, item, DecisionKind.WITHDRAW, [], now)
        one.supersedes = target
        decisions.append(session, item, logs[item_id], one)
        slots.withdraw(session, project.id, item_id, Purpose.STREAM)
    again = [item.id for item in items.values() if item.state in OPEN]
    queue.wait_again(session, project.id, again, TAKEN_BACK)
    return part


def _held(session: Session, acceptance_id: str) -> tuple[Acceptance, Project]:
    """The acceptance and its project, held as a decision holds it: ranking waits."""
    acceptance = acceptances.get(session, acceptance_id)
    assert acceptance is not None
    name = projects.by_id(session, acceptance.project_id).name
    project = projects.find(session, name, hold=True)
    assert project is not None
    locked = acceptances.get(session, acceptance_id, lock=True)
    assert locked is not None
    return locked, project


def _contradicted(session: Session, claims: dict[str, set[str]]) -> set[str]:
    """Items with a near-duplicate to which people gave other labels than are proposed for them."""
    pairs = duplicates.verified_mates(session, claims)
    borne = decisions.labels_of_items(session, {mate for _, mate in pairs})
    return {item_id for item_id, mate in pairs if borne.get(mate, set()) != claims[item_id]}


def _decision(
    acceptance: Acceptance,
    project: Project,
    item: Item,
    kind: DecisionKind,
    labels: list[str],
    now: datetime,
) -> Decision:
    return Decision(
        id=new_id(),
        act_id=acceptance.id,
        project_id=project.id,
        item_id=item.id,
        user_id=acceptance.figures["by"],
        kind=kind,
        standing=Standing.IN_FORCE,
        purpose=Purpose.WORK,
        labels=labels,
        recipe_id=acceptance.recipe_id,
        class_set_revision=project.revision,
        guideline_revision=project.guideline_revision,
        view=VIEW,
        source=SOURCE,
        reason=acceptance.figures.get("why"),
        created_at=now,
    )


def _begin_stream(session: Session, acceptance_id: str) -> int:
    """Draw, once, which of the accepted items go on to people, and let them wait; how many."""
    acceptance, project = _held(session, acceptance_id)
    if acceptance.state != ACCEPTED or "stream" in acceptance.figures:
        return 0
    accepted = acceptances.accepted_ids(session, acceptance_id)
    size = math.ceil(acceptance.stream_share * len(accepted))
    drawn = random.Random(acceptance.seed).sample(accepted, size)
    slots.open_stream(session, project.id, drawn, STREAM_EVERY, BLIND_REASONS[Purpose.STREAM])
    acceptance.figures = acceptance.figures | {"stream": size}
    return size
