"""What a CVAT server answers, as far as we read it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeling.errors import CvatError

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class RemoteProject:
    """A CVAT project; ``mark`` is its bug tracker, which says whose it is."""

    id: int
    name: str
    mark: str


@dataclass(frozen=True)
class RemoteLabel:
    """A label of a CVAT project; ``attributes``: id of each by its name."""

    id: int
    name: str
    kind: str
    attributes: Mapping[str, int]


@dataclass(frozen=True)
class RemoteTask:
    """A CVAT task; ``size`` counts its pictures, ``project_id`` is None where it has none."""

    id: int
    name: str
    mark: str
    project_id: int | None
    size: int
    updated: datetime


@dataclass(frozen=True)
class RemoteJob:
    """A CVAT job: ``state`` is new, in progress, completed or rejected; ``stage`` annotation,
    validation or acceptance; ``assignee`` a user name there."""

    id: int
    task_id: int
    project_id: int | None
    state: str
    stage: str
    assignee: str | None
    updated: datetime


@dataclass(frozen=True)
class FrameNames:
    """The file name of each frame of a task, in order, and which frames are deleted."""

    names: Sequence[str]
    deleted: frozenset[int]


@dataclass(frozen=True)
class Tag:
    """A tag on a frame; ``source`` is auto, semi-auto, manual, file or consensus.

    ``id`` 0: it is to be created. ``attributes``: text by attribute id.
    """

    frame: int
    label_id: int
    id: int = 0
    source: str = "auto"
    attributes: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Issue:
    """What somebody in CVAT says about a frame: the first comment opens it."""

    id: int
    job_id: int
    frame: int
    resolved: bool
    comments: Sequence[IssueComment]


@dataclass(frozen=True)
class IssueComment:
    """One comment of an issue."""

    id: int
    user: str
    text: str
    created: datetime


@contextmanager
def understood(doing: str) -> Iterator[None]:
    """Turn a missing or odd value of an answer into an error for a person.

    Raises:
        CvatError: the answer is not what CVAT answers.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CvatError(
            f"CVAT's answer can't be understood, {doing}: {type(error).__name__} {error}",
            "This version of CVAT may be too new; check the documentation for those supported.",
        ) from None


def project(answer: Answer) -> RemoteProject:
    """A project, from JSON."""
    return RemoteProject(int(answer["id"]), str(answer["name"]), answer.get("bug_tracker") or "")


def label(answer: Answer) -> RemoteLabel:
    """A label, from JSON."""
    attributes = {str(a["name"]): int(a["id"]) for a in answer.get("attributes") or ()}
    return RemoteLabel(int(answer["id"]), str(answer["name"]), str(answer["type"]), attributes)


def task(answer: Answer) -> RemoteTask:
    """A task, from JSON; before there are pictures it has no size."""
    return RemoteTask(
        id=int(answer["id"]),
        name=str(answer["name"]),
        mark=answer.get("bug_tracker") or "",
        project_id=answer["project_id"],
        size=int(answer.get("size") or 0),
        updated=moment(answer["updated_date"]),
    )


def job(answer: Answer) -> RemoteJob:
    """A job, from JSON."""
    return RemoteJob(
        id=int(answer["id"]),
        task_id=int(answer["task_id"]),
        project_id=answer["project_id"],
        state=str(answer["state"]),
        stage=str(answer["stage"]),
        assignee=_user(answer.get("assignee")),
        updated=moment(answer["updated_date"]),
    )


def frames(answer: Answer) -> FrameNames:
    """Names and deleted frames, from the meta data of a task."""
    names = [str(frame["name"]) for frame in answer["frames"]]
    return FrameNames(names, frozenset(int(n) for n in answer["deleted_frames"]))


def tags(answer: Answer) -> list[Tag]:
    """The tags of a task or job, from JSON."""
    return [
        Tag(
            frame=int(tag["frame"]),
            label_id=int(tag["label_id"]),
            id=int(tag["id"]),
            source=str(tag.get("source") or "manual"),
            attributes=tuple(
                (int(a["spec_id"]), str(a["value"])) for a in tag.get("attributes") or ()
            ),
        )
        for tag in answer["tags"]
    ]


def has_shapes(answer: Answer) -> bool:
    """Whether there is anything but tags, which a PUT of tags would wipe out."""
    return any(answer.get(kind) for kind in ("shapes", "tracks", "intervals"))


def issue(answer: Answer, comments: Sequence[IssueComment]) -> Issue:
    """An issue, from JSON, with its comments, oldest first."""
    return Issue(
        int(answer["id"]), int(answer["job"]), int(answer["frame"]), answer["resolved"], comments
    )


def comment(answer: Answer) -> IssueComment:
    """A comment, from JSON."""
    return IssueComment(
        int(answer["id"]),
        _user(answer.get("owner")) or "",
        str(answer["message"]),
        moment(answer["created_date"]),
    )


def moment(text: str) -> datetime:
    """A time of CVAT, aware."""
    return datetime.fromisoformat(text)


def as_json(tag: Tag) -> dict[str, Any]:
    """A tag as it is sent."""
    return {
        "label_id": tag.label_id,
        "frame": tag.frame,
        "source": tag.source,
        "attributes": [{"spec_id": spec, "value": value} for spec, value in tag.attributes],
        **({"id": tag.id} if tag.id else {}),
    }


def _user(answer: Answer | None) -> str | None:
    return str(answer["username"]) if answer else None
