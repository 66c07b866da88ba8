"""The formats of labels, by name and by what is in a file or folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, storable_row
from labeling.importers.coco import CocoImporter
from labeling.importers.cvat_images import CvatImagesImporter
from labeling.importers.datumaro import DatumaroImporter
from labeling.importers.fiftyone import FiftyOneImporter
from labeling.importers.hugging_face import HuggingFaceImporter
from labeling.importers.image_folder import ImageFolderImporter
from labeling.importers.label_studio import LabelStudioImporter
from labeling.importers.source import LabelSource
from labeling.importers.tables import CsvImporter, JsonlImporter, ParquetImporter

_SHIPPED: tuple[Importer, ...] = (
    ImageFolderImporter(),
    CsvImporter(),
    JsonlImporter(),
    CocoImporter(),
    ParquetImporter(),
    DatumaroImporter(),
    CvatImagesImporter(),
    HuggingFaceImporter(),
    FiftyOneImporter(),
    LabelStudioImporter(),
)

IMPORTERS: dict[str, Importer] = {importer.format: importer for importer in _SHIPPED}


@dataclass(frozen=True)
class Labels:
    """What a source holds: its format by name, and its rows, read while they are asked for."""

    format: str
    rows: Iterator[LabelRow]


def read_labels(path: str | Path) -> Labels:
    """Open a file or folder of labels; the format is told by what is in it.

    Raises:
        InputError: it can't be read, is in no known format or in several; later, while the rows
            are read: a row is broken.
    """
    source = LabelSource(path)
    importer = _importer(source)
    return Labels(importer.format, map(storable_row, importer.rows(source)))


def _importer(source: LabelSource) -> Importer:
    if source.written_as in IMPORTERS:
        return IMPORTERS[source.written_as]
    fitting = [importer for importer in _SHIPPED if importer.fits(source)]
    described = [importer for importer in fitting if importer.format != ImageFolderImporter.format]
    if fitting and (source.path / "classes.csv").is_file():
        return IMPORTERS[ImageFolderImporter.format]
    fitting = described or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        several = ", ".join(importer.format for importer in fitting)
        raise InputError(f"{source.path} holds labels as {several}", "Name one of its files.")
    raise InputError(
        f"{source.path} is in no format of labels that is known",
        f"Known: {', '.join(IMPORTERS)}; an archive must be unpacked first.",
    )
