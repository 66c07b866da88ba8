"""The sample projects that ship with Prelabel: pictures, classes and truth."""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labeling.errors import NotFoundError

NONE = "none"
"""The label in ``truth.csv`` of a picture that shows none of the classes."""

_ROOT = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """One sample project.

    ``classes`` holds a dict with ``name`` and ``display`` per class, in the order of the keys;
    ``templates`` and ``model`` are names of a template set and of a model in the registries.
    """

    name: str
    title: str
    description: str
    mode: Literal["single", "multi"]
    classes: list[dict[str, str]]
    templates: str
    model: str
    licence: str
    folder: Path

    @property
    def pictures(self) -> Path:
        """The zip file of the pictures."""
        return self.folder / "pictures.zip"

    @property
    def truth(self) -> Path:
        """The CSV file of the truth: ``image`` (path inside the zip), ``label``, remarks.

        Several labels are joined with "|"; none of the classes is "none".
        """
        return self.folder / "truth.csv"

    def labels(self) -> dict[str, tuple[str, ...]]:
        """Read the truth: path inside the zip → class names, empty for none of the classes."""
        with self.truth.open(encoding="utf-8", newline="") as file:
            return {
                row["image"]: () if row["label"] == NONE else tuple(row["label"].split("|"))
                for row in csv.DictReader(file)
            }


def available() -> list[Sample]:
    """Return every sample; the one for the demo first."""
    found = [_read(path.parent) for path in sorted(_ROOT.glob("*/sample.toml"))]
    return sorted(found, key=lambda sample: (sample.name != "digits", sample.name))


def load(name: str) -> Sample:
    """Return one sample by its name.

    Raises:
        NotFoundError: there is no such sample.
    """
    samples = available()
    for sample in samples:
        if sample.name == name:
            return sample
    names = ", ".join(sample.name for sample in samples)
    raise NotFoundError(f'There is no sample called "{name}"', f"Choose one of: {names}")


def _read(folder: Path) -> Sample:
    return Sample(folder=folder, **tomllib.loads((folder / "sample.toml").read_text("utf-8")))
