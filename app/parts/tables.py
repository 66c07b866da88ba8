"""Tables as high as what is in them, up to a limit: then they scroll."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

_ROW, _FRAME = 35, 3  # pixels, as Streamlit draws them


def draw(rows: pd.DataFrame | Sequence[Mapping[str, Any]], most: int) -> None:
    """Draw rows, each a cell by head, as a table of at most ``most`` pixels."""
    frame = pd.DataFrame(rows)
    st.dataframe(frame, hide_index=True, height=height(len(frame), most))


def height(rows: int, most: int) -> int:
    """Return the height in pixels of a table of so many rows under its head, at most ``most``."""
    return min(_ROW * (rows + 1) + _FRAME, most)
