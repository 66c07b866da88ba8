"""The formats, by name."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from labeling.errors import InputError
from labeling.exporters.base import Exporter, ExportOptions, Written
from labeling.exporters.coco import CocoExporter
from labeling.exporters.csv_file import CsvExporter
from labeling.exporters.cvat_images import CvatImagesExporter
from labeling.exporters.datumaro import DatumaroExporter
from labeling.exporters.fiftyone import FiftyOneExporter
from labeling.exporters.hugging_face import HuggingFaceExporter
from labeling.exporters.image_folder import ImageFolderExporter
from labeling.exporters.jsonl import JsonlExporter
from labeling.exporters.label_studio import LabelStudioExporter
from labeling.exporters.parquet import ParquetExporter
from labeling.exporters.rows import ExportRow

_SHIPPED: tuple[type[Exporter], ...] = (
    ImageFolderExporter,
    CsvExporter,
    JsonlExporter,
    CocoExporter,
    ParquetExporter,
    DatumaroExporter,
    CvatImagesExporter,
    HuggingFaceExporter,
    FiftyOneExporter,
    LabelStudioExporter,
)

EXPORTERS: dict[str, type[Exporter]] = {exporter.format: exporter for exporter in _SHIPPED}


def exporter(name: str) -> type[Exporter]:
    """Return the class that writes a format.

    Raises:
        InputError: nobody knows the name.
    """
    if name not in EXPORTERS:
        raise InputError(f'No export format is called "{name}"', f"Choose {', '.join(EXPORTERS)}")
    return EXPORTERS[name]


def write(
    name: str,
    rows: Iterable[ExportRow],
    classes: Sequence[str],
    out: Path,
    options: ExportOptions | None = None,
) -> Written:
    """Write all rows in one format.

    Args:
        name: a format of `EXPORTERS`.
        rows: the items, read one by one; an error they raise leaves no trace of the export.
        classes: all class names of the project, in its order.
        out: the folder to write: new, empty, or an earlier export that nobody has changed, which
            is replaced.
        options: pictures, several labels, missing originals.

    Raises:
        InputError: nobody knows the format.
        ExportError: it can't be written; ``out`` is then as it was.
    """
    with exporter(name)(classes, out, options or ExportOptions()) as export:
        for row in rows:
            export.add(row)
        return export.finish()
