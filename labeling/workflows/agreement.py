"""How far people agree when none sees another's answer, and how reliable each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import figures, projects, users
from db.tables import DecisionKind, Project
from labeling.quality import one_coin
from labeling.quality.answer_table import (
    AnswerTable,
    Given,
    answered_by_several,
    by_pair,
    tabulate,
)
from labeling.quality.kappa import MISSING, Agreement, fleiss, krippendorff
from labeling.workflows.projects import find
from labeling.workspace import Workspace

WHICH = (
    "Only independent looks count: the first answer to an item that was drawn for further looks "
    "(with its proposal shown, or blind where it was an audit), and the answers of others who saw "
    "neither that answer nor the proposal. Late answers, corrections, reviewers' looks at what two "
    "agreed on and audits of an acceptance are left out: they were not drawn from all items. In "
    "multi-label projects a set of labels is one answer."
)


def of_project(ws: Workspace, project_name: str) -> dict[str, Any]:
    """Agreement beyond chance, and each person's reliability.

    Returns:
        which: what counts; items that several people answered, and their answers; krippendorff and
        fleiss; pairs: people, n and cohen of any two; reliability: person and consensus (by the
        others' answers). A coefficient has estimate, low, high, n and method, None where it is not
        defined.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        table = independent(session, project)
        outcomes = possible(session, project, table)
        names = users.names(session)
    several = answered_by_several(table)
    return {
        "which": WHICH,
        "items": len(several.items),
        "answers": int((several.answers != MISSING).sum()),
        "krippendorff": _told(krippendorff(several.answers)),
        "fleiss": _told(fleiss(several.answers)),
        "pairs": [
            {
                "people": [names.get(user, user) for user in pair.people],
                "n": pair.n,
                "cohen": _told(pair.kappa),
            }
            for pair in by_pair(several)
        ],
        "reliability": _reliability(several, outcomes, names),
    }


def independent(session: Session, project: Project) -> AnswerTable:
    """Every independent answer to the items of a project that were drawn for further looks."""
    given = []
    for answers in figures.second_answers(session, project.id):
        for one in (answers.first, answers.second):
            if one.kind != DecisionKind.FLAG:
                given.append(Given(one.item_id, one.user_id, frozenset(one.labels)))
    return tabulate(given)


def possible(session: Session, project: Project, table: AnswerTable) -> int:
    """How many answers a picture may have: classes and none, or one set more than were seen."""
    classes = len(projects.classes(session, project.id)) if project.mode == "single" else 0
    return max(classes, len(table.outcomes)) + 1


def _reliability(
    table: AnswerTable, outcomes: int, names: dict[str, str]
) -> Sequence[dict[str, Any]]:
    if not table.items:
        return []
    model = one_coin.fit(table.answers, outcomes)
    found = one_coin.reliability(model, table.answers)
    rows = [
        {"person": names.get(user, user), "consensus": share}
        for user, share in zip(table.people, found, strict=True)
        if share is not None
    ]
    return sorted(rows, key=lambda row: row["person"])


def _told(found: Agreement | None) -> dict[str, Any] | None:
    return found.as_dict() if found else None
