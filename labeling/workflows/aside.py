"""Setting an item aside: skipped, handed to somebody, or flagged for a second look."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from db import queue, second_looks, users
from db.tables import OPEN, UNCOUNTED, Decision, DecisionKind, Item, LookKind, Purpose, User
from labeling.errors import InputError
from labeling.roles import Role, may, role_in_project
from labeling.workflows import draws, rechecks
from labeling.workflows import given as fields
from labeling.workflows.places import Place

if TYPE_CHECKING:
    from labeling.workflows.desk import Desk

_SKIPPED = "skipped earlier"


def skip(desk: Desk, given: Mapping[str, Any], item: Item, past: list[Decision]) -> None:
    """Store that a person passes an item on: to the end of the queue, or to ``to`` by name.

    Raises:
        InputError: ``to`` is nobody who could decide it.
    """
    place = desk.place_of(item, past)
    needed = Role.REVIEWER if place.purpose == Purpose.RECHECK else Role.ANNOTATOR
    to = _addressee(desk, given.get("to"), needed)
    probed = place.purpose == Purpose.PROBE  # of which a refusal would tell
    if to and place.slot and not probed and any(d.user_id == to.id for d in past):
        raise InputError(f"{to.name} has seen this picture already")
    decision = desk.decision(given, DecisionKind.SKIP, item, place.purpose, [])
    desk.store(item, past, decision)
    if place.purpose in UNCOUNTED:
        if place.slot:
            queue.close(desk.session, desk.project.id, item.id, place.slot)
    elif place.purpose == Purpose.RECHECK and to is None:
        _to_another_reviewer(desk, item, place.slot or 0, [*past, decision])
    elif place.slot or (item.state in OPEN and not desk.others_hold(item)):
        _pass_on(desk, item, place, to, decision.reason)


def flag(desk: Desk, given: Mapping[str, Any], item: Item, past: list[Decision]) -> None:
    """Store that a person doubts (or, with ``ask``, does not know): a reviewer looks next.

    Raises:
        InputError: ``to`` is nobody who takes second looks, or ``ask`` is neither true nor false.
    """
    ask = given.get("ask")
    if ask is not None and not isinstance(ask, bool):
        raise InputError("ask must be true or false")
    to = _addressee(desk, given.get("to"), Role.REVIEWER)
    place = desk.place_of(item, past)
    decision = desk.decision(given, DecisionKind.FLAG, item, place.purpose, [])
    desk.store(item, past, decision)
    if place.slot is not None:
        queue.close(desk.session, desk.project.id, item.id, place.slot)
    if place.purpose not in UNCOUNTED:
        second_looks.open(
            desk.session,
            desk.project.id,
            item.id,
            LookKind.ASK if ask else LookKind.FLAG,
            decision.reason or "",
            desk.user_id,
            to.id if to else None,
        )


def skipped(reason: str | None) -> str:
    """Why an item that somebody skipped comes again: "skipped earlier: blurred"."""
    return f"{_SKIPPED}: {reason}" if reason else _SKIPPED


def _pass_on(desk: Desk, item: Item, place: Place, to: User | None, reason: str | None) -> None:
    session, project_id, slot = desk.session, desk.project.id, place.slot or 0
    hidden = draws.blind_reason(place.purpose)
    if to is None:
        said = hidden or skipped(reason)
        queue.send_to_end(session, project_id, item.id, said, slot=slot, purpose=place.purpose)
        return
    giver = users.get(session, desk.user_id)
    said = f"from {giver.name}" if giver else "handed over"
    said = hidden or (f"{said}: {reason}" if reason else said)
    queue.hand_over(session, project_id, item.id, to.id, said, slot=slot, purpose=place.purpose)


def _to_another_reviewer(desk: Desk, item: Item, slot: int, log: list[Decision]) -> None:
    """Hand a skipped recheck on; where there is nobody else, it is given up."""
    session, project_id = desk.session, desk.project.id
    to = rechecks.another_reviewer(session, desk.project, log, random.Random(item.random_rank))
    if to is None:
        queue.close(session, project_id, item.id, slot)
        return
    reason = draws.BLIND_REASONS[Purpose.RECHECK]
    purpose = Purpose.RECHECK
    queue.hand_over(session, project_id, item.id, to, reason, slot=slot, purpose=purpose)


def _addressee(desk: Desk, name: Any, needed: Role) -> User | None:
    """The person called ``name``, None where no name is given."""
    if name is None:
        return None
    person = users.named(desk.session, fields.text_of(name, "to", 200) or "")
    if person is None or person.disabled_at is not None:
        raise InputError(f"there is nobody called {name!r}", "Choose a name from the list.")
    own = users.memberships(desk.session, person.id).get(desk.project.id)
    role = role_in_project(person.role, own)
    if role is None or not may(role, needed):
        raise InputError(f"{name} may not decide this: it needs the role {needed}")
    return person
