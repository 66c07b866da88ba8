"""Where the files of a model are on this machine, fetched first when they are not.

Everything is turned into local paths before open_clip is asked to load, so that open_clip never
falls into a connection attempt of its own: without a network that hangs for about a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from open_clip import get_model_config, list_models, list_pretrained_tags_by_model
from open_clip.pretrained import get_pretrained_cfg

from labeling.encoders import configs, hub, needs
from labeling.encoders.configs import CONFIG_FILE
from labeling.encoders.registry import ModelSpec
from labeling.encoders.shelf import TOKENIZER, Needed, Shelf
from labeling.errors import EncoderError

ANY_WEIGHTS = "*.safetensors|*.bin|*.pth"  # what open_clip looks for in a folder


@dataclass(frozen=True)
class TextFolders:
    """What the text side reads from folders; None: open_clip has it built in.

    Args:
        tokenizer: a Hugging Face tokenizer.
        tower: the configuration of a Hugging Face text tower.
    """

    tokenizer: Path | None
    tower: Path | None


@dataclass(frozen=True)
class ModelFiles:
    """All that loading a model needs, on this machine.

    Args:
        name: what open_clip is asked for: an architecture, or ``local-dir:…``.
        config: open_clip's ``model_cfg``.
        stated: the preprocessing that came with the weights, None when nothing came.
        weights: the checkpoint; None when it lies in the folder of ``local-dir:``.
        folder: where the weights lie, and ``vocabulary.txt`` may lie beside them.
        text: what the text side reads.
        quick_gelu: the weights were trained with QuickGELU, whatever the architecture says.
    """

    name: str
    config: dict[str, Any]
    stated: dict[str, Any] | None
    weights: Path | None
    folder: Path
    text: TextFolders
    quick_gelu: bool = False


def locate(spec: ModelSpec, models_dir: Path | None = None) -> ModelFiles:
    """Find or fetch the files of a model.

    Args:
        spec: the model.
        models_dir: the user's folder of models; ``<models_dir>/<name>/`` may hold the files.

    Raises:
        ModelUnreachableError: files are missing and can't be fetched (within five seconds).
        EncoderError: what is there can't be used, or open_clip knows no such model.
    """
    shelf = Shelf.of(spec, models_dir)
    schema, _, rest = spec.source.partition(":")
    if schema == "local-dir":
        return _from_folder(Path(rest).expanduser(), shelf)
    if schema == "hf-hub":
        (folder,) = shelf.obtain([needs.of_repository(rest)])
        return _from_folder(folder, shelf)
    if rest:
        return _from_checkpoint(schema, Path(rest).expanduser(), shelf)
    architecture, _, tag = spec.source.partition("/")
    return _from_tag(architecture, tag, shelf)


def _from_folder(folder: Path, shelf: Shelf) -> ModelFiles:
    content = configs.read(folder)
    if not hub.has_all(folder, [ANY_WEIGHTS]):
        raise EncoderError(
            f"{folder} holds no weights", "Put open_clip_model.safetensors beside its config."
        )
    config = content["model_cfg"]
    return ModelFiles(
        name=f"local-dir:{folder}",
        config=config,
        stated=content.get("preprocess_cfg"),
        weights=None,
        folder=folder,
        text=_text_beside(folder, config, shelf),
    )


def _from_checkpoint(architecture: str, weights: Path, shelf: Shelf) -> ModelFiles:
    config = _architecture_config(architecture)
    if not weights.is_file():
        raise EncoderError(f"There is no checkpoint {weights}", "Check the path after ARCH:.")
    folder = weights.parent
    beside = configs.read(folder) if (folder / CONFIG_FILE).is_file() else {}
    return ModelFiles(
        name=architecture,
        config=config,
        stated=beside.get("preprocess_cfg"),
        weights=weights,
        folder=folder,
        text=_text_beside(folder, config, shelf),
    )


def _from_tag(architecture: str, tag: str, shelf: Shelf) -> ModelFiles:
    config = _architecture_config(architecture)
    pretrained = get_pretrained_cfg(architecture, tag)
    if not pretrained:
        tags = ", ".join(list_pretrained_tags_by_model(architecture)) or "none"
        raise EncoderError(
            f"open_clip knows no weights “{tag}” for {architecture}", f"It knows {tags}."
        )
    wanted, text = needs.of_weights(pretrained["hf_hub"]), needs.of_text(config)
    folder, *text_folders = shelf.obtain([wanted, *text])
    names = wanted.patterns[0].split("|")
    weights = next(folder / name for name in names if (folder / name).is_file())
    return ModelFiles(
        name=architecture,
        config=config,
        stated=pretrained,
        weights=weights,
        folder=folder,
        text=_text_folders(text, text_folders),
        quick_gelu=bool(pretrained.get("quick_gelu")),
    )


def _text_beside(folder: Path, config: dict[str, Any], shelf: Shelf) -> TextFolders:
    """The text side of weights that lie in a folder: preferably from the same folder."""
    text = needs.of_text(config)
    found = [
        folder if hub.has_all(folder, need.patterns) else shelf.obtain([need])[0] for need in text
    ]
    return _text_folders(text, found)


def _text_folders(text: Sequence[Needed], found: Sequence[Path]) -> TextFolders:
    folders = {need.patterns: folder for need, folder in zip(text, found, strict=True)}
    return TextFolders(folders.get(TOKENIZER), folders.get(("config.json",)))


def _architecture_config(architecture: str) -> dict[str, Any]:
    config = get_model_config(architecture)
    if config is None:
        raise EncoderError(
            f"open_clip knows no architecture “{architecture}”",
            f"It knows {', '.join(list_models()[:12])} and {len(list_models()) - 12} more.",
        )
    return config
