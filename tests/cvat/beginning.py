"""Where the histories of `tests.cvat.world` begin: pictures that were pushed, copied for each."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db.engine import sqlite_url
from labeling.settings import Settings
from labeling.workflows import accounts, at_hand
from labeling.workspace import Workspace, open_workspace
from tests.cvat.helpers import CLASSES, add, push
from tests.cvat.server import Server
from tests.cvat.state import Cvat
from tests.cvat.there import There
from tests.cvat.world import World
from tests.workflow.helpers import create, import_, pictures, prelabel_

DECIDED, PROPOSED = 3, 2
"""Pictures that bear labels, and those of which there are proposals alone."""
LABELS = {"single": CLASSES, "multi": ("cat", "cat|dog", "cat|dog|bird")}
"""What those bear by turns, by the mode of the project."""


@dataclass(frozen=True)
class Beginning:
    """A database with pictures that were pushed, and the CVAT server after it."""

    home: Path
    database: Path
    cvat: Cvat
    server: Server
    people: dict[str, str]

    @contextmanager
    def world(self, copied: Path) -> Iterator[World]:
        """A world of its own, as it was at the beginning.

        What the process keeps of the project, by its id, is of another world.
        """
        at_hand._meanings.clear()
        shutil.copyfile(self.database, copied)
        self.server.cvat = copy.deepcopy(self.cvat)
        self.server.faults.clear()
        self.server.log.clear()
        ws = open_workspace(Settings(home=self.home, database_url=sqlite_url(copied)))
        try:
            yield World(ws, self.server, There(self.server), self.people)
        finally:
            ws.close()
            for path in copied.parent.glob(f"{copied.name}*"):
                path.unlink()


def begin(ws: Workspace, server: Server, folder: Path, mode: str) -> Beginning:
    """Make the project with a model's proposals, push it, and close the workspace."""
    server.cvat.polls = 0
    create(ws, "zoo", mode=mode)
    add(ws, folder, DECIDED, labels=LABELS[mode])
    pictures(folder / "proposed", PROPOSED, first=60)
    import_(ws, "zoo", folder / "proposed")
    prelabel_(ws, "zoo")
    push(ws, server, states=["proposed", "verified"])
    There(server).add_label("stranger")
    roles = {"ann": "annotator", "bob": "annotator", "rea": "reviewer", "lea": "lead"}
    people = {name: accounts.user(ws, name, role=role).id for name, role in roles.items()}
    ws.close()
    database = Path(ws.db.url.removeprefix("sqlite:///"))
    return Beginning(ws.settings.root, database, server.cvat, server, people)
