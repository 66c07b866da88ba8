"""The truth of a sample as hands need it: by picture, also for the stacks of the grid."""

import hashlib
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from benchmarks.grid_plan import MIXED
from db.tables import Class, Item, ItemLabel, ItemState, Project, Proposal
from labeling.samples.catalogue import load
from labeling.workspace import Workspace

NONE = "none_of_these"


@dataclass(frozen=True)
class Truth:
    """What pictures show.

    Args:
        shows: class name or `NONE`, by SHA-256.
        stacks: the SHA-256 of all near-duplicates of a picture and of itself, by its SHA-256.
    """

    shows: Mapping[str, str]
    stacks: Mapping[str, frozenset[str]]

    def of_stack(self, sha: str) -> str:
        """What all near-duplicates of a picture show; `MIXED` where that is not one class."""
        shown = {self.shows[member] for member in self.stacks[sha]}
        return shown.pop() if len(shown) == 1 else MIXED


def read_truth(ws: Workspace, sample: str) -> Truth:
    """The truth of a sample that was imported into a project of the same name."""
    found = load(sample)
    with zipfile.ZipFile(found.pictures) as pictures:
        shows = {
            hashlib.sha256(pictures.read(path)).hexdigest(): labels[0] if labels else NONE
            for path, labels in found.labels().items()
        }
    groups: dict[str, set[str]] = defaultdict(set)
    with ws.db.read() as session:
        rows = session.execute(
            select(Item.sha256, Item.duplicate_group_id).join(Project).where(Project.name == sample)
        ).all()
    for sha, group in rows:
        groups[group or sha].add(sha)
    return Truth(shows, {sha: frozenset(groups[group or sha]) for sha, group in rows})


def proposed(ws: Workspace, sample: str) -> dict[str, str]:
    """What the model proposes first, by SHA-256."""
    with ws.db.read() as session:
        rows = session.execute(
            select(Item.sha256, Class.name)
            .join(Proposal, Proposal.item_id == Item.id)
            .join(Project, Project.id == Item.project_id)
            .outerjoin(Class, Class.id == Proposal.class_id)
            .where(Project.name == sample, Proposal.run_id == Project.run_id)
        ).all()
    return {sha: name or NONE for sha, name in rows}


def verified(ws: Workspace, sample: str) -> dict[str, str]:
    """The labels of verified pictures, by SHA-256."""
    with ws.db.read() as session:
        rows = session.execute(
            select(Item.sha256, Class.name)
            .join(Project, Project.id == Item.project_id)
            .outerjoin(ItemLabel, ItemLabel.item_id == Item.id)
            .outerjoin(Class, Class.id == ItemLabel.class_id)
            .where(Project.name == sample, Item.state == ItemState.VERIFIED)
        ).all()
    return {sha: name or NONE for sha, name in rows}
