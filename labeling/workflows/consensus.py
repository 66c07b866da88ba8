"""What differing answers amount to: a proposal to the reviewer, never the label by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db import decisions, lineage, projects
from db.derive import ANSWERS, in_force, living
from db.lineage import Lineage
from db.tables import Decision, DecisionKind, Standing
from labeling.quality import one_coin
from labeling.quality.answer_table import Given, Labels, answered_by_several, tabulate
from labeling.workflows import agreement
from labeling.workflows.projects import find
from labeling.workspace import Workspace


@dataclass(frozen=True)
class Annotators:
    """What is known of the people of a project from items that several of them answered.

    ``accuracy`` is by user id; ``shares`` how usual each answer is; ``n`` the items it rests on;
    ``outcomes`` how many answers a picture may have.
    """

    accuracy: Mapping[str, float]
    usual: float
    shares: Mapping[Labels, float]
    outcomes: int
    n: int


def annotators(ws: Workspace, project_name: str) -> Annotators:
    """Learn how reliable people are; takes a moment where many items were answered twice.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        table = answered_by_several(agreement.independent(session, project))
        outcomes = agreement.possible(session, project, table)
    model = one_coin.fit(table.answers, outcomes)
    return Annotators(
        accuracy=dict(zip(table.people, model.accuracy.tolist(), strict=True)),
        usual=model.usual,
        shares=dict(zip(table.outcomes, model.shares.tolist(), strict=False)),
        outcomes=outcomes,
        n=len(table.items),
    )


def of_items(
    ws: Workspace, project_name: str, item_ids: Iterable[str], known: Annotators
) -> dict[str, dict[str, Any]]:
    """The consensus on those items whose answers differ and that no reviewer has settled, by id.

    Each person's newest living answer counts; answers of CVAT, rules and probes do not.

    Returns:
        labels (class names, none: none of these), confidence (0 to 1, the probability of that
        answer), answers (how many people), method and people_n (items that people's reliability
        rests on) of each item.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        became = lineage.of(project)
        names = projects.class_names(session, project.id)
        given = _differing(session, item_ids, became)
    if not given:
        return {}
    found = weighed(given, known)
    return {
        item: {
            "labels": sorted(names.get(label, "") for label in labels),
            "confidence": confidence,
            "answers": answers,
            "method": one_coin.METHOD,
            "people_n": known.n,
        }
        for item, (labels, confidence, answers) in found.items()
    }


def least_sure_first(
    rows: Sequence[dict[str, Any]], found: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of ``second_look.waiting``: with a consensus first, least sure first, then as is."""

    def place(row: dict[str, Any]) -> tuple[bool, float]:
        told = found.get(row["item"])
        return (told is None, told["confidence"] if told else 0.0)

    return sorted(rows, key=place)


def _differing(session: Session, item_ids: Iterable[str], became: Lineage) -> list[Given]:
    given: list[Given] = []
    for item, log in decisions.logs(session, item_ids).items():
        current = in_force(log, became)
        settled = current is not None and current.kind == DecisionKind.REVIEW
        own = {} if settled else answers_of(log, became)
        if len(set(own.values())) > 1:
            given += [Given(item, person, labels) for person, labels in own.items()]
    return given


def answers_of(log: Sequence[Decision], became: Lineage) -> dict[str, Labels]:
    """Each person's newest living answer in the log of an item, by user id."""
    counted = (Standing.IN_FORCE, Standing.SECOND_OPINION)
    return {
        one.user_id: frozenset(became.settle(one.labels))
        for one in living(log)
        if one.kind in ANSWERS and one.standing in counted and not became.is_open(one.labels)
    }


def weighed(given: Sequence[Given], known: Annotators) -> dict[str, tuple[Labels, float, int]]:
    """The most probable answer to each item, its probability, and how many people answered."""
    table = tabulate(given)
    unseen = min(known.shares.values(), default=1.0)
    shares = [known.shares.get(one, unseen) for one in table.outcomes]
    missing = max(known.outcomes - len(shares), 1)
    rest = max(1 - sum(shares), unseen)
    prior = np.array([*shares, *[rest / missing] * missing])
    accuracy = np.array([known.accuracy.get(user, known.usual) for user in table.people])
    model = one_coin.OneCoin(prior / prior.sum(), accuracy, known.usual)
    chances = model.posterior(table.answers)[:, : len(table.outcomes)]
    best = chances.argmax(axis=1)
    answered = (table.answers >= 0).sum(axis=1)
    return {
        item: (table.outcomes[place], float(chances[row, place]), int(answered[row]))
        for row, (item, place) in enumerate(zip(table.items, best, strict=True))
    }
