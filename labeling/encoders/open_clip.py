"""Loads any open_clip model as an ``Encoder``."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Idle OpenMP threads must sleep, not spin: they share the cores with the decoders (read at import).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import open_clip
import torch
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

from labeling.encoders.base import Objective
from labeling.encoders.device import choose_device, choose_dtype, choose_threads
from labeling.encoders.files import ModelFiles, locate
from labeling.encoders.fold import fold_batch_norms
from labeling.encoders.image_tower import ImageTower, hash_of, unit
from labeling.encoders.preprocessing import Preprocessing, settle
from labeling.encoders.registry import ModelSpec
from labeling.encoders.self_test import check
from labeling.encoders.shelf import TRANSFORMERS_TOO, has_transformers
from labeling.errors import EncoderError

TEXT_BATCH = 64
VOCABULARY = "vocabulary.txt"

# As open_clip's SimpleTokenizer cuts texts: runs of letters, single digits.
_WORD = re.compile(r"[^\W\d_]+|\d")


def load(
    spec: ModelSpec,
    device: str = "auto",
    dtype: str = "auto",
    models_dir: Path | None = None,
    self_test: bool = True,
) -> "OpenClipEncoder":
    """Load a model and make sure that it works.

    Args:
        spec: which model.
        device: "auto", "cpu", "cuda", "cuda:1" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        models_dir: the user's folder of models, where its files may lie.
        self_test: False leaves out the check of its similarities (for models without training).

    Raises:
        ModelUnreachableError: its files are not here and can't be fetched (within five seconds).
        ModelSelfTestError: its preprocessing, tokenizer or weights give senseless similarities.
        EncoderError: its files can't be used.
        InputError: the device or dtype does not exist here.
    """
    files = locate(spec, models_dir)
    if (files.text.tokenizer or files.text.tower) and not has_transformers():
        raise EncoderError(
            f"The model {spec.name} has a tokenizer that open_clip can't read alone",
            TRANSFORMERS_TOO,
        )
    where = choose_device(device)
    model = _create(files, settle(files))
    parameters = sum(p.numel() for p in model.parameters())
    arithmetic = choose_dtype(where, parameters, dtype)
    torch.set_num_threads(choose_threads(parameters))
    encoder = OpenClipEncoder(
        name=spec.name,
        model=model,
        dim=files.config["embed_dim"],
        tokenizer=_tokenizer(files),
        device=where,
        dtype=arithmetic,
        folder=files.folder,
    )
    if self_test and spec.self_test:
        check(encoder)
    encoder.choose_batch()
    return encoder


class OpenClipEncoder(ImageTower):
    """A model of open_clip; see ``base.Encoder`` for what its attributes and methods mean."""

    def __init__(
        self,
        name: str,
        model: Any,
        dim: int,
        tokenizer: Any,
        device: torch.device,
        dtype: torch.dtype,
        folder: Path,
    ) -> None:
        config = dict(model.visual.preprocess_cfg)
        preprocessing = Preprocessing.from_config(config)
        weights_hash = hash_of(model.state_dict())
        super().__init__(name, weights_hash, dim, preprocessing, device, dtype)
        self.objective: Objective = "softmax" if model.logit_bias is None else "sigmoid"
        self.logit_scale = float(model.logit_scale.detach().exp())
        self.logit_bias = None if model.logit_bias is None else float(model.logit_bias.detach())
        self.preprocess_config = config
        self.tokenizer = tokenizer
        self.vocabulary_size: int | None = getattr(
            getattr(model, "text", model), "vocab_size", None
        )
        self._vocabulary = _vocabulary(folder)
        fold_batch_norms(model.eval())
        self.model = model.to(device=device, dtype=dtype, memory_format=torch.channels_last)

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts: float32 [n, dim], each row of length 1."""
        if not texts:
            return np.empty((0, self.dim), np.float32)
        parts = [list(texts[i : i + TEXT_BATCH]) for i in range(0, len(texts), TEXT_BATCH)]
        return np.concatenate(
            [unit(self.model.encode_text(self.tokenizer(part).to(self._device))) for part in parts]
        )

    def _tower(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.model.encode_image(pixels)

    def unknown_words(self, text: str) -> list[str]:
        """Words that are not in the model's ``vocabulary.txt``; empty for models without one."""
        if self._vocabulary is None:
            return []
        words = dict.fromkeys(_WORD.findall(text.casefold()))
        return [word for word in words if word not in self._vocabulary]


def _create(files: ModelFiles, preprocess: dict[str, Any]) -> Any:
    """Build the model on the CPU in float32, so that its hash is the same on every machine."""
    overrides: dict[str, Any] = {}
    if files.text.tower:
        overrides["text_cfg"] = files.config["text_cfg"] | {
            "hf_model_name": str(files.text.tower),
            "hf_model_pretrained": False,
        }
    preprocess.pop("size", None)  # the image tower knows its own size
    try:
        return open_clip.create_model(
            files.name,
            pretrained=str(files.weights) if files.weights else None,
            force_quick_gelu=files.quick_gelu,
            force_preprocess_cfg=preprocess,
            require_pretrained=True,
            **overrides,
        )
    except Exception as error:  # every format of weights raises errors of its own
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise EncoderError(
            f"open_clip can't load {files.weights or files.name}: {' '.join(lines[:3])[:400]}",
            "Check that the weights belong to this architecture and are complete.",
        ) from error


def _tokenizer(files: ModelFiles) -> Any:
    text = files.config["text_cfg"]
    length = text.get("context_length", 77)
    options = text.get("tokenizer_kwargs", {})
    if files.text.tokenizer is None:
        return SimpleTokenizer(context_length=length, **options)
    mode = text.get("tokenizer_mode")
    return HFTokenizer(str(files.text.tokenizer), length, tokenizer_mode=mode, **options)


def _vocabulary(folder: Path) -> frozenset[str] | None:
    path = folder / VOCABULARY
    return frozenset(path.read_text(encoding="utf-8").split()) if path.is_file() else None
