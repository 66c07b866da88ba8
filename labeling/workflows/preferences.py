"""People's own settings, such as the keys that they gave to commands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from db import preferences
from labeling.errors import InputError
from labeling.workflows.given import is_storable
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_BYTES = 20_000
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
KEYS = "keys"
MAX_KEY = 30
DIGITS = frozenset("123456789")
FIXED = frozenset({"escape", "tab", "shift", "control", "alt", "meta"})
"""Keys that mean the same everywhere and can't be given away."""


def get(ws: Workspace, user_id: str, project_name: str, name: str) -> dict[str, Any]:
    """A person's preference in a project, empty where there is none.

    Raises:
        InputError: the name can't be used.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        return preferences.get(session, user_id, _full_name(session, project_name, name))


def put(
    ws: Workspace, user_id: str, project_name: str, name: str, value: Mapping[str, Any]
) -> dict[str, Any]:
    """Store a person's preference in a project; as it is stored.

    Args:
        ws: the workspace.
        user_id: whose preference it is.
        project_name: the project.
        name: 1 to 40 small letters, digits, ``_`` and ``-``; ``keys`` is checked: command → key.
        value: at most 20,000 bytes of JSON.

    Raises:
        InputError: the name or the value can't be used; two commands are on one key.
        NotFoundError: there is no such project.
    """
    stored = dict(value)
    _require_storable(stored)
    if name == KEYS:
        check_keys(stored)

    def work(session: Session) -> None:
        full = _full_name(session, project_name, name)
        preferences.put(session, user_id, full, stored)

    ws.db.write(work)
    return stored


def _require_storable(value: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        raise InputError("a preference takes no number that is not finite") from error
    if "\\u0000" in text or not is_storable(text):
        raise InputError("a preference takes no NUL and no half of a surrogate pair")
    if len(text.encode()) > MAX_BYTES:
        raise InputError(f"a preference takes at most {MAX_BYTES:,} bytes")


def check_keys(keys: Mapping[str, Any]) -> None:
    """Check a map of commands to keys; a switch (``true``, ``false``) or None takes no key.

    Keys are what ``KeyboardEvent.key`` says, with modifiers before them: "k", "Shift+S", "Enter".

    Raises:
        InputError: a key can't be used, or two commands are on the same one.
    """
    owners: dict[str, str] = {}
    for command, key in keys.items():
        if key is None or isinstance(key, bool):
            continue
        if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
            raise InputError(f"{command!r} can't be on the key {key!r}")
        pressed = key.casefold()
        if pressed in DIGITS:
            raise InputError(f"{command!r} can't be on {key}: digits choose classes")
        if pressed in FIXED:
            raise InputError(f"{command!r} can't be on {key}: that key has a meaning of its own")
        if pressed in owners:
            raise InputError(
                f"{owners[pressed]!r} and {command!r} are both on the key {key!r}",
                "Give one of them another key.",
            )
        owners[pressed] = command


def _full_name(session: Session, project_name: str, name: str) -> str:
    if not NAME.fullmatch(name):
        raise InputError(f"there is no preference {name!r}")
    return preferences.name_in(find(session, project_name).id, name)
