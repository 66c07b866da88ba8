"""What of a project is at CVAT servers, as tables."""

from typing import Any

import streamlit as st

from app.parts import empty
from app.parts.wording import plain, when

_STATES = {
    "planned": "not sent yet",
    "created": "being uploaded",
    "uploaded": "being filled",
    "filled": "synced",
    "gone": "deleted there",
}


def draw(found: list[dict[str, Any]]) -> None:
    """Draw the CVAT projects of ``cvat_overview.ledger``, each with its tasks."""
    begun = [link for link in found if link["url"]]
    if not begun:
        empty.nothing("Nothing was pushed yet", "What is sent to CVAT is listed here, by task.")
        return
    for link in begun:
        pulled = when(link["pulled_up_to"]) if link["pulled_up_to"] else "never"
        org = f"organisation {plain(link['organization'])}, " if link["organization"] else ""
        st.markdown(f"**{plain(link['url'])}** :small[– {org}pulled up to: {pulled}]")
        st.dataframe(
            [_row(task) for task in link["tasks"]],
            hide_index=True,
            column_config={"address": st.column_config.LinkColumn("address")},
        )


def _row(task: dict[str, Any]) -> dict[str, Any]:
    return {
        "task": task["name"],
        "state": _STATES.get(task["state"], task["state"]),
        "pictures": task["pictures"],
        "synced": task["synced"],
        "last": when(task["last"]) if task["last"] else "–",
        "address": task["url"],
    }
