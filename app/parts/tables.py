"""Tables as high as what is in them, up to a limit: then they scroll."""

_ROW, _FRAME = 35, 3  # pixels, as Streamlit draws them


def height(rows: int, most: int) -> int:
    """Return the height in pixels of a table of so many rows under its head, at most ``most``."""
    return min(_ROW * (rows + 1) + _FRAME, most)
