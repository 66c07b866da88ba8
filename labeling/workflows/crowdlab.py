"""Consensus of people and the head together, found by a job, and whether it is the better one here.

CROWDLAB weighs people's answers with a head that never learned from the picture. A project says
which consensus it goes by: people alone (``consensus``), or both; left to itself ("auto") it takes
the one that was right, and honest about it, more often where a reviewer has settled differing
answers since. Either is a proposal to the reviewer, never the label by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import decisions, figures, jobs, lineage, projects, second_looks
from db.derive import in_force
from db.tables import DecisionKind, ItemState, LookKind, Project, Purpose
from labeling import review_settings
from labeling.quality.answer_table import (
    AnswerTable,
    Given,
    Labels,
    answered_by_several,
    recoded,
    tabulate,
)
from labeling.quality.brier_check import Check, compared
from labeling.quality.consensus import CROWDLAB, crowdlab, crowdlab_of_sets
from labeling.quality.kappa import MISSING
from labeling.roles import Role
from labeling.workflows import accounts, agreement, consensus, encoded, suspects, training
from labeling.workflows.jobs import Steps, Task, beside, enqueue_once
from labeling.workflows.projects import find, shown_run
from labeling.workflows.training import Lesson, as_labels, marks, places
from labeling.workspace import Workspace

KIND = "crowdlab"
AUTO, PEOPLE, BOTH = "auto", "people", "crowdlab"


@dataclass(frozen=True)
class _Answered:
    """Items that two people and more answered: the answers, how many decisions each has, the truth.

    ``truth`` is what a reviewer has settled, of items whose answers differ.
    """

    given: list[Given]
    seqs: Mapping[str, int]
    truth: Mapping[str, Labels]


def ask(ws: Workspace, user_id: str, project_name: str) -> None:
    """Put the weighing in line for a reviewer, unless it waits already.

    Raises:
        ForbiddenError: the person is no reviewer here.
        InputError: the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    accounts.require(ws, user_id, Role.REVIEWER, project_name)
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
    enqueue_once(ws, KIND, project.id)


def after_learning(ws: Workspace, project: Project) -> None:
    """Put the weighing in line where answers differ, and the project may go by it."""
    chosen = review_settings.read(project.review).consensus
    if chosen == PEOPLE:
        return
    with ws.db.read() as session:
        differ = second_looks.open_items(session, project.id, LookKind.DISPUTED)
    if differ:
        enqueue_once(ws, KIND, project.id)


def steps(task: Task) -> Steps:
    """Weigh all differing answers, and compare with people alone where a reviewer has settled.

    Returns items (by id: labels, confidence, answers, seq), n (items that were weighed), check
    (``quality.brier_check.Check`` as a dict, or None) and method.
    """
    ws = task.ws
    lesson = training.read(ws, task.job.project_id or "")
    yield
    answered = _answered(ws, lesson.project)
    known = consensus.annotators(ws, lesson.project.name)
    kind = suspects.head_kind(ws, lesson)
    yield
    return (yield from beside(lambda: _weighed(ws, lesson, kind, answered, known)))


def of_items(
    ws: Workspace, project_name: str, item_ids: Iterable[str], known: consensus.Annotators
) -> dict[str, dict[str, Any]]:
    """The consensus by the way that the project goes by; as ``consensus.of_items`` tells it.

    Items that somebody decided since the last weighing are told by people alone.

    Raises:
        NotFoundError: there is no such project.
    """
    found = consensus.of_items(ws, project_name, item_ids, known)
    with ws.db.read() as session:
        project = find(session, project_name)
        stored = _newest(session, project)
        if not found or stored is None or not uses_both(project, stored):
            return found
        names = projects.class_names(session, project.id)
        newest = {item: log[-1].seq for item, log in decisions.logs(session, found).items()}
    weighed = {
        item: own
        for item, own in stored["items"].items()
        if item in found and own["seq"] == newest[item]
    }
    return found | {
        item: found[item]
        | {
            "labels": sorted(names.get(label, "") for label in own["labels"]),
            "confidence": own["confidence"],
            "method": stored["method"],
            "people_n": stored["n"],
        }
        for item, own in weighed.items()
    }


def told(ws: Workspace, project_name: str) -> dict[str, Any] | None:
    """What the last weighing found, without its items; None before the first.

    ``used`` tells whether the project goes by it, ``differing`` how many items were weighed.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        stored = _newest(session, project)
        if stored is None:
            return None
        rest = {key: value for key, value in stored.items() if key != "items"}
        return rest | {"differing": len(stored["items"]), "used": uses_both(project, stored)}


def uses_both(project: Project, stored: Mapping[str, Any]) -> bool:
    """Whether a project goes by people and head together."""
    chosen = review_settings.read(project.review).consensus
    return chosen == BOTH or (chosen == AUTO and bool((stored["check"] or {}).get("better")))


def _newest(session: Session, project: Project) -> dict[str, Any] | None:
    done = jobs.newest_done(session, project.id, KIND)
    return done.result if done else None


def _answered(ws: Workspace, project: Project) -> _Answered:
    with ws.db.read() as session:
        several = answered_by_several(agreement.independent(session, project)).items
        chosen = figures.second_answers(session, project.id, Purpose.RELABEL)
        disputed = second_looks.open_items(session, project.id, LookKind.DISPUTED)
        reviewed = decisions.decided_items(session, project.id, (ItemState.REVIEWED,))
        became = lineage.of(project)
        given: list[Given] = []
        seqs: dict[str, int] = {}
        truth: dict[str, Labels] = {}
        asked = {*several, *(one.first.item_id for one in chosen), *disputed, *reviewed}
        for item, log in decisions.logs(session, asked).items():
            own = consensus.answers_of(log, became)
            if len(own) < 2:
                continue
            given += [Given(item, person, labels) for person, labels in own.items()]
            seqs[item] = log[-1].seq
            current = in_force(log, became)
            if len(set(own.values())) > 1 and current and current.kind == DecisionKind.REVIEW:
                truth[item] = frozenset(became.settle(current.labels))
    return _Answered(given, seqs, truth)


def _weighed(
    ws: Workspace, lesson: Lesson, kind: str, answered: _Answered, known: consensus.Annotators
) -> dict[str, Any]:

    head = lesson.kinds()[kind]
    class_ids = lesson.zero_shot.class_ids
    sayable = _sayable(head, class_ids, {one.labels for one in answered.given})
    unknown = {one.item for one in answered.given if one.labels not in sayable}
    shares = _shares(ws, lesson, head, [item for item in answered.seqs if item not in unknown])
    given = [one for one in answered.given if one.item in shares]
    empty = {"items": {}, "n": len(shares), "check": None, "method": CROWDLAB}
    table = tabulate(given)
    differ = _differing(table.answers) if given else np.zeros(0, dtype=bool)
    if differ.all():  # nobody ever agreed with anybody: nothing tells what their word is worth
        return empty
    said = np.stack([shares[item] for item in table.items])
    both = dict(zip(table.items, _together(head, class_ids, table, said), strict=True))
    answers = (table.answers != MISSING).sum(axis=1)
    items = {
        item: {
            "labels": sorted(both[item][0]),
            "confidence": both[item][1],
            "answers": int(answers[row]),
            "seq": answered.seqs[item],
        }
        for row, item in enumerate(table.items)
        if differ[row] and item not in answered.truth
    }
    return empty | {"items": items, "check": _check(given, known, both, answered.truth)}


def _sayable(head: Any, class_ids: Sequence[str], given: Set[Labels]) -> Set[Labels]:
    """Those of the given answers that a head may give."""
    if head.multilabel:
        return {labels for labels in given if labels <= set(class_ids)}
    return given & {as_labels(one, class_ids) for one in head.classes_}


def _together(
    head: Any, class_ids: Sequence[str], table: AnswerTable, shares: NDArray[np.float64]
) -> list[tuple[Labels, float]]:
    """The answer of people and head to each item of the table, and its probability.

    Args:
        head: of the kind that ``shares`` [n, k] come from.
        class_ids: of its classes.
        table: answers to n items, all of which the head may give.
        shares: what heads that never saw the picture say.
    """
    if head.multilabel:
        of_sets = crowdlab_of_sets(table.answers, marks(table.outcomes, class_ids), shares)
        return [
            (as_labels(holds.astype(np.int64), class_ids), float(confidence))
            for holds, confidence in zip(of_sets.holds, of_sets.confidence, strict=True)
        ]
    code = places(table.outcomes, head.classes_, class_ids)
    found = crowdlab(recoded(table.answers, code), shares)
    return [
        (as_labels(head.classes_[place], class_ids), float(confidence))
        for place, confidence in zip(found.outcome, found.confidence, strict=True)
    ]


def _check(
    given: Sequence[Given],
    known: consensus.Annotators,
    both: Mapping[str, tuple[Labels, float]],
    truth: Mapping[str, Labels],
) -> dict[str, Any] | None:
    """Both ways on the items that a reviewer has settled; None of none."""
    settled = sorted(truth.keys() & both.keys())
    if not settled:
        return None
    of_people = consensus.weighed([one for one in given if one.item in truth], known)
    check: Check = compared(
        [(of_people[item][0] == truth[item], of_people[item][1]) for item in settled],
        [(both[item][0] == truth[item], both[item][1]) for item in settled],
    )
    return check.as_dict()


def _shares(
    ws: Workspace, lesson: Lesson, head: Any, items: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """What heads that never saw the picture say of each item that has a vector [k], by id."""
    from labeling.heads.held_out import held_out_shares

    row_of = {item: row for row, item in enumerate(lesson.taught.items)}
    taught = np.zeros(len(row_of), dtype=bool)
    taught[[row_of[item] for item in items if item in row_of]] = True
    X, y = lesson.taught.X, lesson.taught.y
    shares: dict[str, NDArray[np.float64]] = {}
    if taught.any():
        held_out = held_out_shares(head, X, y, taught)
        names = [lesson.taught.items[row] for row in np.flatnonzero(taught)]
        shares |= dict(zip(names, held_out, strict=True))
    with ws.db.read() as session:
        rows = encoded.rows(session, lesson.project.id, lesson.models)
    others = [item for item in items if item not in row_of and item in rows]
    if others:
        found = encoded.read(ws, lesson.models, [rows[item] for item in others])
        fitted = head.fit(X, y) if len(X) else head
        shares |= dict(zip(others, fitted.predict_proba(found), strict=True))
    return shares


def _differing(answers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which items were answered differently: bool [n]."""
    highest = answers.max(axis=1, keepdims=True)
    return np.asarray(((answers != MISSING) & (answers != highest)).any(axis=1))


def summary(result: Mapping[str, Any]) -> str:
    """What was weighed, and which way is the better one, in one sentence."""
    check = result["check"]
    n = len(result["items"]) if "items" in result else result["differing"]
    pictures = "picture" if n == 1 else "pictures"
    weighed = f"{n:,} {pictures} with differing answers weighed by people and head"
    if check is None:
        return (
            f"{weighed}; no reviewer has settled such a picture yet, so nothing tells if it helps"
        )
    return (
        f"{weighed}; of {check['n']:,} that reviewers settled, people alone were right in "
        f"{check['one_right']:.0%} (Brier {check['one_brier']:.3f}), with the head in "
        f"{check['other_right']:.0%} (Brier {check['other_brier']:.3f})"
    )
