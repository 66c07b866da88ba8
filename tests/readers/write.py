"""Write labels with the library of the tool whose format it is, for Prelabel to read.

Usage: write.py FORMAT PICTURES OUT. PICTURES is a folder with ``labels.json``, which maps the path
of each picture in it to ``{"labels": [...], "split": ...}``.
"""

import json
import sys
from pathlib import Path

CLASSES = ["cat", "big dog", "Vögel 鳥", "none_of_these"]
NONE = CLASSES[-1]


def datumaro(pictures: Path, told: dict, out: Path) -> None:
    """Datumaro's own format."""
    _by_datumaro("datumaro", pictures, told, out)


def cvat(pictures: Path, told: dict, out: Path) -> None:
    """CVAT for images 1.1, by Datumaro, which CVAT itself reads and writes with."""
    _by_datumaro("cvat", pictures, told, out)


def coco(pictures: Path, told: dict, out: Path) -> None:
    """COCO with labels of whole pictures, by Datumaro."""
    _by_datumaro("coco", pictures, told, out)


def coco_boxes(pictures: Path, told: dict, out: Path) -> None:
    """COCO with a box for each label, by Datumaro, loaded and saved once more by pycocotools."""
    from pycocotools.coco import COCO

    made = out.with_name("made")
    _by_datumaro("coco_instances", pictures, told, made)
    out.mkdir()
    for path in sorted((made / "annotations").glob("instances_*.json")):
        found = COCO(path)
        document = {
            "images": found.loadImgs(found.getImgIds()),
            "annotations": found.loadAnns(found.getAnnIds()),
            "categories": found.loadCats(found.getCatIds()),
        }
        (out / path.name).write_text(json.dumps(document))


def imagefolder(pictures: Path, told: dict, out: Path) -> None:
    """A folder for each class, by Datumaro."""
    _by_datumaro("imagenet", pictures, told, out)


def parquet(pictures: Path, told: dict, out: Path) -> None:
    """Parquet with the pictures in it and class numbers, by ``datasets``."""
    from datasets import ClassLabel, Dataset, Features, Image, Sequence

    columns = {
        "image": [str(pictures / name) for name in told],
        "labels": [[CLASSES.index(x) for x in one["labels"] or [NONE]] for one in told.values()],
    }
    features = Features({"image": Image(), "labels": Sequence(ClassLabel(names=CLASSES))})
    out.mkdir()
    Dataset.from_dict(columns, features=features).to_parquet(out / "train.parquet")


def label_studio(pictures: Path, told: dict, out: Path) -> None:
    """Label Studio tasks, by the objects of its SDK; each has a wrong prediction."""
    _label_studio_tasks(told, out)


def label_studio_min(pictures: Path, told: dict, out: Path) -> None:
    """Label Studio's JSON-MIN, by the converter of its SDK."""
    _converted(told, out).convert_to_json_min(out / "tasks.json", str(out), is_dir=False)
    (out / "tasks.json").unlink()


def label_studio_csv(pictures: Path, told: dict, out: Path) -> None:
    """Label Studio's CSV, by the converter of its SDK."""
    _converted(told, out).convert_to_csv(out / "tasks.json", str(out), is_dir=False, sep=",")
    (out / "tasks.json").unlink()


def label_studio_tsv(pictures: Path, told: dict, out: Path) -> None:
    """Label Studio's TSV, by the converter of its SDK."""
    _converted(told, out).convert_to_csv(out / "tasks.json", str(out), is_dir=False, sep="\t")
    (out / "tasks.json").unlink()
    (out / "result.csv").rename(out / "result.tsv")


def _converted(told: dict, out: Path):
    from label_studio_sdk.converter import Converter

    return Converter(_label_studio_tasks(told, out), project_dir=None)


def _label_studio_tasks(told: dict, out: Path) -> str:
    """Write ``tasks.json``; the labeling configuration."""
    from label_studio_sdk.label_interface import LabelInterface
    from label_studio_sdk.label_interface.objects import AnnotationValue, PredictionValue, TaskValue

    choices = "".join(f'<Choice value="{name}"/>' for name in CLASSES)
    config = (
        '<View><Image name="image" value="$picture"/>'
        f'<Choices name="kind" toName="image" choice="multiple">{choices}</Choices></View>'
    )
    control = LabelInterface(config).get_control("kind")
    tasks = []
    for number, (name, one) in enumerate(told.items(), 1):
        answer = control.label(one["labels"] or [NONE])._dict()
        wrong = control.label([CLASSES[0]])._dict()
        task = TaskValue(
            data={"picture": f"/data/local-files/?d=sets/{name}", "site": "north"},
            annotations=[AnnotationValue(result=[answer], completed_by=1)],
            predictions=[PredictionValue(result=[wrong], model_version="m", score=0.5)],
        )
        tasks.append(task.model_dump() | {"id": number})
    out.mkdir()
    (out / "tasks.json").write_text(json.dumps(tasks))
    return config


def fiftyone(pictures: Path, told: dict, out: Path) -> None:
    """A FiftyOneImageClassificationDataset a split, by the exporter of FiftyOne."""
    from fiftyone.utils.data.exporters import FiftyOneImageClassificationDatasetExporter as Exporter

    for split in {one["split"] for one in told.values()}:
        with Exporter(export_dir=str(out / split), classes=CLASSES) as exporter:
            for name, one in told.items():
                if one["split"] == split:
                    exporter.export_sample(str(pictures / name), _classified(one["labels"]))


def fiftyone_samples(pictures: Path, told: dict, out: Path) -> None:
    """A FiftyOneDataset, by FiftyOne's exporter of samples, the split a tag."""
    from fiftyone import Sample
    from fiftyone.utils.data.exporters import LegacyFiftyOneDatasetExporter as Exporter

    with Exporter(export_dir=str(out)) as exporter:
        for name, one in told.items():
            sample = Sample(str(pictures / name), tags=[one["split"]])
            sample["ground_truth"] = _classified(one["labels"])
            exporter.export_sample(sample)


def _classified(labels: list[str]):
    """One label as a Classification, several as Classifications."""
    from fiftyone import Classification, Classifications

    given = [Classification(label=label) for label in labels or [NONE]]
    return given[0] if len(given) == 1 else Classifications(classifications=given)


def _by_datumaro(name: str, pictures: Path, told: dict, out: Path) -> None:
    from datumaro.components.annotation import Bbox, Label
    from datumaro.components.dataset import Dataset
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    def annotation(label: str, number: int):
        index = CLASSES.index(label)
        if name == "coco_instances":
            return Bbox(0, 0, 4, 4, label=index, id=number, group=number)
        return Label(index)

    numbers = iter(range(1, 1_000))
    items = [
        DatasetItem(
            id=path.rsplit(".", 1)[0],
            subset=one["split"],
            media=Image.from_file(path=str(pictures / path)),
            annotations=[annotation(x, next(numbers)) for x in one["labels"] or [NONE]],
        )
        for path, one in told.items()
    ]
    dataset = Dataset.from_iterable(items, categories=CLASSES)
    dataset.export(str(out), name, save_media=True)


if __name__ == "__main__":
    chosen, folder, target = sys.argv[1:]
    listed = json.loads((Path(folder) / "labels.json").read_text("utf-8"))
    globals()[chosen](Path(folder), listed, Path(target))
