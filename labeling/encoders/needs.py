"""Which files of the hub a model needs, told before torch and open_clip are imported."""

from pathlib import Path
from typing import Any

from labeling.encoders import configs, hub, pretrained
from labeling.encoders.registry import ModelSpec
from labeling.encoders.shelf import TOKENIZER, Needed, Shelf

WEIGHTS = "open_clip_model.safetensors|open_clip_pytorch_model.bin"
TIMM_WEIGHTS = "model.safetensors|pytorch_model.bin"


def require_reachable(spec: ModelSpec, models_dir: Path | None = None) -> None:
    """Ask the hub about a model whose files are not all here, before anything slow begins.

    A tag that only open_clip knows, and everything that is wrong with a model in another way, is
    left to loading. Costs milliseconds where the files are here, and does not import torch.

    Raises:
        ModelUnreachableError: files are missing and the hub does not answer (``PROBE_SECONDS``).
        EncoderError: the folder of a model describes none.
    """
    shelf = Shelf.of(spec, models_dir)
    schema, _, rest = spec.source.partition(":")
    if schema == "hf-hub":
        needed = of_repository(rest)
        shelf.require([needed])
        if folder := shelf.here(needed):
            shelf.require(_text_of_folder(folder))
    elif schema == "timm":
        shelf.require([of_timm(rest)])
    elif schema == "timm-dir":
        return
    elif schema == "local-dir":
        shelf.require(_text_of_folder(Path(rest).expanduser()))
    elif rest:
        config = configs.architecture(schema)
        shelf.require(_not_beside(config, Path(rest).expanduser().parent) if config else [])
    else:
        shelf.require(_of_tag(*spec.source.partition("/")[::2]))


def of_repository(repo: str) -> Needed:
    """What ``hf-hub:`` takes from a repository "org/name"."""
    return Needed(repo, (configs.CONFIG_FILE, WEIGHTS))


def of_timm(name: str) -> Needed:
    """What a model of timm takes: a repository "org/name", or a name of timm's own, "NAME.TAG"."""
    return Needed(name if "/" in name else f"timm/{name}", (configs.TIMM_CONFIG, TIMM_WEIGHTS))


def of_weights(place: str) -> Needed:
    """The weights behind a tag.

    Args:
        place: "org/name/" or "org/name/file", as open_clip's table says it.
    """
    repo, _, file = place.rpartition("/")
    return Needed(repo, (f"{Path(file).with_suffix('.safetensors')}|{file}" if file else WEIGHTS,))


def of_text(config: dict[str, Any]) -> list[Needed]:
    """What the text side takes: a tokenizer and, for some, a tower's configuration.

    Args:
        config: open_clip's ``model_cfg``.
    """
    text = config["text_cfg"]
    needs = []
    if repo := text.get("hf_tokenizer_name"):
        needs.append(Needed(repo, TOKENIZER))
    if repo := text.get("hf_model_name"):
        needs.append(Needed(repo, ("config.json",)))
    return needs


def _of_tag(architecture: str, tag: str) -> list[Needed]:
    config, place = configs.architecture(architecture), pretrained.place(architecture, tag)
    return [of_weights(place), *of_text(config)] if config and place else []


def _text_of_folder(folder: Path) -> list[Needed]:
    return _not_beside(configs.read(folder)["model_cfg"], folder)


def _not_beside(config: dict[str, Any], folder: Path) -> list[Needed]:
    """What the text side of a model needs and the folder of its weights lacks."""
    return [need for need in of_text(config) if not hub.has_all(folder, need.patterns)]
