"""Where a picture is at CVAT servers, and what both sides of a conflict say of it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts.wording import plain, when

_SIDES = (("ours", "Here", "undecided"), ("theirs", "In CVAT", "no label"),
          ("before", "Before, on both", "nothing"))  # fmt: skip


def conflicts(log: Mapping[str, Any]) -> None:
    """Draw the open conflicts of an item (``item_log.show``), side by side."""
    place = {one["server"]: one for one in log["cvat"] if one["is_there"]}
    for conflict in log["conflicts"]:
        for column, (side, title, nothing) in zip(st.columns(3), _SIDES, strict=True):
            said = plain(conflict["words"][side] or nothing)
            column.markdown(f":small[{title}]  \n**{said}**")
        if there := place.get(conflict["server"]):
            st.markdown(f":small[{_link(there)}]")


def draw(log: Mapping[str, Any]) -> None:
    """Draw where an item was sent to, a line a task."""
    for one in log["cvat"]:
        if one["is_there"]:
            last = (
                f"{plain(one['labels'] or 'no label')} on both sides" if one["at"] else "not synced"
            )
            at = f" at {when(one['at'])}" if one["at"] else ""
            st.caption(f"{_link(one)}, file {plain(one['file'])}: {last}{at}")


def _link(place: Mapping[str, Any]) -> str:
    job = f", job {place['job']}" if place["job"] else ""
    words = f"CVAT task {place['task']}{job}, frame {place['frame']}"
    return f"[{words}]({place['url']}) ({plain(place['server'].split('://', 1)[-1])})"
