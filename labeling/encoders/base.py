"""What Prelabel asks of a model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import torch

Objective = Literal["sigmoid", "softmax"]
NO_TEXTS = "none"
"""Objective of a model without a text tower, where one is stored."""


class ImageEncoder(Protocol):
    """A loaded model that sees pictures: comparable unit vectors, "features".

    Attributes:
        name: the name it was asked for by, for example ``embedded``.
        weights_hash: SHA-256 (hex) over its weights, the same on every device and in every dtype.
        preprocessing: what happens between a decoded picture and the model, as one stable line.
        dim: length of its vectors.
        image_size: side of the square it sees, in pixels.
        dtype: what its arithmetic runs in, for example ``bfloat16``.
        device: ``cpu``, ``mps`` or ``cuda``.
        batch_size: pictures that it encodes in about half a second on this machine.
    """

    name: str
    weights_hash: str
    preprocessing: str
    dim: int
    image_size: int
    dtype: str
    device: str
    batch_size: int

    def preprocess(self, picture: Image.Image) -> "torch.Tensor":
        """Cut an RGB picture to the model's size: uint8 [3, height, width], safe in any thread."""

    def preprocess_all(self, pictures: Sequence[Image.Image]) -> "torch.Tensor":
        """The same for pictures of one size at once: uint8 [n, 3, height, width]."""

    def encode_images(self, batch: "Sequence[torch.Tensor]") -> np.ndarray:
        """Encode preprocessed pictures: float32 [n, dim], each row of length 1."""


class Encoder(ImageEncoder, Protocol):
    """A loaded image-text model: texts are comparable with pictures.

    Attributes:
        objective: how it was trained, and so how its logits become probabilities.
        logit_scale: factor on the cosine (already exponentiated).
        logit_bias: added after the factor by sigmoid models; None for softmax models.
    """

    objective: Objective
    logit_scale: float
    logit_bias: float | None

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts: float32 [n, dim], each row of length 1."""

    def unknown_words(self, text: str) -> list[str]:
        """Words of a text that mean nothing to this model; empty for general models."""
