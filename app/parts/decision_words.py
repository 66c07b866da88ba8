"""Decisions and second looks as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.parts.wording import count, plain, when

LOOKS = {
    "flag": "Flagged",
    "ask": "Question",
    "disputed": "Disputed",
    "sample": "Drawn at random",
    "suspect": "Probably wrong",
    "late": "Late answer",
    "conflict": "Conflict with CVAT",
}
OUTCOMES = {
    "accepted": "accepted",
    "changed": "changed",
    "sent_back": "sent back",
    "settled": "settled by later decisions",
    "undone": "taken back",
}
_ACTS = {
    "confirm": "confirmed",
    "correct": "chose",
    "none_of_these": "chose",
    "skip": "skipped it",
    "flag": "flagged it",
    "undo": "took back",
    "withdraw": "withdrew",
    "import": "came with",
    "cvat": "in CVAT",
    "review": "settled as",
    "auto_accept": "accepted by a rule as",
}
_STANDINGS = {"second_opinion": "second opinion", "stale": "class is gone", "probe": "probe"}
NONE = "none of these"


def labels(names: Sequence[str]) -> str:
    """The labels of a decision, none of these where there are none."""
    return ", ".join(names) if names else NONE


def act(row: Mapping[str, Any]) -> str:
    """What a decision of a log (``item_log.show``) did: "chose dog", "took back 3"."""
    word = _ACTS[row["kind"]]
    if row["kind"] in ("undo", "withdraw"):
        return f"{word} {row['names'] or 'a decision'}"
    if row["kind"] == "flag" and row["ask"]:
        return "asked the lead"
    return word if row["kind"] in ("skip", "flag") else f"{word} {labels(row['labels'])}"


def own(row: Mapping[str, Any]) -> str:
    """One's own decision in a list: its labels, or what was done instead."""
    if row["kind"] == "flag":
        return "asked" if row["ask"] else "flagged"
    return "skipped" if row["kind"] == "skip" else labels(row["labels"])


def standing(row: Mapping[str, Any]) -> str:
    """What a decision of a log counts for, in words; empty for one that only came before."""
    if row["in_force"]:
        return "in force"
    if row["ended"] and row["kind"] not in ("undo", "withdraw"):
        return "taken back"
    return "gold" if row["purpose"] == "gold" else _STANDINGS.get(row["standing"], "")


def how(row: Mapping[str, Any]) -> str:
    """How a decision was made: its view, blind or not, and the seconds."""
    seconds = f"{row['seconds']:.1f} s" if row["seconds"] is not None else ""
    blind = "blind" if row["blind"] else ""
    return ", ".join(filter(None, (row["view"], blind, seconds)))


def look(row: Mapping[str, Any]) -> str:
    """Why an item waits for a second look, as Markdown."""
    who = f" by {plain(row['by'])}" if row["by"] else ""
    to = f", for {plain(row['to'])}" if row["to"] else ""
    reason = f": {plain(row['reason'])}" if row["reason"] else ""
    ended = f" – {OUTCOMES.get(row['outcome'], 'closed')}" if row["closed_at"] else ""
    return f"**{LOOKS[row['kind']]}**{who}{to}{reason} ({when(row['at'])}){ended}"


def consensus(found: Mapping[str, Any]) -> str:
    """What differing answers amount to (``consensus.of_items``), as Markdown."""
    said = plain(labels(found["labels"]))
    rests = f"reliability of people from {count(found['people_n'], 'picture')}"
    return (
        f"**Consensus: {said}**, {found['confidence']:.2f}, from {found['answers']} answers "
        f":small[– a proposal; {rests}]"
    )
