"""How far people agree when none sees another's answer, and how reliable each of them is."""

from __future__ import annotations

from collections.abc import Mapping
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
from labeling.workflows import gold
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
        fleiss; pairs: people, n and cohen of any two; reliability: person, consensus (by the
        others' answers) and gold (by items that a lead chose). A figure has estimate, low, high, n
        and method, None where there is none.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        table = independent(session, project)
        outcomes = possible(session, project, table)
        names = users.names(session)
        by_gold = gold.reliability(session, project)
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
        "reliability": _reliability(_by_consensus(several, outcomes), by_gold, names),
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
    return max(classes, len(table.outcomes), 1) + 1


def _by_consensus(table: AnswerTable, outcomes: int) -> dict[str, dict[str, Any]]:
    if not table.items:
        return {}
    model = one_coin.fit(table.answers, outcomes)
    found = one_coin.reliability(model, table.answers)
    return {user: share for user, share in zip(table.people, found, strict=True) if share}


def _reliability(
    by_consensus: Mapping[str, Any], by_gold: Mapping[str, Any], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    rows = [
        {
            "person": names.get(user, user),
            "consensus": by_consensus.get(user),
            "gold": by_gold.get(user),
        }
        for user in by_consensus.keys() | by_gold.keys()
    ]
    return sorted(rows, key=lambda row: row["person"])


def _told(found: Agreement | None) -> dict[str, Any] | None:
    return found.as_dict() if found else None
