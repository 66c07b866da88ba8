"""Measures an open_clip model on the samples: ``python -m labeling.samples.measure [DIR]``.

The model is loaded and prompted as a user would: its own preprocessing and tokenizer, the display
texts of the sample, softmax over single classes, sigmoid for several labels.
"""

import argparse
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labeling.encoders.embedded.training.evaluate import (
    BACKGROUNDS,
    EMBEDDED_MODEL,
    TEMPLATE_SETS,
    LoadedModel,
    background_logit,
    calibration_error,
    harmonic_mean,
    pair_figures,
    rounded,
    softmax,
)
from labeling.encoders.embedded.training.facts import COLOURS, SHAPES, TEXTURES
from labeling.prompts.templates import BACKGROUND
from labeling.samples.build import count_class
from labeling.samples.catalogue import Sample, load

Figures = Mapping[str, object]


@dataclass(frozen=True)
class Encoded:
    """A sample whose pictures are encoded: vectors float32 [n, dim], labels in the same order."""

    sample: Sample
    vectors: NDArray[np.float32]
    paths: list[str]
    labels: list[tuple[str, ...]]

    @classmethod
    def of(cls, sample: Sample, model: LoadedModel) -> "Encoded":
        """Read the zip and encode every picture."""
        truth = sample.labels()
        with zipfile.ZipFile(sample.pictures) as archive:
            opened = [Image.open(io.BytesIO(archive.read(path))).convert("RGB") for path in truth]
        return cls(sample, model.images(opened), list(truth), list(truth.values()))

    def logits(
        self, model: LoadedModel, templates: str, names: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """Logits [n, classes] for all classes of the sample, or for the named ones."""
        display = {row["name"]: row["display"] for row in self.sample.classes}
        wanted = list(display) if names is None else list(names)
        return model.logits(self.vectors, model.classes([display[n] for n in wanted], templates))


def single(encoded: Encoded, model: LoadedModel, templates: str) -> Figures:
    """Figures for one label a picture: accuracy and calibration, then with "none of these"."""
    names = [row["name"] for row in encoded.sample.classes]
    truth = np.array([names.index(row[0]) if row else -1 for row in encoded.labels])
    known = truth >= 0
    logits = encoded.logits(model, templates)
    shares = softmax(logits[known])
    right = shares.argmax(1) == truth[known]
    raw = np.array([path.endswith(".png") for path in encoded.paths])[known]
    return {
        "n": int(known.sum()),
        "accuracy": float(right.mean()),
        "accuracy_png": float(right[raw].mean()) if raw.any() else None,
        "accuracy_jpg": float(right[~raw].mean()),
        "ece": calibration_error(shares.max(1), right),
        "sure": {
            str(least): _above(shares.max(1), right, least) for least in (0.5, 0.9, 0.95, 0.99)
        },
        "none": none_of_these(encoded, model, logits, truth),
    }


def _above(confidence: NDArray, right: NDArray, least: float) -> Figures:
    sure = confidence >= least
    return {
        "share": float(sure.mean()),
        "accuracy": float(right[sure].mean()) if sure.any() else None,
    }


def none_of_these(
    encoded: Encoded, model: LoadedModel, logits: NDArray[np.float64], truth: NDArray
) -> Figures:
    """Let background prompts compete with the classes; truth is -1 for none of them."""
    figures: dict[str, object] = {"n_none": int((truth < 0).sum())}
    for name, texts in {"own": BACKGROUNDS, "app": BACKGROUND}.items():
        vectors = model.classes(texts, "plain")
        background = background_logit(model.logits(encoded.vectors, vectors))
        said = np.where(background > logits.max(1), -1, logits.argmax(1))
        figures[name] = {
            "found": float((said[truth < 0] < 0).mean()),
            "false_alarms": float((said[truth >= 0] < 0).mean()),
            "accuracy_all": float((said == truth).mean()),
        }
    return figures


def several(encoded: Encoded, model: LoadedModel, templates: str) -> Figures:
    """Figures for the four labels of a scene: each group by itself, pairs, and all at once."""
    counts = [count_class(count) for count in ("one", "two", "three", "four")]
    groups = {"colour": COLOURS, "texture": TEXTURES, "shape": SHAPES, "count": counts}
    shown = np.array([len(row) > 0 for row in encoded.labels])
    figures: dict[str, object] = {"n": int(shown.sum())}
    truths = {}
    for place, (group, names) in enumerate(groups.items()):
        truth = np.array([names.index(row[place]) for row in encoded.labels if row])
        truths[group] = truth
        shares = softmax(encoded.logits(model, templates, names)[shown])
        right = shares.argmax(1) == truth
        ece = calibration_error(shares.max(1), right)
        figures[group] = {"accuracy": float(right.mean()), "ece": ece}
    vectors = encoded.vectors[shown]
    figures["pairs"] = pair_figures(model, vectors, truths["colour"], truths["shape"], templates)
    return {**figures, "sigmoid": _multi_label(encoded, model, templates)}


def _multi_label(encoded: Encoded, model: LoadedModel, templates: str) -> Figures:
    """Precision, recall and F1 of all labels whose sigmoid is at least one half."""
    names = [row["name"] for row in encoded.sample.classes]
    said = encoded.logits(model, templates) >= 0
    true = np.array([[name in row for name in names] for row in encoded.labels])
    hits = float((said & true).sum())
    precision, recall = hits / max(1, said.sum()), hits / true.sum()
    return {
        "precision": float(precision),
        "recall": float(recall),
        "f1": harmonic_mean(float(precision), float(recall)),
        "exact": float((said == true).all(1).mean()),
    }


def measure(model: LoadedModel, name: str, template_sets: Sequence[str]) -> Mapping[str, Figures]:
    """Measure one sample under some template sets."""
    encoded = Encoded.of(load(name), model)
    figures = single if encoded.sample.mode == "single" else several
    return {templates: figures(encoded, model, templates) for templates in template_sets}


def main() -> None:
    """Read the command line, measure every sample, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=EMBEDDED_MODEL)
    model = LoadedModel.from_folder(parser.parse_args().folder)
    names = ("digits", "shapes", "drawings")
    figures = {name: measure(model, name, list(TEMPLATE_SETS)) for name in names}
    print(json.dumps(rounded(figures), indent=1))


if __name__ == "__main__":
    main()
