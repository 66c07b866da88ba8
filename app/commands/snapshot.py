"""`prelabel snapshot NAME create | list | diff | verify | restore`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from app.commands.common import AsJson, Home, ProjectName, say, split, table, tell, workspace
from labeling.errors import PrelabelError
from labeling.quality.agreement import is_enough
from labeling.quality.wording import error_in_words, in_words
from labeling.splits import SPLITS

SHOWN = 20
"""Changes that are named one by one."""
COUNTS = {"create": 1, "list": 0, "diff": 2, "verify": 1, "restore": 1}


def snapshot(
    name: ProjectName,
    action: Annotated[str, typer.Argument(help="create, list, diff, verify or restore.")] = "list",
    values: Annotated[
        list[str] | None,
        typer.Argument(help="create, verify, restore: a snapshot; diff: two snapshots."),
    ] = None,
    shares: Annotated[
        str | None, typer.Option(help="create: such as train=0.8,validation=0.1,test=0.1.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="create: of the splits.")] = None,
    states: Annotated[
        str, typer.Option(help="create: verified, reviewed or both, a,b.")
    ] = "verified,reviewed",
    note: Annotated[str, typer.Option(help="create: what is to be said of it.")] = "",
    with_names: Annotated[
        bool, typer.Option("--with-names", help="create: annotators by name, not pseudonym.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Sign off a dataset as it stands, compare such states, check them, bring one back."""
    from labeling.workflows import accounts, snapshots
    from labeling.workflows.snapshot_files import verify
    from labeling.workflows.snapshot_restore import restore

    given = values or []
    if action not in COUNTS:
        raise typer.BadParameter(f"{action!r} is none of {', '.join(COUNTS)}")
    if len(given) != COUNTS[action]:
        raise typer.BadParameter(f"{action} takes {COUNTS[action]} values, not {len(given)}")
    chosen = shares_of(shares)
    with workspace(home, as_json=as_json) as ws:
        lead = accounts.local_user(ws)
        match action:
            case "create":
                made = snapshots.create(
                    ws,
                    lead,
                    name,
                    given[0],
                    shares=chosen,
                    seed=seed,
                    with_names=with_names,
                    states=split(states),
                    note=note,
                )
                tell(made, as_json=as_json, words=lambda: _told(made))
            case "list":
                found = snapshots.listed(ws, name)
                tell(found, as_json=as_json, words=lambda: _told_list(found))
            case "diff":
                changes = snapshots.diff(ws, name, *given)
                tell(changes, as_json=as_json, words=lambda: _told_changes(changes))
            case "verify":
                checked = verify(ws, name, given[0])
                tell(checked, as_json=as_json, words=lambda: _told_check(checked))
                if not checked["ok"]:
                    fault = checked["faults"][0]
                    raise PrelabelError(f"{fault['file']}: {fault['what']}")
            case _:
                done = restore(ws, lead, name, given[0])
                tell(done, as_json=as_json, words=lambda: _told_restore(done))


def shares_of(text: str | None) -> dict[str, float] | None:
    """Shares from ``train=0.8,test=0.2``; None for none.

    Raises:
        typer.BadParameter: a part is no name with a number.
    """
    if text is None:
        return None
    try:
        parts = [part.split("=", 1) for part in split(text)]
        return {key.strip(): float(value) for key, value in parts}
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not like train=0.8,test=0.2") from None


def _told(made: dict[str, Any]) -> None:
    splits = ", ".join(f"{n:,} {split}" for split, n in made["splits"].items() if n)
    say(f"{made['snapshot']}: {made['items']:,} pictures ({splits})")
    say(f"signed off by {made['signed_off_by']}; seed {made['seed']}")
    say(f"error of its labels: {error_in_words(made['label_error'])}")
    if made["divided_groups"]:
        say(
            f"{made['divided_groups']:,} groups of near-duplicates lie in several splits: found "
            "after their pictures had been dealt. Another --seed deals all anew."
        )


def _told_list(found: list[dict[str, Any]]) -> None:
    if not found:
        say("There is no snapshot yet.")
        return
    rows = [
        (
            m["snapshot"],
            m["items"],
            " / ".join(f"{n:,}" for n in m["splits"].values()),
            m["erased"],
            m["signed_off_by"],
            _error_then(m["label_error"]),
            m.get("note", ""),
        )
        for m in found
    ]
    table(("snapshot", "pictures", "splits", "erased", "signed off by", "error", "note"), rows)
    say(f"splits: {', '.join(SPLITS)}; error: of its labels, as second looks told then")


def _error_then(share: Mapping[str, Any] | None) -> str:
    return in_words(share) if is_enough(share) else "not known"


def _told_changes(changes: dict[str, Any]) -> None:
    for what, rows in changes.items():
        say(f"{len(rows):,} {what}")
    named = [
        (what, one.get("sha256", "")[:16], _in_words(one["before"]), _in_words(one["after"]))
        for what in ("relabelled", "moved", "renamed")
        for one in changes[what]
    ]
    if named:
        table(("change", "picture", "before", "after"), named[:SHOWN])
    if len(named) > SHOWN:
        say(f"… and {len(named) - SHOWN:,} more; --json names all, also those added and removed")


def _in_words(end: str | list[str]) -> str:
    """A split, the name of a class, or labels."""
    return end if isinstance(end, str) else ", ".join(end) or "none of these"


def _told_check(checked: dict[str, Any]) -> None:
    if checked["ok"]:
        gone = len(checked["erased"])
        rest = f", but {gone:,} erased since" if gone else ""
        say(f"{checked['snapshot']}: {checked['pictures']:,} pictures, all as signed off{rest}")
    else:
        table(("file", "what"), [(f["file"], f["what"]) for f in checked["faults"]])


def _told_restore(done: dict[str, Any]) -> None:
    say(f"{done['restored']:,} restored, {done['unchanged']:,} unchanged")
    if done["failed"]:
        table(("picture", "why"), [(f["sha256"][:16], f["why"]) for f in done["failed"]])
