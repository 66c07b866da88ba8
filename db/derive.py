"""What an item's decision log says about it. Pure: the same log always says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.lineage import UNCHANGED, Lineage
from db.tables import Decision, DecisionKind, ItemState, Standing

LABELLING = frozenset(
    {
        DecisionKind.CONFIRM,
        DecisionKind.CORRECT,
        DecisionKind.NONE_OF_THESE,
        DecisionKind.CVAT,
        DecisionKind.REVIEW,
    }
)
ANSWERS = (DecisionKind.CONFIRM, DecisionKind.CORRECT, DecisionKind.NONE_OF_THESE)
"""Kinds by which a person says at a page what a picture shows."""
ENDS = (DecisionKind.UNDO, DecisionKind.WITHDRAW)
"""Kinds that end the decision that they supersede."""
STATE_OF = {
    DecisionKind.REVIEW: ItemState.REVIEWED,
    DecisionKind.AUTO_ACCEPT: ItemState.AUTO_ACCEPTED,
}


@dataclass(frozen=True)
class Derived:
    """The state of an item, the decision in force and its labels (class ids).

    ``state`` is None where no decision says anything: then the item is as the machine left it.
    """

    state: ItemState | None
    decision_id: str | None
    labels: tuple[str, ...]


def living(log: Sequence[Decision]) -> list[Decision]:
    """The decisions that are not undone, without the undoing ones, in order."""
    undone = {d.supersedes for d in log if d.kind in ENDS}
    return [d for d in log if d.kind not in ENDS and d.id not in undone]


def counting(log: Sequence[Decision]) -> list[Decision]:
    """The living decisions without answers to probes, which never touch their item."""
    return [d for d in living(log) if d.standing != Standing.PROBE]


def in_force(log: Sequence[Decision], lineage: Lineage = UNCHANGED) -> Decision | None:
    """The decision whose labels the item bears, None where nobody has decided.

    One that names a class that was split says no longer enough: nobody has decided.
    """
    bearing = [
        d
        for d in living(log)
        if d.standing == Standing.IN_FORCE and (d.kind in LABELLING or d.kind in STATE_OF)
    ]
    return bearing[-1] if bearing and not lineage.is_open(bearing[-1].labels) else None


def derive(log: Sequence[Decision], lineage: Lineage = UNCHANGED) -> Derived:
    """What ``log`` (one item's decisions in server order) says about the item.

    ``lineage`` is what became of the classes since; decisions keep those that they named.
    """
    current = in_force(log, lineage)
    if current is None:
        flagged = _is_flagged(counting(log))
        return Derived(ItemState.DISPUTED if flagged else None, None, ())
    state = STATE_OF.get(DecisionKind(current.kind), ItemState.VERIFIED)
    if _is_contradicted(current, counting(log), lineage):
        state = ItemState.DISPUTED
    return Derived(state, current.id, tuple(lineage.settle(current.labels)))


def standing_of(
    log: Sequence[Decision],
    user_id: str,
    supersedes: str | None,
    holder: str | None,
    lineage: Lineage = UNCHANGED,
) -> Standing:
    """What a new labelling decision counts for.

    It is in force on an undecided item that nobody else holds, as a correction of one's own, and
    where it names the decision in force (so the person has seen it); otherwise it came late and is
    a second opinion.
    """
    current = in_force(log, lineage)
    if current is None:
        late = holder is not None and holder != user_id
        return Standing.SECOND_OPINION if late else Standing.IN_FORCE
    seen = current.user_id == user_id or current.id == supersedes
    machine = current.kind == DecisionKind.AUTO_ACCEPT
    return Standing.IN_FORCE if seen or machine else Standing.SECOND_OPINION


def undo_refusal(log: Sequence[Decision], user_id: str, target_id: str | None) -> str | None:
    """Why a person may not undo a decision, None where they may."""
    target = next((d for d in log if d.id == target_id), None)
    if target is None:
        return "the decision to undo is not known"
    if target.user_id != user_id:
        return "the decision is somebody else's"
    alive = living(log)
    if target not in alive:
        return "the decision is undone already"
    if any(d.seq > target.seq for d in counting(log)):
        return "a later decision stands on it"
    return None


def _is_flagged(alive: Sequence[Decision]) -> bool:
    return any(d.kind == DecisionKind.FLAG for d in alive)


def _is_contradicted(current: Decision, alive: Sequence[Decision], lineage: Lineage) -> bool:
    settled = current.kind == DecisionKind.REVIEW
    others = [d for d in alive if d.id != current.id and not (settled and d.seq < current.seq)]
    return any(
        (d.standing == Standing.SECOND_OPINION and not lineage.agree(d.labels, current.labels))
        or (d.standing == Standing.STALE and d.seq > current.seq)
        or (d.kind == DecisionKind.FLAG and d.seq > current.seq)
        for d in others
    )
