"""An item's state as people are told it: what was only flagged or asked about is not disputed.

To the log both are ``disputed``: the item waits for a reviewer either way.
"""

from sqlalchemy import ColumnElement, case, exists

from db.tables import Decision, Item, ItemState, LookKind, SecondLook

FLAGGED, ASKED = "flagged", "asked"


def told_state() -> ColumnElement[str]:
    """The state of an item, with ``flagged`` or ``asked`` where no answers differ."""
    return case(
        (Item.state != ItemState.DISPUTED, Item.state),
        (_waits_for(LookKind.DISPUTED), Item.state),
        (_waits_for(LookKind.ASK), ASKED),
        (_waits_for(LookKind.FLAG), FLAGGED),
        else_=Item.state,
    )


def after_flag() -> ColumnElement[str]:
    """What a flag by itself makes of an item."""
    return case((Decision.ask, ASKED), else_=FLAGGED)


def _waits_for(kind: LookKind) -> ColumnElement[bool]:
    return exists().where(
        SecondLook.item_id == Item.id, SecondLook.kind == kind, SecondLook.closed_at.is_(None)
    )
