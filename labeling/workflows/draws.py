"""Draws at random: what of an import is audited blind, what of the verified is looked at again.

Audits are drawn when an import ends, before anybody has seen its items: simple random sampling
without replacement from the frame, whose size, draw and seed are stored (invariant 6). Verified
items are drawn one by one when their first decision comes, each with the stored probability and a
seed of its own, so that an undone and repeated decision meets the same draw.
"""

from __future__ import annotations

import hashlib
import math
import random
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db import acceptances, checks, projects, proposals, second_looks, slots
from db.queue import HANDED, SKIPPED
from db.tables import (
    OPENLY,
    Decision,
    DecisionKind,
    ImportBatch,
    Item,
    LookKind,
    LookOutcome,
    Project,
    Proposal,
    Purpose,
    QueueEntry,
)
from labeling import review_settings
from labeling.review_settings import ReviewSettings

BLIND_REASONS = {
    Purpose.AUDIT: "audit: proposal hidden",
    Purpose.OVERLAP: "second opinion: proposal hidden",
    Purpose.RECHECK: "second opinion: proposal hidden",
    Purpose.GOLD: "second opinion: proposal hidden",
    Purpose.RELABEL: "second opinion: proposal hidden",
    Purpose.STREAM: "check of accepted pictures: proposal hidden",
}
SEED_BITS = 62


def draw_audit(session: Session, batch: ImportBatch, now: datetime) -> int:
    """Draw items of a batch for blind audit, once; how many.

    Each item of the frame (nobody has decided it or been offered it) has the same probability,
    the project's ``audit_share``: where share × frame is no whole number, the size of the draw is
    one of its neighbours, at random with that mean. The share is kept with the batch, which may
    be left without any audit.
    """
    project = projects.by_id(session, batch.project_id)
    share = review_settings.read(project.review).audit_share
    if batch.finished_at is not None or batch.audit_share is not None:
        return 0
    batch.audit_share = share
    if not share:
        return 0
    frame = checks.audit_frame(session, batch)
    seed = secrets.randbits(SEED_BITS)
    drawn = audit_sample(frame, share, seed)
    shared = {"project_id": project.id, "batch_id": batch.id, "created_at": now, "seed": seed}
    shared |= {"probability": share, "frame_size": len(frame), "draw_size": len(drawn)}
    checks.add_audits(session, [shared | {"item_id": item} for item in drawn])
    near = checks.near_waiting_audits(session, project.id)
    slots.hide(session, project.id, drawn, sorted(near), BLIND_REASONS[Purpose.AUDIT])
    return len(drawn)


def audit_sample(frame: Sequence[str], share: float, seed: int) -> list[str]:
    """The drawn ones of ``frame``; each is drawn with probability ``share`` (0 to 1)."""
    chance = random.Random(seed)
    size = math.floor(share * len(frame) + chance.random())
    return sorted(chance.sample(list(frame), min(size, len(frame))))


def after_first(session: Session, project: Project, item: Item, decision: Decision) -> None:
    """Draw whether an item that was decided just now is looked at once more, and for what.

    Overlap and probe exclude each other, overlap first; only a proposal that was shown and
    confirmed can be probed.
    """
    settings = review_settings.read(project.review)
    for purpose, chance, probability in _chances(settings, project, decision):
        seed = check_seed(item, purpose)
        if random.Random(seed).random() >= chance:
            continue
        record_check(session, item, purpose, probability, seed, decision.created_at)
        if purpose == LookKind.SAMPLE:
            second_looks.open(session, project.id, item.id, LookKind.SAMPLE, "drawn at random")
        elif _open_slots(session, project, settings, item, Purpose(purpose), decision):
            return


def second_audit_look(session: Session, project: Project, item: Item, decision: Decision) -> None:
    """Let an audit item that was decided just now wait for another person, where two were asked."""
    acceptance = acceptances.auditing_of(session, project.id, item.id)
    if acceptance is None or not acceptance.figures["twice"]:
        return
    record_check(session, item, Purpose.OVERLAP, 1.0, acceptance.seed, decision.created_at)
    said = {"policy": "overlap", "value": None, "reason": BLIND_REASONS[Purpose.OVERLAP]}
    slots.open_for(session, project.id, item.id, Purpose.OVERLAP, 1, said)


def blind_reason(purpose: str) -> str | None:
    """The line that says why an item comes, where its proposal is hidden; else None."""
    return BLIND_REASONS.get(Purpose(purpose))


def withdraw(session: Session, project_id: str, item_id: str) -> None:
    """Take back further looks at an item whose first decision is undone."""
    slots.withdraw(session, project_id, item_id)
    second_looks.close_item(session, item_id, None, LookOutcome.UNDONE, kinds=(LookKind.SAMPLE,))


def wrong_top(proposal: Proposal, labels: Sequence[str]) -> list[list[Any]] | None:
    """The proposals of a probe: the best class that is none of ``labels`` comes first.

    The scores stay in their places, so that nothing looks odd; None where no other class is
    proposed.
    """
    classes = [class_id for class_id, _ in proposal.top]
    wrong = next((class_id for class_id in classes if class_id not in labels), None)
    if wrong is None:
        return None
    classes.remove(wrong)
    scores = [score for _, score in proposal.top]
    return [list(pair) for pair in zip([wrong, *classes], scores, strict=True)]


def _chances(
    settings: ReviewSettings, project: Project, decision: Decision
) -> Iterator[tuple[str, float, float]]:
    """What may be drawn, with the chance in this draw and the probability before all of them."""
    yield LookKind.SAMPLE, settings.sample_share, settings.sample_share
    yield Purpose.OVERLAP, settings.overlap_share, settings.overlap_share
    confirmed = decision.kind == DecisionKind.CONFIRM and decision.purpose in OPENLY
    if confirmed and project.mode == "single" and project.run_id:
        no_overlap = 1 - settings.overlap_share
        yield Purpose.PROBE, settings.probe_share, settings.probe_share * no_overlap


def _open_slots(
    session: Session,
    project: Project,
    settings: ReviewSettings,
    item: Item,
    purpose: Purpose,
    decision: Decision,
) -> bool:
    if purpose == Purpose.OVERLAP:
        said = {"policy": "overlap", "value": None, "reason": BLIND_REASONS[purpose]}
        count = settings.overlap_people - 1
        slots.open_for(session, project.id, item.id, purpose, count, said)
        return True
    proposal = proposals.of_items(session, project.run_id or "", [item.id]).get(item.id)
    if proposal is None or wrong_top(proposal, decision.labels) is None:
        return False
    slots.open_for(session, project.id, item.id, purpose, 1, _usual(session, item, proposal))
    return True


def _usual(session: Session, item: Item, proposal: Proposal) -> dict[str, Any]:
    """What the queue said of an item when it was ranked, or would say of its margin."""
    entry = session.get(QueueEntry, (item.project_id, item.id, 0))
    by_hand = entry is not None and entry.policy in (HANDED, SKIPPED)
    if entry is not None and entry.value is not None and not by_hand:
        return {"policy": entry.policy, "value": entry.value, "reason": entry.reason}
    margin = proposal.margin
    return {"policy": "margin", "value": margin, "reason": f"margin {margin:.2f}"}


def check_seed(item: Item, purpose: str) -> int:
    """A seed that nobody outside can know before the draw: ``random_rank`` is never sent."""
    told = f"{item.id}:{item.random_rank!r}:{purpose}".encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:8], "big") >> (64 - SEED_BITS)


def record_check(
    session: Session, item: Item, purpose: str, probability: float, seed: int, now: datetime
) -> None:
    """Store that a decided item was drawn for a further look; a draw counts once."""
    row = {"project_id": item.project_id, "item_id": item.id, "purpose": purpose, "seed": seed}
    row |= {"probability": probability, "frame_size": 1, "draw_size": 1, "created_at": now}
    checks.add_check(session, row)
