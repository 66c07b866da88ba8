"""The formats of labels, by name and by what is in a file, folder or archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labeling.errors import InputError
from labeling.images.members import is_unreadable_archive
from labeling.importers.archive import archive_source
from labeling.importers.base import Importer, LabelRow, storable_row
from labeling.importers.coco import CocoImporter
from labeling.importers.cvat_images import CvatImagesImporter
from labeling.importers.datumaro import DatumaroImporter
from labeling.importers.fiftyone import FiftyOneImporter
from labeling.importers.hugging_face import HuggingFaceImporter
from labeling.importers.image_folder import CLASSES, ImageFolderImporter
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
    """What a source holds: its format by name, and its rows, read while they are asked for.

    ``is_folder`` tells whether it is one, or an archive.
    """

    format: str
    rows: Iterator[LabelRow]
    is_folder: bool


def read_labels(path: str | Path) -> Labels:
    """Open a file, folder or archive of labels; the format is told by what is in it.

    Raises:
        InputError: it can't be read, is in no known format or in several; later, while the rows
            are read: a row is broken.
    """
    named = _source(Path(path).expanduser())
    views = list(named.views())
    ours = [view for view in views if view.written_as in IMPORTERS]
    for source in ours or views:
        if importer := _importer(source):
            rows = map(storable_row, importer.rows(source))
            return Labels(importer.format, rows, source.is_folder)
    fix = f"Known: {', '.join(IMPORTERS)}."
    if is_unreadable_archive(named.path.name):
        fix = "This kind of archive is not opened; unpack it, or make it a zip."
    raise InputError(f"{named.path} is in no format of labels that is known", fix)


def _source(path: Path) -> LabelSource:
    if not path.exists():
        raise InputError(f"{path} can't be read: there is no such file", "Check the path.")
    return (archive_source(path) if path.is_file() else None) or LabelSource(path)


def _importer(source: LabelSource) -> Importer | None:
    """What reads a source; None where nothing does."""
    if source.written_as in IMPORTERS:
        return IMPORTERS[source.written_as]
    fitting = [importer for importer in _SHIPPED if importer.fits(source)]
    described = [importer for importer in fitting if importer.format != ImageFolderImporter.format]
    if fitting and source.holds(source.top / CLASSES):
        return IMPORTERS[ImageFolderImporter.format]
    fitting = described or fitting
    if len(fitting) > 1:
        several = ", ".join(importer.format for importer in fitting)
        raise InputError(f"{source.path} holds labels as {several}", "Name one of its files.")
    return fitting[0] if fitting else None
