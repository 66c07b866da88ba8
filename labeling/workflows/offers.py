"""How an offered or decided picture is described to a person, and what of it is hidden.

Of a blind item nothing is told that depends on a proposal or on somebody else's answer: not the
proposals, not the state, no comments, no reason but that it is blind. A probe is described as if
it were an ordinary item, with the wrong class on top; gold as a second opinion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import comments, decisions, images, projects, proposals
from db.engine import lookups
from db.own_decisions import AFTER_LOOKING, FURTHER
from db.queue import HANDED
from db.tables import (
    BLIND,
    Decision,
    DecisionKind,
    Item,
    ItemState,
    Project,
    Proposal,
    Purpose,
    QueueEntry,
    Standing,
)
from labeling.workflows import split_offers
from labeling.workflows.draws import blind_reason, wrong_top
from labeling.workflows.grid_question import chosen_count

NOTHING: dict[str, Any] = {
    "run": None,
    "proposals": [],
    "proposal": None,
    "none_score": 0.0,
    "none_proposed": False,
}
"""What is told of a proposal that is hidden, or that there is none of."""


def described(
    session: Session, project: Project, entries: Sequence[QueueEntry]
) -> list[dict[str, Any]]:
    """The entries of a queue as JSON, in their order."""
    names = {c.id: c.name for c in projects.classes(session, project.id)}
    ids = [entry.item_id for entry in entries]
    proposed = of_items(session, project, ids)
    said = comments.count(session, ids)
    shown = pictures(session, ids)
    first = [entry.item_id for entry in entries if not entry.slot]
    reopened = split_offers.of_items(session, project, first)
    offers = []
    for entry in entries:
        item, picture_told = shown[entry.item_id]
        purpose = Purpose(entry.purpose)
        offer = told(session, item, purpose, proposed.get(item.id), names)
        parts = None if entry.slot else reopened.get(item.id)
        offers.append(
            picture_told
            | offer
            | _said(session, entry, said.get(item.id, 0))
            | (split_offers.told(parts, offer, names) if parts else {})
            | {"state": _state(entry, item, project), "purpose": shown_purpose(purpose)}
        )
    return offers


def of_items(session: Session, project: Project, items: Sequence[str]) -> dict[str, Proposal]:
    """What the project's shown run proposes for items, by item id."""
    return proposals.of_items(session, project.run_id, items) if project.run_id else {}


def picture(session: Session, item: Item) -> dict[str, Any]:
    """Which picture an item is: item, sha, width, height, source."""
    return pictures(session, [item.id])[item.id][1]


def pictures(session: Session, item_ids: Iterable[str]) -> dict[str, tuple[Item, dict[str, Any]]]:
    """Items with which picture each is (item, sha, width, height, source), by id."""
    ids = list(item_ids)
    sources: dict[str, list[str]] = {}
    for part in lookups(ids):
        sources.update(images.sources_of(session, part))
    return {
        item.id: (
            item,
            {
                "item": item.id,
                "sha": item.sha256,
                "width": width,
                "height": height,
                "source": sources.get(item.id, [""])[0],
            },
        )
        for item, width, height in images.with_sizes(session, ids).values()
    }


def told(
    session: Session,
    item: Item,
    purpose: str,
    proposal: Proposal | None,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """What a person is told of an item's proposal, of the classes that ``names`` has.

    ``run`` is whose proposal it is: the client names it with the decision, since another run may be
    shown by then.
    """
    if purpose in BLIND:
        return NOTHING | {"blind": True}
    if proposal is None:
        return NOTHING | {"blind": False}
    top, best, chosen = proposal.top, proposal.class_id, chosen_count(proposal)
    if purpose == Purpose.PROBE:
        labels = decisions.labels_of(session, item.id)
        top = wrong_top(proposal, labels) or top
        best, chosen = top[0][0], 1
    return {
        "run": proposal.run_id,
        "proposals": best_classes(top, chosen, names),
        "proposal": names.get(best or ""),
        "none_score": proposal.none_score,
        "none_proposed": best is None,
        "blind": False,
    }


def best_classes(
    top: Sequence[Sequence[Any]], chosen: int, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The best classes as JSON: label, class, score, and whether they are proposed as labels.

    Args:
        top: class ids with their scores, best first.
        chosen: how many of them are proposed.
        names: the classes that are told, by id.
    """
    return [
        {"label": names[c], "class": c, "score": s, "chosen": place < chosen}
        for place, (c, s) in enumerate(top)
        if c in names
    ]


def shown_purpose(purpose: str) -> str:
    """The purpose as a person sees it: a probe looks like other work, gold like an overlap."""
    looks_like = {
        Purpose.PROBE: Purpose.WORK,
        Purpose.GOLD: Purpose.OVERLAP,
        Purpose.RELABEL: Purpose.OVERLAP,
    }
    return looks_like.get(Purpose(purpose), purpose)


def shown_standing(decision: Decision) -> str:
    """What a decision counts for as its person sees it: the same as of what it looks like."""
    if decision.standing != Standing.PROBE:
        return decision.standing
    is_gold = decision.purpose == Purpose.GOLD
    return Standing.SECOND_OPINION if is_gold else Standing.IN_FORCE


def shown_state(newest: Decision, item: Item) -> str:
    """An item's state for a person by their newest decision on it.

    A further look tells nothing of other answers.
    """
    if newest.purpose not in FURTHER:
        return item.state
    return AFTER_LOOKING.get(DecisionKind(newest.kind), ItemState.VERIFIED)


def _said(session: Session, entry: QueueEntry, count: int) -> dict[str, Any]:
    """The reason for an item's place, and the comments on it, unless they could tell an answer."""
    if entry.slot or entry.purpose in BLIND:
        reason = blind_reason(entry.purpose) or entry.reason
        return {"reason": reason, "note": None, "comments": 0}
    note = comments.last(session, entry.item_id) if entry.policy == HANDED else None
    return {"reason": entry.reason, "note": note, "comments": count}


def _state(entry: QueueEntry, item: Item, project: Project) -> str:
    """The item's state; of further slots that of an item that nobody has decided."""
    return undecided(project) if entry.slot else item.state


def undecided(project: Project) -> ItemState:
    """The state of an item that nobody has decided."""
    return ItemState.PROPOSED if project.run_id else ItemState.UNLABELED
