"""The configurations of models, read from their files: open_clip and timm would load torch."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from labeling.errors import EncoderError

CONFIG_FILE = "open_clip_config.json"
TIMM_CONFIG = "config.json"

_PARTS = {"embed_dim", "vision_cfg", "text_cfg"}


@cache
def architectures() -> frozenset[str]:
    """Names of open_clip's architectures."""
    return frozenset(path.stem for folder in _folders() for path in folder.glob("*.json"))


def architecture(name: str) -> dict[str, Any] | None:
    """open_clip's ``model_cfg`` of an architecture, None where it knows no such one."""
    if name not in architectures():
        return None
    path = next(path for folder in _folders() if (path := folder / f"{name}.json").is_file())
    config = json.loads(path.read_text(encoding="utf-8"))
    return config if set(config) >= _PARTS else None


def read(folder: Path) -> dict[str, Any]:
    """The content of a folder's ``open_clip_config.json``.

    Raises:
        EncoderError: it is missing, is not JSON, or describes no model.
    """
    path = folder / CONFIG_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EncoderError(
            f"{folder} is not a folder of a model: {error.strerror}",
            f"It needs {CONFIG_FILE} and open_clip_model.safetensors.",
        ) from error
    except ValueError as error:
        raise EncoderError(f"{path} is not JSON: {error}", "Download it again.") from error
    model = content.get("model_cfg") if isinstance(content, dict) else None
    if not isinstance(model, dict) or not {"text_cfg", "vision_cfg"} <= set(model):
        raise EncoderError(
            f"{path} describes no open_clip model", "Take the one that came with the weights."
        )
    return content


def timm_config(folder: Path) -> dict[str, Any]:
    """The content of a timm model's ``config.json``; empty where the folder holds no such model."""
    path = folder / TIMM_CONFIG
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError):
        return {}
    found = isinstance(content, dict) and {"architecture", "num_features"} <= set(content)
    return content if found else {}


def _folders() -> list[Path]:
    package = importlib.util.find_spec("open_clip")
    places = package.submodule_search_locations if package else None
    return [Path(place) / "model_configs" for place in places or []]
