"""Sets logit scale and bias so that probabilities mean what they say.

The training pictures are known by heart in the end, and the model is too sure of new ones. The two
numbers are fitted on validation pictures; among them are digits as badly worn as a user's may be.
``python -m labeling.encoders.embedded.training.calibrate DIR`` does it to an exported folder.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from labeling.encoders.embedded.training.digits import WORN, other, render, scans
from labeling.encoders.embedded.training.draw import Stream, generator, scene
from labeling.encoders.embedded.training.evaluate import (
    BACKGROUNDS,
    DISPLAY_TEXTS,
    LoadedModel,
    background_logit,
)
from labeling.encoders.embedded.training.facts import PLACE
from labeling.encoders.embedded.training.model import WEIGHTS_FILE

PICTURES = 1500
OTHERS = 90
RAW_SHARE = 0.35
FIRST_INDEX = 500_000
TEMPLATES = "photo"
SCENE_ATTRIBUTES = ("colour", "shape", "texture", "count")


@dataclass(frozen=True)
class Group:
    """Cosines float [n, outcomes] of one attribute's prompts, and the right outcome, int [n].

    ``background``: how many of the last columns are background texts, which together are one more
    outcome with the mean of their evidence, as in ``labeling.scoring``.
    """

    cosines: NDArray[np.float64]
    truth: NDArray[np.int64]
    background: int = 0

    def log_shares(self, scale: float) -> NDArray[np.float64]:
        """Log-probabilities of the outcomes at a scale, "none of these" last."""
        logits = scale * self.cosines
        if self.background:
            none = background_logit(logits[:, -self.background :])
            logits = np.column_stack([logits[:, : -self.background], none])
        return log_softmax(logits, axis=1)


def validation_groups(model: LoadedModel) -> list[Group]:
    """Encode worn and raw digits and scenes of the validation stream; one group an attribute."""
    images, numbers = _digits()
    vectors = model.images(images)
    groups = [_group(model, vectors, numbers, "digit"), _with_others(model, vectors, numbers)]
    scenes = [
        scene(generator(Stream.VALIDATION, FIRST_INDEX + PICTURES + k), 96) for k in range(PICTURES)
    ]
    vectors = model.images([image for image, _ in scenes])
    facts = np.stack([truth for _, truth in scenes]).astype(np.int64)
    return groups + [
        _group(model, vectors, facts[:, PLACE[attribute]], attribute)
        for attribute in SCENE_ATTRIBUTES
    ]


def fit_scale(groups: list[Group]) -> float:
    """Find the scale with the least cross-entropy of the softmax, the groups weighing the same."""

    def cost(log_scale: float) -> float:
        scale = np.exp(log_scale)
        losses = [
            -group.log_shares(scale)[np.arange(len(group.truth)), group.truth] for group in groups
        ]
        return float(np.mean([loss.mean() for loss in losses]))

    return float(np.exp(minimize_scalar(cost, bounds=(0.0, 6.0), method="bounded").x))


def fit_bias(groups: list[Group], scale: float) -> float:
    """Find the bias with the least cross-entropy of the sigmoid at a given scale."""

    def cost(bias: float) -> float:
        losses = []
        for group in groups:
            if group.background:
                continue
            true = np.arange(group.cosines.shape[1]) == group.truth[:, None]
            logits = scale * group.cosines + bias
            losses.append(np.logaddexp(0, np.where(true, -logits, logits)).mean())
        return float(np.mean(losses))

    return float(minimize_scalar(cost, bounds=(-2 * scale, 0.0), method="bounded").x)


def calibrate(folder: Path) -> tuple[float, float]:
    """Fit both numbers and store them in the folder's weights; returns (scale, bias)."""
    groups = validation_groups(LoadedModel.from_folder(folder))
    scale = fit_scale(groups)
    bias = fit_bias(groups, scale)
    weights = load_file(folder / WEIGHTS_FILE)
    weights["logit_scale"] = torch.tensor(np.log(scale)).half().reshape_as(weights["logit_scale"])
    weights["logit_bias"] = torch.tensor(bias).half().reshape_as(weights["logit_bias"])
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    return scale, bias


def _digits() -> tuple[list[Image.Image], NDArray[np.int64]]:
    part = scans(Stream.VALIDATION)
    images, numbers = [], []
    for k in range(PICTURES):
        rng = generator(Stream.VALIDATION, FIRST_INDEX + k)
        which, hard = k % len(part.digits), bool(rng.random() >= RAW_SHARE)
        images.append(render(part.pixels[which], rng, 56, hard=hard, wear=WORN))
        numbers.append(part.digits[which])
    return images, np.array(numbers)


def _with_others(
    model: LoadedModel, digits: NDArray[np.float32], numbers: NDArray[np.int64]
) -> Group:
    """Digits and pictures of no digit, as often as in the sample, with the background texts."""
    drawn = [
        other(generator(Stream.VALIDATION, FIRST_INDEX + 2 * PICTURES + k), 56, Stream.VALIDATION)
        for k in range(OTHERS)
    ]
    vectors = np.concatenate([digits, model.images([image for image, _ in drawn])])
    texts = np.concatenate(
        [model.classes(DISPLAY_TEXTS["digit"], TEMPLATES), model.classes(BACKGROUNDS, "plain")]
    )
    truth = np.append(numbers, np.full(OTHERS, len(DISPLAY_TEXTS["digit"])))
    return Group((vectors @ texts.T).astype(np.float64), truth, background=len(BACKGROUNDS))


def _group(
    model: LoadedModel, vectors: NDArray[np.float32], truth: NDArray[np.int64], attribute: str
) -> Group:
    classes = model.classes(DISPLAY_TEXTS[attribute], TEMPLATES)
    return Group((vectors @ classes.T).astype(np.float64), truth)


def main() -> None:
    """Read the command line and calibrate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    scale, bias = calibrate(parser.parse_args().folder)
    print(f"scale {scale:.2f}, bias {bias:.2f}")


if __name__ == "__main__":
    main()
