"""One picture for a second look: why it waits, what everybody said, and what becomes of it."""

from typing import Any

import streamlit as st

from app import session
from app.parts import answer, attempt, comment_thread, cvat_places, decision_words, links, thumb
from app.parts.wording import STATE_NAMES, plain, tail, when
from labeling.workflows import accounts, item_log, second_look

_MOST_KEYS = 9
_PATH_SHOWN = 40


def draw(project: dict[str, Any], item: str, consensus: dict[str, Any] | None = None) -> None:
    """Draw the picture of an item with its log and the ways to settle it.

    Args:
        project: the project as JSON.
        item: the item's id.
        consensus: what its differing answers amount to (``consensus.of_items``), if they differ.
    """
    log = item_log.show(session.workspace(), session.user_id(), project["name"], item)
    picture, words = st.columns([11, 9], gap="medium")
    with picture:
        thumb.draw(
            log["sha"], log["source"], size="screen", width=log["width"], height=log["height"]
        )
        st.caption(
            f"{plain(tail(log['source'], _PATH_SHOWN))} – {STATE_NAMES[log['state']]}",
            help=plain(log["source"]),
        )
    with words:
        _reasons(log)
        _opinions(log)
        if consensus is not None:
            st.markdown(decision_words.consensus(consensus), help=consensus["method"])
        _settle(project, log)
        _send_back(project, log)
        comment_thread.draw(project["name"], item, log["comments"])
        links.link("item", "Everything about this picture", project["name"], item=item)


def _reasons(log: dict[str, Any]) -> None:
    for row in log["looks"]:
        if row["closed_at"] is None:
            st.markdown(decision_words.look(row))
    cvat_places.conflicts(log)


def _opinions(log: dict[str, Any]) -> None:
    for row in log["decisions"]:
        if row["ended"] or row["kind"] in ("undo", "withdraw"):
            continue
        told = decision_words.standing(row)
        notes = [told, plain(row["reason"] or ""), decision_words.how(row), when(row["at"])]
        line = f"**{plain(row['by'])}** {plain(decision_words.act(row))}"
        st.markdown(f"{line} :small[– {', '.join(filter(None, notes))}]")


def _settle(project: dict[str, Any], log: dict[str, Any]) -> None:
    offered = _offered(log, single=project["mode"] == "single")
    accepted = log["labels"]
    if accepted is None:
        accepted = _first_offer(log, offered)
    with st.container(horizontal=True):
        if accepted is not None:
            _button(project, log, _accepting(log, accepted), accepted, "A")
        others = [labels for labels in offered if labels != accepted][:_MOST_KEYS]
        for number, labels in enumerate(others, 1):
            _button(project, log, decision_words.labels(labels), labels, str(number))
        if accepted != [] and [] not in others:
            _button(project, log, "None of these", [], "0")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = answer.choose(project, _first(project, log), f"answer-{log['item']}")
        if chosen is not None and chosen != log["labels"]:
            _button(project, log, f"Change to {decision_words.labels(chosen)}", chosen, None)


def _accepting(log: dict[str, Any], labels: list[str]) -> str:
    """What accepting takes: somebody's answer or, where nobody gave one, the model's proposal."""
    said = log["labels"] is not None or any(
        row["labels"] == labels and not row["ended"] for row in log["decisions"] if row["labels"]
    )
    what = decision_words.labels(labels)
    return f"Accept {what}" if said else f"Accept the proposal {what}"


def _first(project: dict[str, Any], log: dict[str, Any]) -> list[str] | None:
    """What the field holds at first: several labels are changed, one is chosen anew."""
    return log["labels"] if project["mode"] == "multi" else None


def _first_offer(log: dict[str, Any], offered: list[list[str]]) -> list[str] | None:
    """What is accepted where nobody has answered: what the model proposes, if it does."""
    if log["none_proposed"]:
        return []
    return offered[0] if offered else None


def _offered(log: dict[str, Any], *, single: bool) -> list[list[str]]:
    """What people said here, then in CVAT, then, where one label is given, what is proposed."""
    said = [row["labels"] for row in log["decisions"] if row["labels"] and not row["ended"]]
    there = [one["theirs"] for one in log["conflicts"] if one["theirs"]]
    there = [labels for labels in there if not single or len(labels) == 1]
    proposed = [[one["label"]] for one in log["proposals"] if single]
    offered: list[list[str]] = []
    for labels in (*said, *there, *proposed):
        if labels not in offered:
            offered.append(labels)
    return offered


def _button(
    project: dict[str, Any],
    log: dict[str, Any],
    label: str,
    labels: list[str],
    key: str | None,
) -> None:
    st.button(
        plain(label),
        key=f"settle-{log['item']}-{key}",
        type="primary" if key == "A" else "secondary",
        shortcut=key,
        on_click=attempt.make,
        args=(second_look.settle, project["name"], log["item"], labels),
        kwargs={"seen": log["seq"]},
    )


def _send_back(project: dict[str, Any], log: dict[str, Any]) -> None:
    names = [person["name"] for person in accounts.people(session.workspace(), project["name"])]
    said = [row["by"] for row in log["decisions"] if row["by"] in names]
    key = f"back-{log['item']}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        to = st.selectbox(
            "Send back to",
            names,
            index=names.index(said[0]) if said else None,
            key=f"{key}-to",
            width=150,
        )
        comment = st.text_input("with the comment", key=f"{key}-comment", max_chars=2_000)
        st.button(
            "Send back",
            key=key,
            shortcut="B",
            disabled=to is None or not comment.strip(),
            on_click=attempt.make,
            args=(second_look.send_back, project["name"], log["item"], to, comment),
            kwargs={"seen": log["seq"]},
        )
