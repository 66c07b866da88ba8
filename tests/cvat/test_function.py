"""The auto-annotation function, driven by cvat_sdk's own driver."""

import logging
from pathlib import Path

import cvat_sdk.auto_annotation as cvataa
import pytest
from cvat_sdk import models
from cvat_sdk.auto_annotation.driver import _AnnotationMapper, _DetectionFunctionContextImpl
from PIL import Image

from db import images, projects
from labeling.cvat.function import HeadFunction, create
from labeling.errors import InputError
from labeling.workflows import current_head
from labeling.workflows.offers import of_items
from labeling.workspace import Workspace
from tests.workflow.helpers import create as create_project
from tests.workflow.helpers import import_, pictures, prelabel_

pytestmark = pytest.mark.slow


@pytest.fixture
def paths(local_ws: Workspace, local_model, tmp_path: Path) -> list[Path]:
    """Pictures of a project that was pre-labeled."""
    found = pictures(tmp_path / "in", 6)
    import_(local_ws, create_project(local_ws), tmp_path / "in")
    prelabel_(local_ws, "zoo")
    return found


def remote_labels(function: cvataa.DetectionFunction, *, start: int = 500) -> list[models.Label]:
    return [
        models.Label._from_openapi_data(
            id=start + n, name=label.name, type="tag", attributes=[], sublabels=[]
        )
        for n, label in enumerate(function.spec.labels)
    ]


def driven(function: cvataa.DetectionFunction, paths: list[Path], least: float | None = None):
    """What the driver would upload: the label names of each frame."""
    labels = remote_labels(function)
    mapper = _AnnotationMapper(
        logging.getLogger(__name__),
        function.spec.labels,
        labels,
        allow_unmatched_labels=False,
        conv_mask_to_poly=False,
    )
    names, found = {label.id: label.name for label in labels}, []
    for frame, path in enumerate(paths):
        context = _DetectionFunctionContextImpl(frame_name=path.name, conf_threshold=least)
        with Image.open(path) as picture:
            tags, shapes = mapper.validate_and_remap(function.detect(context, picture), frame)
        assert not shapes
        assert {(tag.frame, str(tag.source)) for tag in tags} <= {(frame, "auto")}
        found.append([names[tag.label_id] for tag in tags])
    return found


def proposed(ws: Workspace, paths: list[Path]) -> list[list[str]]:
    with ws.db.read() as session:
        project = projects.find(session, "zoo")
        names = projects.class_names(session, project.id)
        by_path = images.ids_by_path(session, project.id)
        items = [by_path[str(path)][0] for path in paths]
        told = of_items(session, project, items)
        return [[names.get(told[item].class_id, "none_of_these")] for item in items]


def test_it_says_what_the_project_proposes(local_ws: Workspace, paths: list[Path]) -> None:
    function = HeadFunction(current_head.load(local_ws, "zoo"))
    names = [label.name for label in function.spec.labels]
    assert names == ["cat", "dog", "bird", "none_of_these"]
    assert driven(function, paths) == proposed(local_ws, paths)


def test_what_is_less_certain_than_asked_for_bears_no_tag(
    local_ws: Workspace, paths: list[Path]
) -> None:
    function = HeadFunction(current_head.load(local_ws, "zoo"))
    assert driven(function, paths, least=1.0) == [[]] * len(paths)


def test_large_turned_and_grey_pictures(local_ws: Workspace, paths: list[Path]) -> None:
    assert paths
    function = HeadFunction(current_head.load(local_ws, "zoo"))
    context = _DetectionFunctionContextImpl(frame_name="x")
    for mode in ("L", "RGBA", "P", "CMYK"):
        assert len(function.detect(context, Image.new(mode, (1500, 900)))) == 1


def test_a_label_that_the_task_lacks_is_refused_by_the_driver(
    local_ws: Workspace, paths: list[Path]
) -> None:
    assert paths
    function = HeadFunction(current_head.load(local_ws, "zoo"))
    with pytest.raises(cvataa.BadFunctionError, match="'cat'"):
        _AnnotationMapper(
            logging.getLogger(__name__),
            function.spec.labels,
            remote_labels(function)[1:],
            allow_unmatched_labels=False,
            conv_mask_to_poly=False,
        )


def test_it_is_created_from_a_home_as_the_command_does(
    local_ws: Workspace, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRELABEL_DATABASE_URL", local_ws.settings.database_url or "")
    function = create(project="zoo", home=str(local_ws.settings.root))
    assert driven(function, paths) == proposed(local_ws, paths)


def test_a_project_without_proposals_is_refused(local_ws: Workspace) -> None:
    create_project(local_ws)
    with pytest.raises(InputError, match="has no proposals"):
        current_head.load(local_ws, "zoo")
