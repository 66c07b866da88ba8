"""Files of labels that were handed in at the page Import, kept until their import has ended."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from labeling.errors import InputError, NotFoundError
from labeling.workflows import ingest_labels
from labeling.workspace import Workspace

_TOKEN = re.compile(r"[0-9a-f]{32}")


def keep(ws: Workspace, user_id: str, name: str, data: bytes) -> str:
    """Keep a file of labels for an import of this person; the token that it is named by there.

    Args:
        ws: the workspace.
        user_id: who hands it in.
        name: of the file, under which errors speak of it.
        data: its bytes.

    Raises:
        InputError: it is in no known format, or its beginning is broken.
    """
    token = secrets.token_hex(16)
    folder = _folder(ws, user_id, token)
    folder.mkdir(parents=True)
    path = folder / (Path(name).name or "labels")
    path.write_bytes(data)
    try:
        ingest_labels.check(path)
    except InputError as error:
        shutil.rmtree(folder, ignore_errors=True)
        told = ingest_labels.shortened(error.what, folder)
        raise InputError(f"the labels can't be used: {told}", error.fix) from None
    return token


def kept(ws: Workspace, user_id: str, token: str) -> Path:
    """The folder with the file that this person has kept under a token.

    Raises:
        NotFoundError: there is none.
    """
    folder = _folder(ws, user_id, token)
    if not _TOKEN.fullmatch(token) or not folder.is_dir():
        raise NotFoundError("the file of labels is no longer here", "Choose it again.")
    return folder


def discard(ws: Workspace, user_id: str, token: str) -> None:
    """Remove a file that no import has taken, unless it is gone."""
    shutil.rmtree(_folder(ws, user_id, token), ignore_errors=True)


def _folder(ws: Workspace, user_id: str, token: str) -> Path:
    return ws.settings.root / "uploads" / f"labels-{user_id}-{token}"
