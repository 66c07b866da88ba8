"""Writes small untrained open_clip folders, so that tests load real models in milliseconds."""

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file

HALF = [0.5, 0.5, 0.5]
SQUASH = {"mean": HALF, "std": HALF, "interpolation": "bicubic", "resize_mode": "squash"}
TEXT = {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}

SIGMOID: dict[str, Any] = {
    "embed_dim": 32,
    "init_logit_scale": 2.3,
    "init_logit_bias": -4.5,
    "custom_text": True,
    "vision_cfg": {
        "image_size": 32,
        "timm_model_name": "test_byobnet",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "",
    },
    "text_cfg": TEXT,
}
SOFTMAX: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 8},
    "text_cfg": TEXT,
}
COCA: dict[str, Any] = SOFTMAX | {
    "custom_text": True,
    "text_cfg": TEXT | {"embed_cls": True, "output_tokens": True},
    "vision_cfg": SOFTMAX["vision_cfg"] | {"attentional_pool": True, "output_tokens": True},
    "multimodal_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2}
    | {"layers": 1, "mlp_ratio": 4, "dim_head": 16, "n_queries": 4, "attn_pooler_heads": 2},
}


def write(
    folder: Path,
    model: dict[str, Any] = SIGMOID,
    preprocess: dict[str, Any] | None = SQUASH,
    seed: int = 0,
) -> Path:
    """Write config and random weights; with ``preprocess`` None the config says nothing of it."""
    write_config(folder, model, preprocess)
    torch.manual_seed(seed)
    built = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(state_of(built), folder / "open_clip_model.safetensors")
    return folder


def write_config(folder: Path, model: dict[str, Any], preprocess: dict[str, Any] | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {"model_cfg": model} | ({"preprocess_cfg": preprocess} if preprocess else {})
    (folder / "open_clip_config.json").write_text(json.dumps(content))


def state_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone().contiguous() for name, value in model.state_dict().items()}
