"""Errors as people see them: what happened and what to do, never a traceback."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import streamlit as st

from app.parts.wording import plain
from labeling.errors import PrelabelError

_LOG = logging.getLogger("prelabel.pages")


def show(what: str, fix: str | None = None) -> None:
    """Show what happened and, below it, what to do."""
    text = f"**{plain(_sentence(what))}**"
    st.error(f"{text}\n\n{plain(fix)}" if fix else text, icon=":material/error:")


@contextmanager
def shown() -> Iterator[None]:
    """Show whatever goes wrong inside; what follows the block is drawn all the same."""
    try:
        yield
    except PrelabelError as error:
        show(error.what, error.fix)
    except Exception:
        incident = secrets.token_hex(4)
        _LOG.exception("incident %s", incident)
        show(
            f"Something unexpected went wrong (incident {incident})",
            "Reload the page. The server's log tells more under this number.",
        )


def guarded(render: Callable[[], None]) -> Callable[[], None]:
    """Wrap a page or a fragment so that its errors are shown in its place."""

    @wraps(render)
    def page() -> None:
        with shown():
            render()

    return page


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")
