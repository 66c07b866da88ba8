"""The items of a snapshot as they leave: labels, splits and annotators as they were signed off."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import images
from db.engine import chunks
from db.tables import Image, Project, Snapshot
from labeling.errors import ExportError
from labeling.exporters.rows import ExportRow, safe_name
from labeling.workflows import erased
from labeling.workflows.pictures import local_file, reader
from labeling.workflows.snapshot_files import (
    LABELS,
    class_names,
    folder_of,
)
from labeling.workspace import Workspace

PART = 100


def of_snapshot(
    ws: Workspace, session: Session, project: Project, snapshot: Snapshot
) -> Iterator[ExportRow]:
    """Its items by SHA-256, without erased ones; the names of classes are those of then.

    Raises:
        ExportError: a picture is no longer in the project, and was not erased.
    """
    names = class_names(snapshot)
    lines = (folder_of(ws, snapshot.id) / LABELS).read_text("utf-8").splitlines()
    for part in chunks([json.loads(line) for line in lines], PART):
        shas = [line["sha256"] for line in part]
        ids = images.ids_by_sha(session, project.id, shas)
        pictures = images.by_shas(session, shas)
        gone = erased.told(session, shas)
        sources = images.sources_of(session, list(ids.values()))
        columns = images.columns_of(session, list(ids.values()))
        for line in part:
            if line["sha256"] in gone:
                continue
            item = ids.get(line["sha256"])
            image = pictures.get(line["sha256"])
            if item is None or image is None:
                raise ExportError(
                    f"the picture {line['sha256'][:16]} is no longer in the project",
                    f"See what is missing: prelabel snapshot {project.name} verify {snapshot.name}",
                )
            yield _row(ws, line, image, names, sources[item], columns.get(item, {}))


def _row(
    ws: Workspace,
    line: Mapping[str, Any],
    image: Image,
    names: Mapping[str, str],
    sources: Sequence[str],
    columns: Mapping[str, str],
) -> ExportRow:
    return ExportRow(
        sha256=image.sha256,
        file_name=safe_name(sources[0], image.sha256, image.format),
        sources=sources,
        labels=sorted(names[class_id] for class_id in line["labels"]),
        state=line["state"],
        proposal_label=None,
        score=None,
        model=None,
        user=line["annotator"],
        decided_at=line["decided_at"],
        view=line["view"],
        width=image.width,
        height=image.height,
        format=image.format,
        columns=columns,
        read=reader(ws, image),
        local=local_file(ws, image),
        split=line["split"],
        group=line["group"],
    )
