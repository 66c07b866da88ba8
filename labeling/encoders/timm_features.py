"""Loads any image model of timm as an ``ImageEncoder``: DINOv2, DINOv3, and all without texts."""

import os
from pathlib import Path
from typing import Any

# Idle OpenMP threads must sleep, not spin: they share the cores with the decoders (read at import).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import timm
import torch

from labeling.encoders import configs, hub
from labeling.encoders.device import choose_device, choose_dtype, choose_threads
from labeling.encoders.image_tower import ImageTower, hash_of
from labeling.encoders.needs import TIMM_WEIGHTS, of_timm
from labeling.encoders.preprocessing import Preprocessing
from labeling.encoders.registry import ModelSpec
from labeling.encoders.self_test import check_features
from labeling.encoders.shelf import Shelf
from labeling.errors import EncoderError


def load(
    spec: ModelSpec,
    device: str = "auto",
    dtype: str = "auto",
    models_dir: Path | None = None,
    self_test: bool = True,
) -> "TimmEncoder":
    """Load a model and make sure that it works.

    Its vectors are what it pools before its classifier, which is left out; rows of length 1.

    Args:
        spec: which model; ``timm:NAME.TAG``, ``timm:org/repo`` or ``timm-dir:/path``.
        device: "auto", "cpu", "cuda", "cuda:1" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        models_dir: the user's folder of models, where its files may lie.
        self_test: False leaves out the self-test.

    Raises:
        ModelUnreachableError: its files are not here and can't be fetched (within five seconds).
        ModelSelfTestError: its pixels are not timm's, or its vectors tell no pictures apart.
        EncoderError: its files can't be used.
        InputError: the device or dtype does not exist here.
    """
    folder = _folder(spec, models_dir)
    where = choose_device(device)
    model = _create(folder, spec.image_size)
    parameters = sum(p.numel() for p in model.parameters())
    arithmetic = choose_dtype(where, parameters, dtype)
    torch.set_num_threads(choose_threads(parameters))
    encoder = TimmEncoder(spec.name, model, spec.image_size, where, arithmetic)
    if self_test and spec.self_test:
        check_features(encoder)
    encoder.choose_batch()
    return encoder


class TimmEncoder(ImageTower):
    """A model of timm without its classifier; see ``base.ImageEncoder``.

    Args:
        name: what it was asked for by.
        model: on the CPU in float32, created without a classifier.
        image_size: side of the square it shall see, in pixels; None: as its config says.
        device: where it runs.
        dtype: its arithmetic.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        image_size: int | None,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.data_config: dict[str, Any] = timm.data.resolve_model_data_config(model)
        if image_size:
            self.data_config["input_size"] = (3, image_size, image_size)
        preprocessing = Preprocessing.from_timm(self.data_config)
        weights_hash = hash_of(model.state_dict())
        super().__init__(name, weights_hash, model.num_features, preprocessing, device, dtype)
        self.model = model.eval().to(device=device, dtype=dtype, memory_format=torch.channels_last)
        with torch.inference_mode():
            side = self.image_size
            pixels = torch.zeros(1, 3, side, side, device=device, dtype=dtype)
            self.dim = self._tower(pixels).shape[-1]  # some pool to more than num_features

    def _tower(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.model(pixels)


def _folder(spec: ModelSpec, models_dir: Path | None) -> Path:
    """Where config and weights lie, fetched first when they are not here."""
    schema, _, rest = spec.source.partition(":")
    if schema == "timm":
        (folder,) = Shelf.of(spec, models_dir).obtain([of_timm(rest)])
        return folder
    folder = Path(rest).expanduser()
    if not configs.timm_config(folder):
        raise EncoderError(
            f"{folder} is no folder of a timm model",
            f"It needs {configs.TIMM_CONFIG} and model.safetensors, as timm's save_for_hf writes.",
        )
    if not hub.has_all(folder, [TIMM_WEIGHTS]):
        raise EncoderError(f"{folder} holds no weights", "Put model.safetensors beside its config.")
    return folder


def _create(folder: Path, image_size: int | None) -> Any:
    """Build the model on the CPU in float32, so that its hash is the same on every machine."""
    config = configs.timm_config(folder)
    fixed = config.get("pretrained_cfg", {}).get("fixed_input_size", False)
    resized: dict[str, Any] = {"img_size": image_size} if image_size and fixed else {}
    try:
        return timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0, **resized)
    except Exception as error:  # every family of models raises errors of its own
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise EncoderError(
            f"timm can't load {folder}: {' '.join(lines[:3])[:400]}",
            "Check that the weights belong to this architecture and are complete.",
        ) from error
