"""What tests of pulls share: pulling as a lead, and what a reviewer sees and settles."""

from pathlib import Path
from typing import Any

from db import images
from labeling.workflows import accounts, cvat_pull, item_log, projects, second_look
from labeling.workspace import Workspace
from tests.cvat.helpers import decide, project, push
from tests.cvat.server import Server
from tests.cvat.sites import Site
from tests.workflow.helpers import create, import_, pictures, run


def pull(ws: Workspace, server: Server | Site, name: str = "zoo", **given: Any) -> dict[str, Any]:
    lead = accounts.user(ws, "lea", role="lead").id
    return run(ws, cvat_pull.enqueue(ws, lead, name, server.url, **given))


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    return tuple(result[key] for key in ("created", "updated", "unchanged", "conflicts"))


def items(ws: Workspace, paths: list[str], name: str = "zoo") -> list[str]:
    """The item of each picture."""
    with ws.db.read() as session:
        found = images.ids_by_path(session, projects.find(session, name).id)
    return [found[path][0] for path in paths]


def shown(ws: Workspace, item: str, name: str = "zoo") -> dict[str, Any]:
    reviewer = accounts.user(ws, "rea", role="reviewer").id
    return item_log.show(ws, reviewer, name, item)


def settle(ws: Workspace, item: str, *labels: str, name: str = "zoo") -> None:
    reviewer = accounts.user(ws, "rea", role="reviewer").id
    seen = shown(ws, item, name)["seq"]
    second_look.settle(ws, reviewer, name, item, labels, seen=seen)


def pushed_sets(
    ws: Workspace, server: Server, folder: Path, *labels: str
) -> tuple[list[str], list[str]]:
    """A project with a picture for each set of labels, which is at the server; paths and items."""
    create(ws, mode="multi")
    paths = [str(path) for path in pictures(folder, len(labels))]
    import_(ws, "zoo", folder)
    decide(ws, dict(zip(paths, labels, strict=True)))
    push(ws, server)
    return paths, items(ws, paths)


def pushed(ws: Workspace, server: Server, folder: Path, count: int = 4) -> list[str]:
    """A project whose verified pictures are at the server; its items in the order of frames."""
    labels = project(ws, folder, count)
    push(ws, server)
    return items(ws, list(labels))
