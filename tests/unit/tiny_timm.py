"""Writes small timm folders without texts, as timm's own ``save_for_hf`` does."""

from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import save_for_hf


def write(folder: Path, name: str = "test_byobnet", seed: int = 0, **config: Any) -> Path:
    """Write config and random weights of a model; ``config`` changes its pretrained config."""
    torch.manual_seed(seed)
    model = timm.create_model(name, pretrained=False, pretrained_cfg_overlay=config or None)
    folder.mkdir(parents=True, exist_ok=True)
    save_for_hf(model, folder, safe_serialization=True)
    return folder
