"""Ways from one page to another, always with the project in the address."""

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

_PAGES = "pages"


def remember(pages: Mapping[str, Page]) -> None:
    """Keep the page table of this session: address (``review``) → page."""
    st.session_state[_PAGES] = dict(pages)


def link(to: str, label: str, project: str | None = None, **more: str) -> None:
    """Draw a link to a page; ``label`` is Markdown, ``more`` goes into the address."""
    query = _address(project) | more
    st.page_link(st.session_state[_PAGES][to], label=label, query_params=query)


def go(to: str, project: str | None = None) -> NoReturn:
    """Leave for another page at once."""
    st.switch_page(st.session_state[_PAGES][to], query_params=_address(project))


def _address(project: str | None) -> dict[str, str]:
    return {"project": project} if project else {}
