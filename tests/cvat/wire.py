"""What goes to and from the CVAT server for tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: bytes = b""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, Any] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.answer = Answer(status, body)


Rows = dict[int, dict[str, Any]]
Handle = Callable[..., Answer]
