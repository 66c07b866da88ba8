"""What the next looks teach most: another answer to a decided item, or a first one to a new item.

A lead may act on the advice: the decided items among the next looks then come, blind, to somebody
else. They were chosen, not drawn, so agreement, reliability and the error of labels, which rest on
looks that were drawn at random, leave these answers out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import checks, decisions, figures, further_looks, jobs, proposals, slots
from db.tables import OPEN, DecisionKind, Purpose
from labeling.errors import InputError, NotFoundError
from labeling.quality import consensus
from labeling.quality.answer_table import AnswerTable, Given, recoded, tabulate
from labeling.roles import Role
from labeling.workflows import accounts, agreement, draws, encoded, suspects, training
from labeling.workflows.acceptance_plan import deciding
from labeling.workflows.jobs import Steps, Task, beside, is_waiting
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find, shown_run
from labeling.workflows.training import Lesson, as_labels, marks, places
from labeling.workspace import Workspace

KIND = "relabel"
POLICY = "activelab"
"""The policy of an entry of the queue that was opened on this advice."""
NEXT_LOOKS = 100
"""Looks that the advice is about."""
MOST_NEW = 2_000
"""New items that are scored: a random sample that stands for all."""
FEWEST = 20
"""Decided items below which nothing is advised: a head taught with fewer knows too little."""
METHOD = (
    "ActiveLab (Goh and Mueller, ICLR workshop 2023; cleanlab): decided items scored by people's "
    "answers and a head that never saw the picture, new items by the head; lowest scores first"
)


@dataclass(frozen=True)
class Advice:
    """Of the next ``looks``: how many at decided items (``relabel``) and how many at new ones.

    ``rows`` are the decided items among them, lowest score first.
    """

    looks: int
    relabel: int
    new: int
    rows: list[int]


def enqueue(ws: Workspace, project_name: str, user_id: str | None = None) -> str:
    """Put the search for advice in line; the id of its job.

    Raises:
        InputError: the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
    return put_in_line(ws, KIND, project.id, user_id=user_id)


def ask(ws: Workspace, user_id: str, project_name: str) -> None:
    """Put the search in line for a lead, unless one waits already.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError, NotFoundError: as in ``enqueue``.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    with ws.db.read() as session:
        project_id = find(session, project_name).id
    if not is_waiting(ws, KIND, project_id):
        enqueue(ws, project_name, user_id)


def steps(task: Task) -> Steps:
    """Score decided and new items against each other; blind audits are left out."""
    ws = task.ws
    lesson = training.read(ws, task.job.project_id or "")
    yield
    answers = _answers(ws, lesson)
    new, waiting = _new(ws, lesson)
    yield
    known = len(lesson.taught.items)
    told = {"decided": known, "new_items": waiting, "looks": NEXT_LOOKS, "method": METHOD}
    if known < FEWEST or not waiting:
        return told | {"relabel": None, "new": None}
    kind = suspects.head_kind(ws, lesson)
    labelled, unlabelled = yield from beside(lambda: scores(lesson, kind, answers, new))
    found = advise(labelled, unlabelled, waiting)
    items = [lesson.taught.items[row] for row in found.rows]
    told |= {"relabel": found.relabel, "new": found.new, "looks": found.looks}
    return told | {"items": items, "scores": [float(labelled[row]) for row in found.rows]}


def hand_out(ws: Workspace, user_id: str, project_name: str, job_id: str) -> int:
    """Let the decided items that an advice names come to somebody else, blind; how many.

    Those that are no longer verified, or that somebody is asked about already, are passed over;
    done again, it opens nothing new.

    Args:
        ws: the workspace.
        user_id: a lead.
        project_name: the project.
        job_id: a job of this kind that has ended with advice.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: one person alone may decide here.
        NotFoundError: there is no such project, or no such advice in it.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)

    def work(session: Session) -> int:
        project = find(session, project_name)
        job = jobs.get(session, job_id)
        if job is None or (job.project_id, job.kind) != (project.id, KIND) or not job.result:
            raise NotFoundError(
                f"the project {project_name!r} has no advice {job_id!r}",
                f"Ask for it first: prelabel relabel {project_name}",
            )
        if deciding(session, project) < 2:
            raise InputError(
                "nobody else could look: one person alone may decide in this project",
                "Add somebody on the page Team first.",
            )
        named = dict(zip(job.result.get("items", ()), job.result.get("scores", ()), strict=True))
        free = further_looks.not_awaited(session, project.id, list(named))
        for item in free:
            reason = draws.BLIND_REASONS[Purpose.RELABEL]
            said = {"policy": POLICY, "value": named[item], "reason": reason}
            slots.open_for(session, project.id, item, Purpose.RELABEL, 1, said)
        return len(free)

    return ws.db.write(work)


def scores(
    lesson: Lesson, kind: str, table: AnswerTable, new: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ActiveLab's scores of the taught items [n] and of new vectors [m]; lower: look sooner.

    Args:
        lesson: what heads may learn from; those that the head has no outcome for score 1.
        kind: of head.
        table: answers to the taught items, in their order.
        new: vectors float32 [m, d].
    """
    from labeling.heads.held_out import held_out_shares
    from labeling.quality.kappa import MISSING

    X, y = lesson.taught.X, lesson.taught.y
    head = lesson.kinds()[kind]
    shares = held_out_shares(head, X, y, np.ones(len(X), dtype=bool))
    fresh = head.fit(X, y).predict_proba(new)
    class_ids = lesson.zero_shot.class_ids
    coded = table.answers
    if not head.multilabel:
        coded = recoded(coded, places(table.outcomes, head.classes_, class_ids))
    known = (coded != MISSING).any(axis=1)
    labelled = np.ones(len(X))
    if head.multilabel:
        of_sets = marks(table.outcomes, class_ids)
        found = consensus.relabel_scores_of_sets(coded[known], of_sets, shares[known], fresh)
    else:
        found = consensus.relabel_scores(coded[known], shares[known], fresh)
    labelled[known], unlabelled = found
    return labelled, unlabelled


def advise(
    labelled: NDArray[np.floating],
    unlabelled: NDArray[np.floating],
    waiting: int,
    looks: int = NEXT_LOOKS,
) -> Advice:
    """Divide the next looks by score.

    Args:
        labelled: scores of the decided items [n].
        unlabelled: scores of a sample of the new items [m], m ≥ 1.
        waiting: how many new items there are; each of the sample stands for ``waiting`` / m.
        looks: how many the advice is about; fewer where there are no more.
    """
    each = np.full(len(unlabelled), waiting / len(unlabelled))
    weight = np.concatenate([np.ones(len(labelled)), each])
    order = np.argsort(np.concatenate([labelled, unlabelled]), kind="stable")
    taken = np.cumsum(weight[order])
    looks = int(min(looks, round(float(taken[-1]))))
    room = np.clip(looks - (taken - weight[order]), 0, weight[order])
    relabel = round(float(room[order < len(labelled)].sum()))
    decided = order[order < len(labelled)][:relabel]
    return Advice(looks, relabel, looks - relabel, decided.tolist())


def _answers(ws: Workspace, lesson: Lesson) -> AnswerTable:
    """Everybody's answers to the taught items, in their order."""
    from labeling.quality.kappa import MISSING

    with ws.db.read() as session:
        several = agreement.independent(session, lesson.project)
        chosen = figures.second_answers(session, lesson.project.id, Purpose.RELABEL)
        deciders = decisions.deciders(session, lesson.taught.items)
    class_ids = lesson.zero_shot.class_ids
    taught = dict(zip(lesson.taught.items, lesson.taught.y, strict=True))
    given = [
        Given(several.items[row], several.people[column], several.outcomes[said])
        for (row, column), said in np.ndenumerate(several.answers)
        if said != MISSING and several.items[row] in taught
    ]
    given += [
        Given(one.item_id, one.user_id, frozenset(one.labels))
        for one in (answers.second for answers in chosen)
        if one.item_id in taught and one.kind != DecisionKind.FLAG
    ]
    given += [
        Given(item, deciders[item], as_labels(y, class_ids))
        for item, y in taught.items()
        if item in deciders
    ]
    table = tabulate(given)
    row_of = {item: row for row, item in enumerate(table.items)}
    found = np.full((len(lesson.taught.items), len(table.people)), MISSING, dtype=np.int64)
    for row, item in enumerate(lesson.taught.items):
        if item in row_of:
            found[row] = table.answers[row_of[item]]
    return AnswerTable(found, lesson.taught.items, table.people, table.outcomes)


def _new(ws: Workspace, lesson: Lesson) -> tuple[NDArray[np.float32], int]:
    """Vectors of a random sample of the undecided items [m, d], and how many there are."""
    project_id = lesson.project.id
    with ws.db.read() as session:
        known = proposals.embedded_items(session, project_id, lesson.model.id)
        hidden = checks.waiting_audits(session, project_id)
        rows = encoded.rows(session, project_id, lesson.models)
    waiting = [rows[i] for i, _, state in known if state in OPEN and i not in hidden and i in rows]
    sample = np.sort(np.random.default_rng(0).permutation(len(waiting))[:MOST_NEW])
    return encoded.read(ws, lesson.models, [waiting[n] for n in sample]), len(waiting)


def summary(result: dict[str, Any]) -> str:
    """The advice in one sentence."""
    if result["relabel"] is None:
        return (
            f"nothing is advised: it takes {FEWEST} decided pictures to learn from "
            f"({result['decided']:,}) and some new ones ({result['new_items']:,})"
        )
    return (
        f"of the next {result['looks']:,} looks {result['relabel']:,} at decided pictures, by "
        f"somebody else, and {result['new']:,} at new ones teach most"
    )
