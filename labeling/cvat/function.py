"""The current head of a project as an auto-annotation function of CVAT, which returns tags.

`cvat-cli task auto-annotate` and `cvat-cli function run-agent` load this module and call `create`;
docs/cvat.md has the commands. Its tags have the source ``auto``: a pull takes them for no person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cvat_sdk.auto_annotation as cvataa
from cvat_sdk import models

from labeling.cvat.mapping import NONE
from labeling.workflows.current_head import CurrentHead, load_from

if TYPE_CHECKING:
    from PIL import Image


class HeadFunction:
    """A detection function: a picture in, the tags that the head proposes out.

    Args:
        head: what proposes.
    """

    def __init__(self, head: CurrentHead) -> None:
        self._head = head
        names = [*head.names.items(), (NONE, NONE)]
        self._number = {class_id: number for number, (class_id, _) in enumerate(names)}
        self._spec = cvataa.DetectionFunctionSpec(
            labels=[
                cvataa.label_spec(name, self._number[class_id], type="tag")
                for class_id, name in names
            ]
        )

    @property
    def spec(self) -> cvataa.DetectionFunctionSpec:
        """The active classes of the project, and ``none_of_these``, as tag labels."""
        return self._spec

    def detect(
        self, context: cvataa.DetectionFunctionContext, image: Image.Image
    ) -> Sequence[models.LabeledImageRequest]:
        """The tags of a picture: those proposed with at least the threshold that CVAT asks for."""
        least = context.conf_threshold or 0.0
        return [
            cvataa.tag(self._number[guess.class_id or NONE])
            for guess in self._head.guesses(image)
            if guess.score >= least
        ]


def create(project: str, home: str | None = None) -> cvataa.DetectionFunction:
    """The function for a project.

    Args:
        project: its name.
        home: folder that holds everything; None: as the settings say.

    Raises:
        PrelabelError: there is no such project, it has no proposals, or its model can't be loaded.
    """
    return HeadFunction(load_from(home, project))
