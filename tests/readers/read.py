"""Read an export with the library of the tool that it is meant for; what it found as JSON.

Usage: read.py FORMAT FOLDER. Prints a list of ``{"name", "labels", "split", "pixels", "sha256"}``:
pixels is ``[width, height]`` as the library tells, None where it does not; sha256 that of the file
which the library takes for the picture.
"""

import hashlib
import json
import sys
from pathlib import Path
from urllib.parse import unquote

NONE = "none_of_these"


def datumaro(folder: Path) -> list[dict]:
    """Datumaro's own format."""
    return _by_datumaro(folder, "datumaro")


def cvat(folder: Path) -> list[dict]:
    """CVAT for images 1.1, by Datumaro, which CVAT itself reads and writes with."""
    return _by_datumaro(folder, "cvat")


def coco(folder: Path) -> list[dict]:
    """COCO, by pycocotools."""
    from pycocotools.coco import COCO

    found = COCO(folder / "annotations.json")
    rows = []
    for image in found.loadImgs(found.getImgIds()):
        boxes = found.loadAnns(found.getAnnIds(image["id"]))
        names = [found.loadCats(box["category_id"])[0]["name"] for box in boxes]
        pixels = [image["width"], image["height"]]
        split = image["prelabel"]["split"]
        rows.append(_row(folder / "images" / image["file_name"], names, split, pixels))
    return rows


def huggingface(folder: Path) -> list[dict]:
    """A Hugging Face dataset, by ``datasets``."""
    from datasets import load_dataset

    rows = []
    for split, table in load_dataset(str(folder)).items():
        for row in table:
            path = Path(row["image"].filename)
            rows.append(_row(path, row["labels"], str(split), list(row["image"].size)))
    return rows


def parquet(folder: Path) -> list[dict]:
    """Parquet, by ``datasets``."""
    from datasets import load_dataset

    table = load_dataset("parquet", data_files=str(folder / "labels.parquet"))["train"]
    return [
        _row(folder / row["file_name"], row["labels"], row["split"], [row["width"], row["height"]])
        for row in table
    ]


def imagefolder(folder: Path) -> list[dict]:
    """A folder for each class, by ``datasets`` without the metadata beside it."""
    from datasets import load_dataset

    rows = []
    loaded = load_dataset("imagefolder", data_dir=str(folder), drop_metadata=True)
    for split, table in loaded.items():
        names = table.features["label"].names
        for row in table:
            path = Path(row["image"].filename)
            rows.append(_row(path, [names[row["label"]]], str(split), list(row["image"].size)))
    return rows


def label_studio(folder: Path) -> list[dict]:
    """Label Studio tasks, by the converter of its SDK."""
    from label_studio_sdk.converter import Converter

    out = folder.parent / "converted"
    converter = Converter(str(folder / "label_config.xml"), project_dir=None)
    converter.convert_to_json_min(str(folder), str(out), is_dir=True)
    rows = []
    for task in json.loads((out / "result.json").read_text()):
        told = task.get("label", [])
        names = told["choices"] if isinstance(told, dict) else [told] if told else []
        names = names if isinstance(told, dict) else told if isinstance(told, list) else names
        path = folder / unquote(task["image"].split("?d=")[-1])
        rows.append(_row(path, names, task["split"], None))
    return rows


def fiftyone(folder: Path) -> list[dict]:
    """FiftyOneImageClassificationDataset, by the importer of FiftyOne behind Dataset.from_dir."""
    from fiftyone import Classifications
    from fiftyone.utils.data.importers import FiftyOneImageClassificationDatasetImporter as Importer

    rows, kinds = [], set()
    for split in sorted(path for path in folder.iterdir() if path.is_dir()):
        with Importer(dataset_dir=str(split), compute_metadata=True) as samples:
            for path, pixels, told in samples:
                kinds.add(type(told))
                given = told.classifications if isinstance(told, Classifications) else [told]
                names = [one.label for one in given]
                rows.append(_row(Path(path), names, split.name, [pixels.width, pixels.height]))
    if len(kinds) > 1:
        sys.exit(f"a field of FiftyOne has one kind of label, not {kinds}")
    return rows


def _by_datumaro(folder: Path, name: str) -> list[dict]:
    from datumaro.components.dataset import Dataset

    dataset = Dataset.import_from(str(folder), name)
    names = [label.name for label in dataset.categories()[_label_type()]]
    rows = []
    for item in dataset:
        labels = [names[annotation.label] for annotation in item.annotations]
        height, width = item.media.size if item.media.size else (None, None)
        rows.append(_row(Path(item.media.path), labels, item.subset, width and [width, height]))
    return rows


def _label_type():
    from datumaro.components.annotation import AnnotationType

    return AnnotationType.label


def _row(path: Path, labels, split: str | None, pixels) -> dict:
    kept = sorted(label for label in labels if label != NONE)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    told = {"labels": kept, "split": split, "pixels": pixels, "sha256": sha256}
    return {"name": path.stem} | told


if __name__ == "__main__":
    chosen, given = sys.argv[1:]
    print("\n" + json.dumps(globals()[chosen](Path(given))))
