"""The example pictures of a class's guideline: chosen from verified pictures, with a note each."""

from typing import Any

import streamlit as st

from app import session
from app.parts import empty, thumb
from app.parts.wording import count
from labeling.workflows import guidelines

KINDS = {True: "Good example", False: "Not this class"}
_PAGE, _ROW = 24, 6


def draw(project: str, row: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Draw the examples for editing and return them as they stand, as ``guidelines.save`` takes.

    Args:
        project: the name of the project.
        row: the class, as ``guidelines.show`` gives it.
        key: under which the session keeps what is not saved yet.
    """
    chosen: list[dict[str, Any]] = st.session_state.setdefault(
        key, [dict(one) for one in row["examples"]]
    )
    for example in chosen:
        _edit(example, chosen, key)
    if st.toggle(
        f"Choose pictures ({len(chosen)} of at most {guidelines.MAX_EXAMPLES})", key=f"{key}-choose"
    ):
        _choose(project, row["name"], key)
    return [{name: one[name] for name in ("item", "good", "note")} for one in chosen]


def _edit(example: dict[str, Any], chosen: list[dict[str, Any]], key: str) -> None:
    own = f"{key}-{example['item']}"
    picture, note, remove = st.columns([1, 5, 1], vertical_alignment="center")
    with picture:
        thumb.draw(example["sha"], KINDS[example["good"]])
    example["note"] = note.text_input(
        KINDS[example["good"]],
        value=example["note"],
        key=f"{own}-note",
        max_chars=guidelines.MAX_LINE,
        placeholder="What to see in it",
    )
    remove.button(
        "Remove",
        key=f"{own}-remove",
        icon=":material/close:",
        help="Take this example out",
        on_click=chosen.remove,
        args=(example,),
    )


def _choose(project: str, name: str, key: str) -> None:
    chosen: list[dict[str, Any]] = st.session_state[key]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        good = st.segmented_control(
            "Kind",
            KINDS,
            format_func=KINDS.__getitem__,
            default=True,
            required=True,
            key=f"{key}-kind",
        )
        page = st.number_input("Page", 1, 1_000, key=f"{key}-page-{good}", width=120)
    found = guidelines.candidates(
        session.workspace(), project, name, good=good, limit=_PAGE, offset=(page - 1) * _PAGE
    )
    taken = {one["item"] for one in chosen}
    free = [picture for picture in found if picture["item"] not in taken]
    if not free:
        empty.nothing("No picture here", "Verified pictures appear here, the newest first.")
        return
    picked = _pick(free, key)
    room = guidelines.MAX_EXAMPLES - len(chosen)
    if len(picked) > room:
        st.caption(f"There is room for {room} more.")
    new = [{"item": one["item"], "sha": one["sha"], "good": good, "note": ""} for one in picked]
    st.button(
        f"Add {count(len(picked), 'picture')}",
        type="primary",
        disabled=not 0 < len(picked) <= room,
        key=f"{key}-add",
        on_click=chosen.extend,
        args=(new,),
    )


def _pick(pictures: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    picked = []
    for start in range(0, len(pictures), _ROW):
        columns = st.columns(_ROW)
        for number, picture in enumerate(pictures[start : start + _ROW], start):
            with columns[number % _ROW]:
                thumb.draw(picture["sha"], "", width=picture["width"], height=picture["height"])
                if st.checkbox(str(number + 1), key=f"{key}-pick-{picture['item']}"):
                    picked.append(picture)
    return picked
