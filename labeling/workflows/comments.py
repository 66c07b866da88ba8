"""Comments on items: a thread that everybody reads who may see the item's log."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from db import comments, erasures, users
from db.tables import Comment, Item
from labeling.errors import InputError, NotFoundError
from labeling.workflows import erased
from labeling.workflows.given import text_of
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_LENGTH = 2_000


def add(ws: Workspace, user_id: str, project_name: str, item_id: str, text: str) -> dict[str, Any]:
    """Leave a comment on an item; as JSON.

    Raises:
        InputError: the text is empty or too long.
        NotFoundError: there is no such project or item.
    """

    def work(session: Session) -> dict[str, Any]:
        item = item_of(session, project_name, item_id)
        return _told(leave(session, item, user_id, text), users.names(session))

    return ws.db.write(work)


def thread(ws: Workspace, project_name: str, item_id: str) -> list[dict[str, Any]]:
    """The comments on an item, oldest first: id, by, at, text.

    Raises:
        NotFoundError: there is no such project or item.
    """
    with ws.db.read() as session:
        return told(session, item_of(session, project_name, item_id))


def leave(session: Session, item: Item, user_id: str, text: str) -> Comment:
    """Leave a comment, in a transaction.

    Raises:
        InputError: the text is empty or too long.
    """
    said = (text_of(text, "a comment", MAX_LENGTH) or "").strip()
    if not said:
        raise InputError("the comment is empty")
    return comments.add(session, item.id, user_id, said)


def told(session: Session, item: Item) -> list[dict[str, Any]]:
    """The comments on an item, in a transaction, as ``thread`` gives them."""
    names = users.names(session)
    return [_told(row, names) for row in comments.thread(session, item.id)]


def item_of(session: Session, project_name: str, item_id: str) -> Item:
    """An item of a project.

    Raises:
        NotFoundError: there is no such project or item, or the picture of the item was erased.
    """
    item = session.get(Item, item_id)
    project = find(session, project_name)
    if item is None or item.project_id != project.id:
        gone = erasures.of_item(session, project.id, item_id)
        if gone is not None:
            raise NotFoundError(f"this picture was {erased.words(gone)}", "Nothing of it is left.")
        raise NotFoundError(f"the project {project_name!r} has no item {item_id!r}")
    return item


def _told(row: Comment, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "by": names.get(row.user_id, ""),
        "at": row.created_at.isoformat(),
        "text": row.text,
    }
