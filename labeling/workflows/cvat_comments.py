"""What people say in the issues of a CVAT task comes back as comments on the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from db import comments, erasures
from db.tables import Comment
from labeling.cvat.answers import Issue
from labeling.workflows.comments import MAX_LENGTH
from labeling.workflows.cvat_intake import machine


def take(session: Session, server: str, issues: Sequence[Issue], item_of: Mapping[int, str]) -> int:
    """Store the comments of issues that are not here yet; how many were new.

    The id of a comment follows from that at the server, so that none comes twice.

    Args:
        session: an open transaction.
        server: address.
        issues: of one task.
        item_of: item by frame of the task.
    """
    by = machine(session, server).id
    gone = erasures.erased_items(session, item_of.values())
    rows = [
        Comment(
            id=str(uuid5(NAMESPACE_URL, f"{server}/api/comments/{one.id}")),
            item_id=item_of[issue.frame],
            user_id=by,
            text=f"{one.user} in CVAT job {issue.job_id}: {one.text}"[:MAX_LENGTH],
            created_at=one.created,
        )
        for issue in issues
        if issue.frame in item_of and item_of[issue.frame] not in gone
        for one in issue.comments
    ]
    return comments.add_unknown(session, rows)
