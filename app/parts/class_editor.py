"""The table of a project's classes, and what becomes of a person's changes to it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.parts import tables
from labeling.class_names import SEPARATOR, ClassSpec, RawClass, clean, default_display
from labeling.workflows import classes, projects
from labeling.workspace import Workspace

COLUMNS = ("id", "name", "code", "display", "aliases", "prompts", "active")
_CONFIG = {
    "id": None,
    "name": st.column_config.TextColumn("Class", required=True, max_chars=64, width=170),
    "code": st.column_config.TextColumn(
        "Code",
        disabled=True,
        width=60,
        help="The keys of this class in review, the same on every picture.",
    ),
    "display": st.column_config.TextColumn(
        "Display text", width=170, help="What goes into the templates. Empty: the class's name."
    ),
    "aliases": st.column_config.TextColumn(
        "Aliases", width=140, help="Other names, separated by |"
    ),
    "prompts": st.column_config.TextColumn(
        "Own prompts",
        help="Texts beside the templates', separated by | ({} stands for the display text).",
        width=260,
    ),
    "active": st.column_config.CheckboxColumn(
        "Active",
        default=True,
        width=80,
        help="Off: no longer proposed or offered; its labels stay.",
    ),
}


def draw(project: dict[str, Any]) -> pd.DataFrame:
    """Draw the table of classes for editing and return it as it stands."""
    table = as_table(project["classes"])
    return st.data_editor(
        table,
        key=f"classes-{project['id']}-{project['revision']}",
        column_config=_CONFIG,
        num_rows="dynamic",
        hide_index=True,
        height=tables.height(len(table) + 1, most=460),  # the last row is for a new class
    )


def as_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return classes (``projects.show``) as the table that people edit."""
    cells = [
        {
            **row,
            "display": "" if row["display"] == default_display(row["name"]) else row["display"],
            "aliases": f" {SEPARATOR} ".join(row["aliases"]),
            "prompts": f" {SEPARATOR} ".join(row["prompts"]),
        }
        for row in rows
    ]
    return pd.DataFrame(cells, columns=list(COLUMNS)).astype({"active": bool})


def is_changed(before: Sequence[dict[str, Any]], table: pd.DataFrame) -> bool:
    """Tell whether the edited table says anything else than the stored classes."""
    return _cells(as_table(before)) != _cells(table)


def changes(before: Sequence[dict[str, Any]], table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Tell which stored classes the edited table renames, deactivates or activates.

    Returns:
        a change and its names each, as ``class_moves.preview`` takes them.
    """
    now = {row["id"]: row for row in _cells(table) if row["id"]}
    found: list[tuple[str, list[str]]] = []
    for row in before:
        edited = now.get(row["id"])
        if edited and edited["name"] and edited["name"] != row["name"]:
            found.append(("rename", [row["name"], edited["name"]]))
        stays = edited is not None and edited["active"]
        if stays != row["active"]:
            found.append(("activate" if stays else "deactivate", [row["name"]]))
    return found


def save(
    ws: Workspace, project_name: str, before: Sequence[dict[str, Any]], table: pd.DataFrame
) -> None:
    """Store an edited table: renamed classes keep their decisions, removed ones are deactivated.

    Raises:
        ClassNameError: a name can't be used, or no active class would be left; nothing is stored.
    """
    rows = _cells(table)
    specs = clean(_raw(row, number) for number, row in enumerate(rows, 1))
    active = [spec for spec, row in zip(specs, rows, strict=True) if row["active"]]
    clean(spec.name for spec in active)
    names = {row["id"]: row["name"] for row in before}
    for spec, row in zip(specs, rows, strict=True):
        old = names.get(row["id"])
        if old is not None and old != spec.name:
            classes.rename(ws, project_name, old, spec.name)
    if as_specs(projects.show(ws, project_name)["classes"]) != active:
        classes.set_classes(ws, project_name, active)


def as_specs(rows: Sequence[dict[str, Any]]) -> list[ClassSpec]:
    """Return the active ones of stored classes (``projects.show``) as checked classes."""
    return clean(_raw(row, n) for n, row in enumerate(_cells(as_table(rows)), 1) if row["active"])


def _cells(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of the table that bear a name, without the gaps of new rows."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    texts = ("name", "display", "aliases", "prompts")
    filled = [
        {
            "id": row["id"] or None,
            **{key: (row[key] or "").strip() for key in texts},
            "active": row["active"] is None or bool(row["active"]),
        }
        for row in rows
    ]
    return [row for row in filled if any(row[key] for key in texts)]


def _raw(row: dict[str, Any], number: int) -> RawClass:
    return RawClass(
        name=row["name"],
        where=f"row {number}",
        display=row["display"],
        aliases=_several(row["aliases"]),
        prompts=_several(row["prompts"]),
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(SEPARATOR) if part.strip())
