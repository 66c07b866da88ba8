"""`prelabel pull`: what people did in CVAT comes back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands.common import AsJson, Home, ProjectName, follow, say, tell, workspace
from app.commands.cvat import Org, Url


def pull(
    name: ProjectName,
    url: Url,
    sign_off: Annotated[
        list[int] | None,
        typer.Option(
            "--sign-off",
            metavar="JOB",
            help="Count all labels of this CVAT job as verified: you answer for them (repeat).",
        ),
    ] = None,
    org: Org = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Take what people changed in CVAT; what both sides changed waits for a reviewer.

    Log in by PRELABEL_CVAT_TOKEN, or PRELABEL_CVAT_USER and PRELABEL_CVAT_PASSWORD."""
    from labeling.workflows import accounts, cvat_pull

    with workspace(home, as_json=as_json) as ws:
        lead = accounts.local_user(ws)
        job = cvat_pull.enqueue(ws, lead, name, url, sign_off=sign_off or (), organization=org)
        result = follow(ws, job, as_json=as_json) | {"job": job}
        tell(result, as_json=as_json, words=lambda: _told(result))


def _told(result: dict[str, Any]) -> None:
    say(
        f"{result['created']} newly decided, {result['updated']} updated, "
        f"{result['unchanged']} unchanged, {result['conflicts']} conflicts"
    )
    if result["waiting"]:
        say(f"{result['waiting']} were changed here and wait for a push.")
    if result["conflicts"]:
        say("A reviewer settles conflicts on the page Second look.")
    for line in result["problems"]:
        say(line)
