"""Long lists by pages: which page is open, and the buttons that turn to another."""

import streamlit as st

from app.parts.wording import count


class Pager:
    """The open page of a list.

    Args:
        key: of the list, with the project in it: another project begins with its first page.
        size: rows of a page.
    """

    def __init__(self, key: str, size: int) -> None:
        self._key = key
        self.size = size

    @property
    def offset(self) -> int:
        """How many rows come before the open page."""
        return self._open * self.size

    def first(self) -> None:
        """Turn to the first page, because something else is looked for."""
        self._go(0)

    def require_rows(self, found: int, total: int) -> None:
        """Turn to the last page where the open one is gone, because the list became shorter."""
        if total and not found:
            self._go((total - 1) // self.size)
            st.rerun()

    def draw(self, total: int, back: str, onward: str) -> None:
        """Draw the buttons, named ``back`` and ``onward``, and where in the list one is."""
        position, last = self._open, (total - 1) // self.size
        with st.container(horizontal=True, vertical_alignment="center"):
            for label, to in ((back, position - 1), (onward, position + 1)):
                st.button(
                    label,
                    key=f"{self._key}-{label}",
                    disabled=not 0 <= to <= last,
                    on_click=self._go,
                    args=(to,),
                )
            st.caption(f"{count(total, 'picture')}, page {position + 1} of {last + 1}")

    @property
    def _open(self) -> int:
        position: int = st.session_state.get(self._key, 0)
        return position

    def _go(self, position: int) -> None:
        st.session_state[self._key] = position
