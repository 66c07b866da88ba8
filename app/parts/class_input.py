"""Classes as people bring them: typed, pasted, or in a file."""

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.parts import errors
from app.parts.wording import count, plain
from labeling import class_names
from labeling.class_names import ClassSpec, RawClass

FILE_TYPES = ("txt", "csv", "yaml", "yml")


def draw(key: str) -> list[ClassSpec]:
    """Draw a text area and a file field, and what they hold; no class where that is unusable."""
    text = st.text_area(
        "Classes",
        key=f"{key}-text",
        height=110,
        placeholder="cat, dog, bird\nor one per line",
        help="A name with a comma in it goes in double quotes.",
    )
    file = st.file_uploader(
        "or a file of classes",
        type=FILE_TYPES,
        key=f"{key}-file",
        max_upload_size=1,
        help="A name per line (.txt), or columns or keys name, display, aliases, prompts.",
    )
    if not text.strip() and file is None:
        return []
    if text.strip() and file is not None:
        errors.show("Classes are typed and in a file", "Empty the text, or remove the file.")
        return []
    with errors.shown():
        specs = _from_file(file) if file else from_text(text)
        _preview(specs)
        return specs
    return []


def from_text(text: str) -> list[ClassSpec]:
    """Check classes separated by commas, line ends or both.

    Raises:
        ClassNameError: a name can't be used.
    """
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    cells = [(cell, f"line {rows.line_num}") for row in rows for cell in _without_end(row)]
    several = len({where for _, where in cells}) > 1
    return class_names.clean(
        RawClass(cell, where if several else f"position {number}")
        for number, (cell, where) in enumerate(cells, 1)
    )


def _without_end(row: list[str]) -> list[str]:
    """Leave out what follows the last comma of a row, if it is nothing."""
    return row if row and row[-1].strip() else row[:-1]


def _from_file(file: UploadedFile) -> list[ClassSpec]:
    """Check the classes in an uploaded file, by the reader of its kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"classes{Path(file.name).suffix.lower()}"
        path.write_bytes(file.getvalue())
        return class_names.read(path)


def _preview(specs: Sequence[ClassSpec]) -> None:
    names = ", ".join(spec.name for spec in specs[:12])
    more = f" and {len(specs) - 12:,} more" if len(specs) > 12 else ""
    st.caption(f"{count(len(specs), 'class', 'classes')}: {plain(names)}{more}")
    warn_of_codes([spec.name for spec in specs if spec.needs_display], "in a file, or later")


def warn_of_codes(codes: Sequence[str], where: str = "in the table") -> None:
    """Draw a warning when there are class names that say nothing to a model.

    Args:
        codes: those names.
        where: how a person gives a display text.
    """
    if not codes:
        return
    shown = ", ".join(codes[:6]) + (" …" if len(codes) > 6 else "")
    st.warning(
        f"**{count(len(codes), 'name looks', 'names look')} like a code: {plain(shown)}.** A model "
        f"can't know what is meant: give each a display text, {where}.",
        icon=":material/warning:",
    )
