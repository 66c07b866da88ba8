"""Freezing what an acceptance is about: its items and their proposals, then the draw of its audit.

The frame is what nobody has touched at the moment of the draw. The audit is a simple random sample
without replacement from it, or from each proposed class of it; seed, sizes and order are stored.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db import acceptance_candidates, acceptances, assignments, checks, projects, queue, slots
from db.acceptances import AUDITING, PLANNED, REFUSED
from db.engine import chunks
from db.tables import Acceptance, Purpose
from labeling.workflows import draws
from labeling.workflows.acceptance_plan import Eligible, eligible_of, framed, looks_at, wish_of
from labeling.workflows.jobs import Steps, Task, beside

PART = 2_000
NOTHING_LEFT = "no picture was left that nobody had seen"
REASON = draws.BLIND_REASONS[Purpose.AUDIT]


def steps(task: Task, acceptance_id: str) -> Steps:
    """Freeze the frame of a planned acceptance and draw its audit; begun anew after a crash."""
    ws = task.ws
    with ws.db.read() as session:
        acceptance = acceptances.get(session, acceptance_id)
        assert acceptance is not None
        project = projects.by_id(session, acceptance.project_id)
        found = acceptance_candidates.candidates(
            session, project.id, acceptance.run_id, acceptance.figures["batches"], ws.clock()
        )
    rows = yield from beside(lambda: _rows(acceptance, eligible_of(project, found)))
    ws.db.write(lambda session: acceptances.clear(session, acceptance_id))
    yield
    for done, part in enumerate(chunks(rows, PART), 1):
        ws.db.write(partial(_add, part))
        task.tell(min(done * PART, len(rows)), len(rows), "freezing the frame")
        yield
    drawn = ws.db.write(lambda session: draw(session, acceptance_id, ws.clock()))
    return {"frame": len(rows), "drawn": drawn}


def draw(session: Session, acceptance_id: str, now: datetime) -> int:
    """Draw the audit of a frozen frame and put it into the queue; how many items.

    What people have touched since the frame was read is taken out first, so that the frame is what
    the draw is from. An acceptance that is left without any item is refused.
    """
    acceptance = acceptances.get(session, acceptance_id, lock=True)
    if acceptance is None or acceptance.state != PLANNED:
        return 0
    projects.lock(session, acceptance.project_id)
    slots.hold(session, acceptance.project_id)
    acceptance.frame_size = acceptance_candidates.drop_unfit(session, acceptance, now)
    if not acceptance.frame_size:
        acceptance.state, acceptance.closed_at = REFUSED, now
        acceptance.figures = acceptance.figures | {"why": NOTHING_LEFT}
        return 0
    found = acceptances.by_class(session, acceptance_id)
    strata = [found[class_id] for class_id in sorted(found, key=lambda one: one or "")]
    if not acceptance.per_class:
        strata = [sorted(chain.from_iterable(strata))]
    planned = acceptance.figures
    drawn = sample(strata, planned["per_stratum"], acceptance.seed)
    _store(session, acceptance, strata, drawn, now)
    acceptance.audit_size, acceptance.state = sum(map(len, drawn)), AUDITING
    looks = looks_at(acceptance.audit_size, planned["looks_planned"])
    acceptance.figures = planned | {"looks": list(looks)}
    session.flush()
    _queue(session, acceptance.project_id, [item for part in drawn for item in part])
    return acceptance.audit_size


def sample(strata: Sequence[Sequence[str]], size: int, seed: int) -> list[list[str]]:
    """At most ``size`` of each stratum, without replacement, in the order of the draw."""
    chance = random.Random(seed)
    return [chance.sample(list(one), min(size, len(one))) for one in strata]


def _rows(acceptance: Acceptance, eligible: Eligible) -> list[dict[str, Any]]:
    """The items of the frame: those that the audit can hope to accept, as the scores tell."""
    looks = acceptance.figures["looks_planned"]
    wish = wish_of(
        acceptance.alpha, acceptance.delta, acceptance.scope, acceptance.per_class, looks
    )
    size = acceptance.figures["per_stratum"]
    return [
        {
            "acceptance_id": acceptance.id,
            "item_id": eligible.items[n],
            "class_id": eligible.class_id(n),
            "score": float(eligible.scores[n]),
        }
        for n in np.flatnonzero(framed(wish, eligible, size)).tolist()
    ]


def _add(rows: Sequence[Mapping[str, Any]], session: Session) -> None:
    acceptances.add_items(session, [dict(row) for row in rows])


def _store(
    session: Session,
    acceptance: Acceptance,
    strata: Sequence[Sequence[str]],
    drawn: Sequence[Sequence[str]],
    now: datetime,
) -> None:
    positions = {item: place for part in drawn for place, item in enumerate(part)}
    acceptances.mark_drawn(session, acceptance.id, positions)
    batch_of = acceptances.batches_of(session, positions)
    shared: dict[str, Any] = {"project_id": acceptance.project_id, "created_at": now}
    shared |= {"acceptance_id": acceptance.id, "seed": acceptance.seed}
    rows = [
        shared
        | {"item_id": item, "batch_id": batch_of[item], "probability": len(part) / len(stratum)}
        | {"frame_size": len(stratum), "draw_size": len(part)}
        for stratum, part in zip(strata, drawn, strict=True)
        for item in part
    ]
    checks.add_audits(session, rows)


def _queue(session: Session, project_id: str, drawn: Sequence[str]) -> None:
    queue.append(session, project_id, drawn, REASON)
    near = checks.near_waiting_audits(session, project_id)
    slots.hide(session, project_id, drawn, sorted(near), REASON)
    assignments.apply(session, project_id)
