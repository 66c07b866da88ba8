"""`prelabel accept`: a wish and its cost, the audit, what it allows, accepting, taking back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands.common import AsJson, Home, ProjectName, follow, say, table, tell, workspace
from labeling.errors import InputError
from labeling.quality.wish import Scope
from labeling.quality.wording import bound_in_words, error_in_words, risk_in_words
from labeling.workspace import Workspace

LISTED = 40
"""Pictures of an audit that are listed in words; JSON has them all."""


def accept(
    name: ProjectName,
    alpha: Annotated[
        float | None, typer.Option(help="The error that may remain: 0.02 is 2 %.")
    ] = None,
    delta: Annotated[float, typer.Option(help="The risk that more remains.")] = 0.05,
    apply: Annotated[
        bool, typer.Option("--apply", help="The next step: draw the audit, or accept.")
    ] = False,
    scope: Annotated[Scope, typer.Option(help="What the error is a share of.")] = Scope.ACCEPTED,
    per_class: Annotated[
        bool, typer.Option("--per-class", help="It has to hold in each class.")
    ] = False,
    batch: Annotated[
        list[str] | None, typer.Option(help="Only what came with this import (repeat).")
    ] = None,
    audit: Annotated[
        int | None, typer.Option(min=1, help="How many to draw (in each class, with --per-class).")
    ] = None,
    looks: Annotated[
        int, typer.Option(min=1, max=5, help="At how many sizes of the audit to ask.")
    ] = 1,
    twice: Annotated[
        bool | None, typer.Option("--twice/--once", help="Two people decide each drawn picture.")
    ] = None,
    stream: Annotated[
        float, typer.Option(min=0, max=1, help="Share of what is accepted that people check.")
    ] = 0.02,
    close: Annotated[
        bool, typer.Option("--close", help="End the audit; undecided pictures count as wrong.")
    ] = False,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="End the audit and accept nothing.")
    ] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take back what was accepted last.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Accept proposals without looking, at an error that a blind audit bounds.

    Without --apply it tells what the wish costs, or how far its audit is."""
    from labeling.workflows import accept as acts
    from labeling.workflows import acceptance_plan, accounts

    wish: dict[str, Any] = {"alpha": alpha, "delta": delta, "scope": scope, "per_class": per_class}
    wish |= {"batches": batch or None, "audit": audit, "looks": looks}
    with workspace(home, as_json=as_json) as ws:
        lead, newest = accounts.local_user(ws), _newest(ws, name)
        running = newest is not None and newest["state"] in ("planned", "auditing")
        if withdraw or refuse:
            _require(newest, "there is no acceptance yet")
            _end(ws, lead, name, newest or {}, taking_back=withdraw, as_json=as_json)
        elif running and newest is not None:
            _require_same(newest, alpha)
            if newest["job"]:
                follow(ws, newest["job"], as_json=as_json)
            elif apply:
                follow(ws, acts.accept(ws, lead, name, newest["id"], close=close), as_json=as_json)
        elif alpha is None:
            _require(newest, "no error is wished for")
        elif apply:
            begun = acts.begin(ws, lead, name, **wish, twice=twice, stream_share=stream)
            follow(ws, begun["job"], as_json=as_json)
        else:
            told = _planned(acceptance_plan.plan(ws, name, **wish)) | _together(ws, name)
            tell(told, as_json=as_json, words=lambda: _say_plan(name, told))
            return
        shown = _shown(ws, name)
        tell(shown, as_json=as_json, words=lambda: _say_acceptance(name, shown))


def _newest(ws: Workspace, name: str) -> dict[str, Any] | None:
    from labeling.workflows import acceptance_told

    found = acceptance_told.all_of(ws, name)
    return found[0] if found else None


def _end(
    ws: Workspace, lead: str, name: str, newest: dict[str, Any], *, taking_back: bool, as_json: bool
) -> None:
    from labeling.workflows import accept as acts

    if taking_back:
        follow(ws, acts.withdraw(ws, lead, name, newest["id"]), as_json=as_json)
    else:
        acts.refuse(ws, lead, name, newest["id"])


def _require(newest: dict[str, Any] | None, what: str) -> None:
    if newest is None:
        raise InputError(what, "Wish for one: --alpha 0.02 --delta 0.05")


def _require_same(running: dict[str, Any], alpha: float | None) -> None:
    if alpha not in (None, running["alpha"]):
        raise InputError(
            f"an acceptance at an error of {running['alpha']:g} is on its way",
            "Finish it first (--apply), or end it (--refuse).",
        )


def _planned(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"state": "wish", "acceptance": None, "accepted": 0, "upper_bound": None}


def _shown(ws: Workspace, name: str) -> dict[str, Any]:
    """The newest acceptance, with the keys that scripts build on."""
    from labeling.workflows import acceptance_told

    told = acceptance_told.show(ws, name)
    outcome = told["outcome"] or {}
    return (
        told
        | {
            "acceptance": told["id"],
            "eligible": told["frame_size"],
            "acceptable": outcome.get("acceptable", 0),
            "upper_bound": outcome.get("bound", told["upper_bound"]),
            "audit_pictures": acceptance_told.audit_pictures(ws, name, told["id"]),
        }
        | _together(ws, name)
    )


def _together(ws: Workspace, name: str) -> dict[str, Any]:
    """What all acceptances of the project risk together, and what none of them covers."""
    from labeling.workflows import acceptance_attempts

    return {"together": acceptance_attempts.of_project(ws, name)}


def _say_plan(name: str, told: dict[str, Any]) -> None:
    say(f"{told['eligible']} of {told['items']} pictures wait and nobody has touched them")
    if not told["possible"]:
        say("They are too few to be accepted at this error and this risk.")
        return
    each = " in each class" if told["per_class"] else ""
    say(
        f"an error of at most {told['alpha']:.1%} at a risk of {told['delta']:.1%} takes at least "
        f"{told['error_free']} right decisions{each} within what is accepted"
    )
    rows = [
        (one["audit_n"], f"{one['share']:.0%}", f"{one['low']:.0%} to {one['high']:.0%}")
        for one in told["options"]
    ]
    table(("audit", "expected to be accepted", "8 in 10 times"), rows)
    say(f"error of verified labels: {error_in_words(told['human_error'])}")
    if told["together"]["attempts"]:
        say(risk_in_words(told["together"]))
    if told["twice"]:
        say("That is more than is wished: two people decide each picture of the audit.")
    say(f"Draw the audit ({told['audit_n']} pictures): prelabel accept {name} … --apply")


def _say_acceptance(name: str, told: dict[str, Any]) -> None:
    say(
        f"{told['state']}: at most {told['alpha']:.1%} wrong, risk {told['delta']:.1%}, "
        f"{told['eligible']} pictures in the frame, {told['audit_n']} drawn"
    )
    if told["audit"]:
        table(("audit", "pictures"), list(told["audit"].items()))
        waiting = [(one["image"],) for one in told["audit_pictures"][:LISTED]]
        table((f"to be decided, {len(told['audit_pictures'])} in all",), waiting)
    if told["outcome"] and told["acceptable"]:
        say(
            f"{told['acceptable']} may be accepted, at most {told['upper_bound']:.2%} of them wrong"
        )
        say(f"Accept them: prelabel accept {name} --apply")
    elif told["outcome"]:
        _say_nothing(name, told["outcome"], told["larger"])
    if told["together"]["attempts"] > 1:
        say(risk_in_words(told["together"]))
    if told["state"] == "accepted":
        say(f"{told['accepted']} accepted, at most {told['upper_bound']:.2%} of them wrong")
    if told["by_class"] and told["by_class"]["classes"]:
        _say_classes(told["by_class"])
    if told["why"]:
        say(told["why"])


def _say_classes(found: dict[str, Any]) -> None:
    rows = [
        (row["class"], *(bound_in_words(row[side]["bound"]) for side in ("given", "missed")))
        for row in found["classes"]
    ]
    table(("class", "given wrongly at most", "missed at most"), rows)


def _say_nothing(name: str, outcome: dict[str, Any], larger: list[dict[str, Any]]) -> None:
    say(
        f"nothing may be accepted: {outcome['wrong']} of {outcome['audit_n']} pictures of the "
        "audit were wrong or undecided"
    )
    for one in larger[-1:]:
        say(f"An audit of {one['audit_n']} would be expected to allow {one['share']:.0%}.")
    say(f"End this one: prelabel accept {name} --refuse; what people decided stays verified.")
