"""Thumbnails of many pictures at once, as the grid needs them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from db import images
from labeling.errors import NotFoundError
from labeling.workflows.accounts import project_roles
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_PACK = 240
READERS = 8
"""Pictures that are read at the same time; a store far away answers each in its own time."""


def read(ws: Workspace, user_id: str, shas: Sequence[str]) -> list[bytes | None]:
    """The thumbnails of pictures in their order; None where one is not for this person to see.

    That is also the answer for a picture that is unknown or has no thumbnail.

    Raises:
        ForbiddenError: the account is not in use.
    """
    seen = _visible(ws, user_id, shas)
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(lambda sha: _thumb(ws, sha) if sha in seen else None, shas))


def _visible(ws: Workspace, user_id: str, shas: Sequence[str]) -> set[str]:
    names = project_roles(ws, user_id)
    left = set(shas)
    with ws.db.read() as session:
        for name in names:
            if not left:
                break
            left -= set(images.ids_by_sha(session, find(session, name).id, left))
    return set(shas) - left


def _thumb(ws: Workspace, sha: str) -> bytes | None:
    try:
        return ws.blobs.get("thumb", sha)
    except NotFoundError:
        return None
