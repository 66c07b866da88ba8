"""From a decoded picture to what a model's image tower takes, and which values that must use."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from open_clip import get_model_config, list_models, list_pretrained_tags_by_model
from open_clip.pretrained import get_pretrained_cfg
from open_clip.transform import PreprocessCfg, merge_preprocess_dict
from PIL import Image
from torchvision.transforms.v2 import InterpolationMode, functional

from labeling.encoders.files import ModelFiles
from labeling.errors import EncoderError, ModelSelfTestError

_INTERPOLATION = {"bilinear": InterpolationMode.BILINEAR}
_CROP_MODES = {"center": "shortest", "squash": "squash"}


@dataclass(frozen=True)
class Preprocessing:
    """Resize, crop and normalise exactly as open_clip's own transform does, on uint8 tensors.

    open_clip resizes with Pillow; torchvision's uint8 kernels give the same picture (mean
    difference 0.003 to 0.02 of 255 levels) for a tenth of the CPU.

    Args:
        height, width: what the model takes, in pixels.
        mean, std: one value per channel, for pixels from 0 to 1.
        interpolation: "bicubic" or "bilinear".
        resize_mode: "shortest" (then a centre crop), "longest" (then padding) or "squash".
        fill_color: grey level of the padding, 0 to 255.
        crop_share: how much of the resized picture's side the crop keeps, above 0 to 1 (timm's
            ``crop_pct``).
    """

    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    resize_mode: str
    fill_color: int = 0
    crop_share: float = 1.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Preprocessing":
        """Read open_clip's ``preprocess_cfg``."""
        _, height, width = PreprocessCfg(**config).input_size
        return cls(
            height=height,
            width=width,
            mean=tuple(config["mean"]),
            std=tuple(config["std"]),
            interpolation=config["interpolation"],
            resize_mode=config["resize_mode"],
            fill_color=config["fill_color"],
        )

    @classmethod
    def from_timm(cls, config: dict[str, Any]) -> "Preprocessing":
        """Read timm's data config of a model.

        Raises:
            EncoderError: its pictures are no squares of three colours, or are padded.
        """
        channels, height, width = config["input_size"]
        if channels != 3 or height != width or config["crop_mode"] not in _CROP_MODES:
            raise EncoderError(
                f"The model takes pictures of {channels} × {height} × {width} by "
                f"“{config['crop_mode']}”; Prelabel feeds squares of three colours",
                f"Choose a model whose crop_mode is {' or '.join(_CROP_MODES)}.",
            )
        return cls(
            height=height,
            width=width,
            mean=tuple(config["mean"]),
            std=tuple(config["std"]),
            interpolation=config["interpolation"],
            resize_mode=_CROP_MODES[config["crop_mode"]],
            crop_share=config["crop_pct"],
        )

    def __str__(self) -> str:
        mean, std = (",".join(f"{value:g}" for value in values) for values in (self.mean, self.std))
        fill = f" fill={self.fill_color}" if self.resize_mode == "longest" else ""
        crop = f" crop={self.crop_share:g}" if self.crop_share != 1 else ""
        return (
            f"{self.width}x{self.height} {self.resize_mode} {self.interpolation} "
            f"antialias{fill}{crop} "
            f"mean={mean} std={std}"
        )

    def cut(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        """Resize and crop RGB pictures of one size: uint8 [n, 3, height, width]."""
        pixels = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
        resized = functional.resize(
            pixels.permute(0, 3, 1, 2),
            self._resized(*pixels.shape[1:3]),
            interpolation=_INTERPOLATION.get(self.interpolation, InterpolationMode.BICUBIC),
            antialias=True,
        )
        return self._cropped(resized)

    def normalise(self, batch: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """uint8 [n, 3, height, width] to ``dtype``, channels last, on the device it is on."""
        scale, shift = (values.to(batch.device) for values in self._affine)
        normal = batch.float().mul_(scale).add_(shift)
        return normal.to(dtype=dtype, memory_format=torch.channels_last)

    @cached_property
    def _affine(self) -> tuple[torch.Tensor, torch.Tensor]:
        mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (self.mean, self.std))
        return 1 / (255 * std), -mean / std

    def _resized(self, height: int, width: int) -> list[int]:
        if self.resize_mode == "squash":
            return [self._before_crop, int(self.width / self.crop_share)]
        ratios = height / self.height, width / self.width
        if self.resize_mode == "longest":
            return [round(height / max(ratios)), round(width / max(ratios))]
        if self.height != self.width:
            return [round(height / min(ratios)), round(width / min(ratios))]
        # torchvision's Resize truncates the longer side; the crop depends on it to the pixel.
        shorter = self._before_crop
        longer = int(shorter * max(height, width) / min(height, width))
        return [longer, shorter] if height > width else [shorter, longer]

    @property
    def _before_crop(self) -> int:
        return int(self.height / self.crop_share)

    def _cropped(self, pixels: torch.Tensor) -> torch.Tensor:
        height, width = pixels.shape[2:]
        if (height, width) == (self.height, self.width):
            return pixels
        missing = [max(0, self.height - height), max(0, self.width - width)]
        if any(missing):
            top, left = (gap // 2 for gap in missing)
            padding = [left, top, missing[1] - left, missing[0] - top]
            pixels = functional.pad(pixels, padding, fill=self.fill_color)
        return functional.center_crop(pixels, [self.height, self.width])


def settle(files: ModelFiles) -> dict[str, Any]:
    """The preprocessing values that these weights were trained with.

    What came with the weights rules. Where nothing came (a bare checkpoint, a folder whose config
    has no ``preprocess_cfg``) open_clip would silently take CLIP's values, which is wrong for
    every SigLIP (open_clip issue 1068); the values of the same image tower in open_clip's own table
    are taken instead.

    Raises:
        ModelSelfTestError: what came is not what this image tower was trained with, or nothing
            came and the tower is unknown.
    """
    expected = _table(files.config)
    stated = files.stated
    if not stated:
        if len(expected) == 1:
            return expected[0]
        if files.config.get("init_logit_bias") is not None:
            raise ModelSelfTestError(
                f"Nothing says which preprocessing {files.name} was trained with",
                "Add preprocess_cfg (size, mean, std, interpolation, resize_mode) to its "
                "open_clip_config.json.",
            )
        return merge_preprocess_dict(PreprocessCfg(), {})
    config = merge_preprocess_dict(PreprocessCfg(), stated)
    if _is_siglip(files.config) and not any(_agree(config, known) for known in expected):
        raise ModelSelfTestError(
            f"The preprocessing of {files.name} is not SigLIP's: it says {_values(config)}, and "
            f"this image tower was trained with {_values(expected[0])}",
            "Put the preprocess_cfg that came with the weights into open_clip_config.json.",
        )
    return config


def _table(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Preprocessings in open_clip's table for weights of the same image tower, without doubles."""
    found: list[dict[str, Any]] = []
    for name in list_models():
        other = get_model_config(name) or {}
        if _tower(other) != _tower(config):
            continue
        for tag in list_pretrained_tags_by_model(name):
            entry = merge_preprocess_dict(PreprocessCfg(), get_pretrained_cfg(name, tag))
            if not any(_same(entry, known) for known in found):
                found.append(entry)
    return found


def _tower(config: dict[str, Any]) -> tuple[Any, ...]:
    vision = config.get("vision_cfg", {})
    if name := vision.get("timm_model_name"):
        return (name.partition(".")[0],)
    keys = ("layers", "width", "patch_size", "image_size")
    return (*(str(vision.get(key)) for key in keys), config.get("init_logit_bias") is None)


def _is_siglip(config: dict[str, Any]) -> bool:
    tower = str(config.get("vision_cfg", {}).get("timm_model_name", ""))
    return "siglip" in tower and bool(_table(config))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _agree(one, other) and one["interpolation"] == other["interpolation"]


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (
        np.allclose(one["mean"], other["mean"], atol=1e-4)
        and np.allclose(one["std"], other["std"], atol=1e-4)
        and one["resize_mode"] == other["resize_mode"]
    )


def _values(config: dict[str, Any]) -> str:
    mean, std = (", ".join(f"{v:.3g}" for v in config[key]) for key in ("mean", "std"))
    return f"mean ({mean}), std ({std}), resize {config['resize_mode']}, {config['interpolation']}"
