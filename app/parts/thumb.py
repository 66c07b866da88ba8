"""Pictures on pages, from our own media route: the browser keeps them, Streamlit copies nothing."""

from html import escape
from typing import Literal

import streamlit as st

SMALL_SIDE = 64
"""Pictures of fewer pixels a side are shown with hard edges."""
Size = Literal["thumb", "screen"]


def html(sha: str, alt: str, *, size: Size = "thumb", width: int = 0, height: int = 0) -> str:
    """An ``img`` of a picture, which fits the box that its CSS class gives it.

    Args:
        sha: the SHA-256 of the picture.
        alt: what stands for it where it is not seen.
        size: "thumb" (at most 256 pixels) or "screen" (at most 1,280).
        width: of the original in pixels, 0 where it is not known.
        height: the same.
    """
    small = " prelabel-pixels" if 0 < max(width, height) < SMALL_SIDE else ""
    shape = f' width="{width}" height="{height}"' if width and height else ""
    lazy = ' loading="lazy"' if size == "thumb" else ""
    return (
        f'<img class="prelabel-{size}{small}" src="{address(sha, size)}" '
        f'alt="{escape(alt)}"{shape}{lazy}>'
    )


def address(sha: str, size: Size) -> str:
    """Where the server has a picture."""
    return f"/media/{size}/{escape(sha)}"


def fetch_ahead(sha: str) -> None:
    """Let the browser fetch a picture for the screen that comes next, unseen."""
    st.html(f'<img class="prelabel-ahead" src="{address(sha, "screen")}" alt="">')


def draw(sha: str, alt: str, *, size: Size = "thumb", width: int = 0, height: int = 0) -> None:
    """Draw a picture; the arguments are those of ``html``."""
    st.html(html(sha, alt, size=size, width=width, height=height))
