"""The sample `digits` as vectors, with the zero-shot head of the embedded model."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labeling.encoders.embedded.training.evaluate import EMBEDDED_MODEL, LoadedModel
from labeling.heads.linear import ZeroShotHead
from labeling.samples.catalogue import load
from labeling.samples.measure import Encoded


class EncodedDigits(NamedTuple):
    """Vectors float32 [n, d] of the pictures that show a digit, their classes int64 [n], a head."""

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    head: ZeroShotHead


def encoded_digits() -> EncodedDigits:
    """Encode the sample with the embedded model, prompted as the sample says."""
    model = LoadedModel.from_folder(EMBEDDED_MODEL)
    sample = load("digits")
    encoded = Encoded.of(sample, model)
    names = [row["name"] for row in sample.classes]
    shown = np.array([names.index(row[0]) if row else -1 for row in encoded.labels])
    texts = model.classes([row["display"] for row in sample.classes], sample.templates)
    scale = float(model.model.logit_scale.detach().exp())
    bias = float(model.model.logit_bias.detach())
    return EncodedDigits(
        encoded.vectors[shown >= 0], shown[shown >= 0], ZeroShotHead(texts, scale, bias)
    )
