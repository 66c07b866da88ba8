"""Erasing pictures for good: out of the store, its caches, every project, and exports to come.

A picture is its bytes, so it goes from all projects that have it. First one transaction lets it go
from the database and notes what of it lies in files; then the files are removed. Whatever ends that
in the middle, the next erasure, or the same job taken up again, finishes it. What people decided
stays in the log, without the item; importing the same bytes again is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from db import erasures, heads, images, projects, sources
from db.tables import Image, Item, Project
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.roles import Role
from labeling.workflows import accounts, erasure_files
from labeling.workflows.jobs import INTERACTIVE, Steps, Task, enqueue_once
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find
from labeling.workspace import Workspace

KIND = "erase"
REASON_LENGTH = 500


@dataclass(frozen=True)
class Place:
    """A picture that is to be erased, and the items that it is in all projects."""

    image: Image
    items: Sequence[tuple[Item, Project]]


def preview(
    ws: Workspace, user_id: str, project_name: str, names: Sequence[str]
) -> list[dict[str, Any]]:
    """What erasing pictures would remove, and what would stay; nothing is changed.

    Args:
        ws: the workspace.
        user_id: who asks.
        project_name: a project that has them.
        names: paths as imported, ends of such, or SHA-256.

    Returns:
        of each picture: sha256, projects (``{"project", "image", "state"}`` of each that has it),
        snapshots (``{"project", "snapshot"}``) and stays: a line for each copy that is not ours to
        remove, or was handed out: a linked file, exports, frames of CVAT tasks.

    Raises:
        ForbiddenError: the person is no lead in a project that has a picture.
        InputError: a name means no picture, or several.
        NotFoundError: there is no such project.
    """
    places = _places(ws, user_id, project_name, names)
    with ws.db.read() as session:
        return [_told(session, place) for place in places]


def enqueue(
    ws: Workspace, user_id: str, project_name: str, names: Sequence[str], *, reason: str = ""
) -> str:
    """Put the erasure of pictures in line, before all other work; the id of its job.

    Where an erasure in this project was interrupted, names that mean no picture any more are
    taken for those that went with it.

    Args:
        ws: the workspace.
        user_id: who asks.
        project_name: a project that has them.
        names: paths as imported, ends of such, or SHA-256.
        reason: why, told wherever somebody misses the picture; at most 500 characters.

    Raises:
        ForbiddenError: the person is no lead in a project that has a picture.
        InputError: a name means no picture, or several; or the reason is too long.
        NotFoundError: there is no such project.
    """
    if len(reason) > REASON_LENGTH:
        raise InputError(f"the reason is longer than {REASON_LENGTH} characters")
    try:
        places = _places(ws, user_id, project_name, names)
    except NotFoundError:
        raise
    except InputError:
        with ws.db.read() as session:
            project_id = find(session, project_name).id
            if not erasures.unfinished(session, project_id):
                raise
        places = []
    with ws.db.read() as session:
        project_id = find(session, project_name).id
    shas = sorted({place.image.sha256 for place in places})
    parameters = {"shas": shas, "reason": reason.strip()}
    return put_in_line(ws, KIND, project_id, parameters, user_id=user_id, priority=INTERACTIVE)


def steps(task: Task) -> Steps:
    """Erase pictures; what earlier erasures left in files goes too.

    The worker does no other job meanwhile, and has let those that had begun drop what they held
    at hand (``work.ALONE``): they begin anew without the pictures.
    """
    ws, given = task.ws, task.job.parameters
    stays: list[str] = []
    touched: set[str] = set()
    for number, sha in enumerate(given["shas"]):
        task.tell(number, len(given["shas"]), "erasing")
        with ws.db.read() as session:
            stays += _still_staying(session, sha)
        touched |= ws.db.write(partial(_remove, task, sha))
        yield
    with ws.db.read() as session:
        left = erasures.unfinished(session)
    for row in left:
        erasure_files.remove(ws, row.sha256, row.left)
        ws.db.write(partial(_finish, ws, row.sha256))
        yield
    for line in stays:
        task.log(line, "warning")
    _after(ws, touched)
    return {"erased": [row.sha256 for row in left], "stays": stays}


def lift(ws: Workspace, user_id: str, shas: Sequence[str]) -> list[str]:
    """Let erased pictures be imported again; which were refused until now.

    Raises:
        ForbiddenError: the person is no admin.
        NotFoundError: none of them is refused.
    """
    accounts.require(ws, user_id, Role.ADMIN)
    lifted = ws.db.write(lambda session: erasures.lift(session, shas, user_id, ws.clock()))
    if not lifted:
        raise NotFoundError("none of these pictures was erased", "Give their SHA-256, whole.")
    return lifted


def _places(ws: Workspace, user_id: str, project_name: str, names: Sequence[str]) -> list[Place]:
    accounts.require(ws, user_id, Role.LEAD, project_name)
    with ws.db.read() as session:
        project = find(session, project_name)
        shas = dict.fromkeys(_sha_of(session, project, name) for name in names)
        pictures = images.by_shas(session, shas)
        places = [Place(one, erasures.items_of(session, sha)) for sha, one in pictures.items()]
    for place in places:
        for _, other in place.items:
            _require_lead(ws, user_id, other.name)
    return places


def _sha_of(session: Session, project: Project, name: str) -> str:
    """The picture that a name means.

    Raises:
        InputError: none bears it, or several do.
    """
    called = sources.called(session, project.id, name.removeprefix("./"))
    found = sorted({item.sha256 for item in called})
    if len(found) == 1:
        return found[0]
    if found:
        shas = ", ".join(found)
        raise InputError(f"{len(found)} pictures are called {name!r}: {shas}", "Give the SHA-256.")
    raise InputError(
        f"no picture of {project.name!r} is called {name!r}",
        "Give its path as imported, its file name, or its SHA-256.",
    )


def _require_lead(ws: Workspace, user_id: str, project_name: str) -> None:
    try:
        accounts.require(ws, user_id, Role.LEAD, project_name)
    except ForbiddenError:
        raise ForbiddenError(
            "a picture is erased from all projects that have it, and you lead not all of them",
            "Ask an admin.",
        ) from None


def _told(session: Session, place: Place) -> dict[str, Any]:
    sha = place.image.sha256
    owners = [project.id for _, project in place.items]
    return {
        "sha256": sha,
        "projects": [
            {
                "project": project.name,
                "image": images.first_path(session, item.id),
                "state": item.state,
            }
            for item, project in place.items
        ],
        "snapshots": [
            {"project": project, "snapshot": name}
            for project, name in erasures.snapshots_with(session, sha)
        ],
        "stays": _staying(session, place, owners),
    }


def _staying(session: Session, place: Place, owners: Sequence[str]) -> list[str]:
    """What is not ours to remove, or was handed out, in a line each."""
    image = place.image
    lines = [f"the linked file stays: {image.link}"] if image.link else []
    exports = erasure_files.exports_with(session, owners, image.sha256)
    lines += [f"an export holds a copy, and stays: {folder}" for folder in exports]
    frames = erasures.frames_of(session, [item.id for item, _ in place.items])
    lines += [
        f"CVAT has a copy: delete frame {f.frame} of {f.task_name} there "
        f"({f.server}/tasks/{f.task_id})"
        for f in frames
        if f.task_id is not None
    ]
    return lines


def _still_staying(session: Session, sha: str) -> list[str]:
    """What stays of a picture that is about to go; nothing of one that is gone."""
    image = images.image(session, sha)
    if image is None:
        return []
    items = erasures.items_of(session, sha)
    return _staying(session, Place(image, items), [project.id for _, project in items])


def _remove(task: Task, sha: str, session: Session) -> set[str]:
    """Let a picture go from the database, in one transaction; the projects that had it."""
    owners = sorted({project.id for _, project in erasures.items_of(session, sha)})
    for project_id in owners:
        projects.lock(session, project_id)
    if images.image(session, sha) is None:
        return set()
    left = {
        "vectors": [list(one) for one in erasures.vectors_of(session, sha)],
        "projects": owners,
    }
    erasures.remove(
        session,
        sha,
        reason=task.job.parameters["reason"],
        user_id=task.job.user_id,
        left=left,
        now=task.ws.clock(),
    )
    return set(owners)


def _finish(ws: Workspace, sha: str, session: Session) -> None:
    erasures.finish(session, sha, ws.clock())


def _after(ws: Workspace, project_ids: set[str]) -> None:
    """Let queues close ranks, and heads that were taught with the pictures be taught without."""
    for project_id in sorted(project_ids):
        with ws.db.read() as session:
            project = projects.by_id(session, project_id)
            has_head = heads.newest(session, project_id) is not None
        if has_head:
            enqueue_once(ws, "learn", project_id)
        elif project.run_id is not None:
            enqueue_once(ws, "rank", project_id)
