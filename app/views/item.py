"""Item: everything about one picture on one screen."""

from typing import Any

import streamlit as st

from app import session
from app.parts import (
    attempt,
    comment_thread,
    cvat_places,
    decision_words,
    empty,
    erase_form,
    framed,
    page,
    picture_board,
    tables,
    thumb,
)
from app.parts.wording import STATE_NAMES, plain, tail, when
from labeling.roles import Role, may
from labeling.workflows import gold, item_log

MATES = (
    (
        "same",
        "Same picture",
        "Near-duplicates by their pixels: stacked in the grid, split together.",
    ),
    (
        "alike",
        "Looks alike",
        "By the model's vectors: only split together, each decided by itself.",
    ),
)


def render() -> None:
    """Draw the page for the project and the item in the address."""
    project = page.opened("Item", waits_for_jobs=False)
    if project is None:
        return
    item = st.query_params.get("item")
    if item is None:
        empty.nothing("No picture is chosen", "Open one from Second look.")
        return
    framed.draw(Role.REVIEWER, _draw, project["name"], item)


def _draw(project: str, item: str) -> None:
    log = item_log.show(session.workspace(), session.user_id(), project, item)
    picture, words = st.columns([1, 1], gap="medium")
    with picture:
        thumb.draw(
            log["sha"], log["source"], size="screen", width=log["width"], height=log["height"]
        )
    with words:
        _facts(log)
        for row in log["looks"]:
            st.markdown(decision_words.look(row))
        if may(session.role(), Role.LEAD):
            _gold(project, item, log["state"])
        comment_thread.draw(project, item, log["comments"])
    _mates(project, log["mates"])
    st.header("Decisions")
    if log["decisions"]:
        _decisions(log["decisions"])
    else:
        st.caption("Nobody has decided this picture yet.")
    erase_form.draw(project, log["sha"], log["source"])


def _gold(project: str, item: str, state: str) -> None:
    """The mark by which a verified picture comes blind to people whose reliability is asked."""
    attempt.draw_refusal()
    marked = gold.is_gold(session.workspace(), project, item)
    if not marked and state not in ("verified", "reviewed"):
        return
    st.button(
        "Gold: take the mark away" if marked else "Mark as gold",
        help="Gold pictures come blind to people who have not seen them; what they answer never "
        "touches the picture, and tells how reliable they are.",
        on_click=attempt.make,
        args=(gold.remove if marked else gold.add, project, [item]),
    )


def _mates(project: str, rows: list[dict[str, Any]]) -> None:
    """Pictures that share a group: the same picture, or alike to the model."""
    for kind, title, how in MATES:
        shown = [row | {"alt": row["source"], "words": [tail(row["source"])]} for row in rows]
        shown = [row for row in shown if row["kind"] == kind]
        if shown:
            st.header(title, help=how)
            st.html(picture_board.html(shown, project))


def _facts(log: dict[str, Any]) -> None:
    held = "nobody has decided" if log["labels"] is None else decision_words.labels(log["labels"])
    st.markdown(f"**{plain(held)}** – {STATE_NAMES[log['state']]}")
    if log["blind"]:
        st.caption("The proposal is hidden: this picture is decided blind first.")
    elif log["proposals"]:
        proposed = ", ".join(f"{one['label']} {one['score']:.2f}" for one in log["proposals"])
        st.caption(f"Proposed: {plain(proposed)}")
    columns = [f"{name}: {value}" for name, value in log["columns"].items()]
    st.caption(plain(" · ".join([*log["paths"], f"{log['width']} × {log['height']}", *columns])))
    st.caption(f"SHA-256 {log['sha']}")
    cvat_places.draw(log)


def _decisions(rows: list[dict[str, Any]]) -> None:
    cells = [
        {
            "No.": row["number"],
            "When": when(row["at"]),
            "Who": row["by"] + (f" (entered by {row['entered_by']})" if row["entered_by"] else ""),
            "What": decision_words.act(row),
            "Standing": decision_words.standing(row),
            "For": row["purpose"],
            "How": decision_words.how(row),
            "Shown": row["shown_proposal"] or "",
            "Reason": row["reason"] or "",
            "Guidelines": row["guideline_revision"],
        }
        for row in rows
    ]
    tables.draw(cells, most=600)
