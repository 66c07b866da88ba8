"""What every model does with pictures, whoever made its image tower."""

import hashlib
import time
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from labeling.encoders.preprocessing import Preprocessing

MAX_BATCH = 128
STEP_SECONDS = 0.5


class ImageTower:
    """An image tower with its preprocessing; see ``base.ImageEncoder``.

    Args:
        name: what it was asked for by.
        weights_hash: of `hash_of`.
        dim: length of its vectors.
        preprocessing: how pictures are cut and normalised.
        device: where it runs.
        dtype: its arithmetic.
    """

    def __init__(
        self,
        name: str,
        weights_hash: str,
        dim: int,
        preprocessing: Preprocessing,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.name = name
        self.weights_hash = weights_hash
        self.dim = dim
        self.device = device.type
        self.dtype = str(dtype).removeprefix("torch.")
        self.batch_size = 1
        self.preprocessing = str(preprocessing)
        self.image_size = preprocessing.height
        self._preprocessing = preprocessing
        self._device, self._dtype = device, dtype

    def preprocess(self, picture: Image.Image) -> torch.Tensor:
        """Cut an RGB picture to the model's size: uint8 [3, height, width], safe in any thread."""
        return self.preprocess_all([picture])[0]

    def preprocess_all(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        """The same for pictures of one size at once: uint8 [n, 3, height, width]."""
        return self._preprocessing.cut(pictures)

    def pixels(self, picture: Image.Image) -> torch.Tensor:
        """What the image tower sees of an RGB picture: float32 [3, height, width], normalised."""
        return self._preprocessing.normalise(self.preprocess(picture)[None], torch.float32)[0]

    @torch.inference_mode()
    def encode_images(self, batch: Sequence[torch.Tensor]) -> np.ndarray:
        """Encode preprocessed pictures: float32 [n, dim], each row of length 1."""
        if not len(batch):
            return np.empty((0, self.dim), np.float32)
        pixels = torch.stack(list(batch)).to(self._device)
        return unit(self._tower(self._preprocessing.normalise(pixels, self._dtype)))

    def choose_batch(self) -> None:
        """Let ``batch_size`` be the largest power of two that takes about ``STEP_SECONDS``."""
        blank = self.preprocess(Image.new("RGB", (self.image_size, self.image_size)))
        size = 1
        self.encode_images([blank])
        while size < MAX_BATCH:
            started = time.perf_counter()
            self.encode_images([blank] * size)
            if 2 * (time.perf_counter() - started) > STEP_SECONDS:
                break
            size *= 2
        self.batch_size = size

    def _tower(self, pixels: torch.Tensor) -> torch.Tensor:
        """Vectors [n, dim] of normalised pixels [n, 3, height, width]."""
        raise NotImplementedError


def hash_of(state: dict[str, torch.Tensor]) -> str:
    """SHA-256 over names, shapes and values in float32, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        values = state[name]
        values = values.float() if values.is_floating_point() else values
        digest.update(f"{name} {tuple(values.shape)} ".encode())
        digest.update(np.ascontiguousarray(values.numpy()).data)
    return digest.hexdigest()


def unit(vectors: torch.Tensor) -> np.ndarray:
    """Rows of length 1, float32 on the CPU."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy()
