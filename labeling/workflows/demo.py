"""The sample projects that ship: imported, pre-labeled and ranked like anybody's own."""

from __future__ import annotations

from labeling.class_names import RawClass, clean
from labeling.samples.catalogue import Sample, load
from labeling.workflows import ingest, prelabel, projects
from labeling.workspace import Workspace

DEFAULT_SAMPLE = "digits"


def add_sample(ws: Workspace, name: str = DEFAULT_SAMPLE, user_id: str | None = None) -> list[str]:
    """Add a sample as a project and put its import and its pre-labeling in line.

    Args:
        ws: the workspace.
        name: of the sample; the project bears the same name.
        user_id: who asks.

    Returns:
        The ids of the jobs, in order; none where the project is there and pre-labeled already.
    """
    sample = load(name)
    known = {project["name"]: project for project in projects.all_projects(ws)}
    project = known.get(name) or _create(ws, sample)
    jobs = []
    if not project["items"]:
        jobs.append(ingest.enqueue(ws, name, [str(sample.pictures)], user_id=user_id))
    if not project["recipe"]:
        jobs.append(prelabel.enqueue(ws, name, user_id=user_id))
    return jobs


def _create(ws: Workspace, sample: Sample) -> dict[str, object]:
    rows = [
        RawClass(entry["name"], f"sample {sample.name}", display=entry["display"])
        for entry in sample.classes
    ]
    return projects.create(
        ws,
        sample.name,
        clean(rows),
        mode=sample.mode,
        model=sample.model,
        templates=[sample.templates],
    )
