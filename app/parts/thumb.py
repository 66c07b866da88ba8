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
    return (
        f'<img class="prelabel-{size}{small}" src="/media/{size}/{escape(sha)}" '
        f'alt="{escape(alt)}" loading="lazy">'
    )


def draw(sha: str, alt: str, *, size: Size = "thumb", width: int = 0, height: int = 0) -> None:
    """Draw a picture; the arguments are those of ``html``."""
    st.html(html(sha, alt, size=size, width=width, height=height))
