"""`prelabel push`: a project and its CVAT project, kept the same."""

from typing import Annotated, Any

import typer

from app.commands.common import (
    AsJson,
    Home,
    ProjectName,
    follow,
    say,
    split,
    table,
    tell,
    workspace,
)

Url = Annotated[str, typer.Option("--cvat", metavar="URL", help="Address of the CVAT server.")]
Org = Annotated[
    str | None,
    typer.Option(
        help="Organisation in CVAT, by short name; '' for the personal workspace.",
        show_default="where it was pushed last",
    ),
]


def push(
    name: ProjectName,
    url: Url,
    states: Annotated[
        str, typer.Option(help="Item states of which new items are sent, a,b,c.")
    ] = "verified,reviewed",
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Only what bears this class (repeat).")
    ] = None,
    below: Annotated[
        float | None, typer.Option(min=0, max=1, help="Only proposals with a smaller score.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="New items at most, the least certain first.")
    ] = None,
    job_size: Annotated[int, typer.Option(min=1, help="Pictures in a task and its job.")] = 200,
    assignee: Annotated[
        str | None, typer.Option(help="Who gets the new jobs, by the name in CVAT.")
    ] = None,
    org: Org = None,
    new_project: Annotated[
        bool, typer.Option("--new-project", help="Begin another CVAT project.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Send items and labels to CVAT: what is new or changed, nothing twice.

    Log in by PRELABEL_CVAT_TOKEN, or PRELABEL_CVAT_USER and PRELABEL_CVAT_PASSWORD."""
    from labeling.workflows import accounts, cvat_push

    with workspace(home, as_json=as_json) as ws:
        job = cvat_push.enqueue(
            ws,
            name,
            url,
            states=split(states),
            class_names=classes or (),
            below=below,
            limit=limit,
            job_size=job_size,
            assignee=assignee,
            organization=org,
            new_project=new_project,
            user_id=accounts.local_user(ws),
        )
        result = follow(ws, job, as_json=as_json) | {"job": job}
        tell(result, as_json=as_json, words=lambda: _told(result))


def _told(result: dict[str, Any]) -> None:
    say(
        f"{result['created']} sent for the first time, {result['updated']} updated, "
        f"{result['unchanged']} unchanged, {result['conflicts']} conflicts, "
        f"{result['failed']} failed in {result['seconds']:.1f} s"
    )
    if result["waiting"]:
        say(
            f"{result['waiting']} were changed in CVAT: they wait for a pull, or at Second look "
            "after one."
        )
    if result["tasks"]:
        rows = [(task["name"], task["pictures"], task["url"]) for task in result["tasks"]]
        table(("task", "pictures", "address"), rows)
    for line in result["problems"]:
        say(line)
