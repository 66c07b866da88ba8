"""What the endpoints need of a request: the workspace, the person, a JSON body of bounded size."""

import json
import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.routes.errors import BodyTooLargeError
from labeling.errors import InputError
from labeling.workflows.given import is_storable
from labeling.workspace import Workspace

JSON_LIMIT = 1_000_000  # bytes
CLIENT_LENGTH = 64  # characters

_SHA256 = re.compile(r"[0-9a-f]{64}")


def workspace_of(request: Request) -> Workspace:
    """Return the workspace of this process."""
    workspace: Workspace = request.state.workspace
    return workspace


def user_of(request: Request) -> str:
    """Return the id of the person who asks.

    Raises:
        HTTPException: 401, nobody is logged in.
    """
    user: str | None = request.state.user
    if user is None:
        raise HTTPException(401, "You are not logged in")
    return user


async def json_object(request: Request, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """Read a JSON object of at most ``limit`` bytes; asked again, return the same one.

    Raises:
        BodyTooLargeError: more bytes came, whatever the header promised.
        InputError: the body is no JSON object.
    """
    if hasattr(request.state, "json"):
        read: dict[str, Any] = request.state.json
        return read
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(f"The request is larger than {limit} bytes")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("The body of the request is not JSON") from error
    if not isinstance(value, dict):
        raise InputError("The body of the request is not a JSON object")
    request.state.json = value
    return value


def text(value: Any, name: str) -> str:
    """Return ``value`` if it is a non-empty text of at most 1,000 characters that databases take.

    Raises:
        InputError: it is not.
    """
    if not isinstance(value, str) or not value or len(value) > 1000 or not is_storable(value):
        raise InputError(f"{name} is missing or is not a text")
    return value


def texts(value: Any, name: str) -> list[str]:
    """Return ``value`` if it is a list of texts.

    Raises:
        InputError: it is not.
    """
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{name} is not a list of texts")
    return value


def listed(value: str | None) -> list[str]:
    """Return the parts of a query parameter with commas between them, none where it is missing."""
    return [part for part in (value or "").split(",") if part]


def client_of(value: Any) -> str:
    """Return the name of a tab, at most ``CLIENT_LENGTH`` characters; empty where none is given.

    Raises:
        InputError: it is not a text.
    """
    return text(value, "client")[:CLIENT_LENGTH] if value else ""


def is_sha256(value: object) -> bool:
    """Return whether ``value`` names a picture: 64 small hexadecimal digits."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def whole_number(value: str | None, name: str, default: int, low: int, high: int) -> int:
    """Return a query parameter as a number between ``low`` and ``high``, both included.

    Raises:
        InputError: it is no whole number.
    """
    if value is None:
        return default
    try:
        return min(max(int(value), low), high)
    except ValueError as error:
        raise InputError(f"{name} is not a whole number") from error
