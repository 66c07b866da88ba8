"""Which models there are: the shipped list, the user's own, and what open_clip or timm can name."""

import difflib
import json
import re
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path

from labeling.encoders.configs import CONFIG_FILE, architectures, timm_config
from labeling.errors import InputError, NotFoundError, SettingsError

DEFAULT = "embedded"
TIMM, TIMM_FOLDER = "timm:", "timm-dir:"
SCHEMAS = ("hf-hub:", "local-dir:", TIMM, TIMM_FOLDER)

_PACKAGE = Path(__file__).parent
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class ModelSpec:
    """One entry of the list of models.

    Args:
        name: what people type; also the folder under ``<home>/models`` that may hold its files.
        source: ``ARCH/tag``, ``ARCH:/path/to/ckpt``, ``hf-hub:org/repo`` or ``local-dir:/path`` of
            open_clip; ``timm:NAME.TAG``, ``timm:org/repo`` or ``timm-dir:/path`` of timm.
        title: one line for a menu.
        licence: licence of the weights, or "unknown".
        note: what it is good for.
        parameters_m: millions of parameters; a download is about 4 MB for each million.
        self_test: False for a model that is known to fail the self-test for a good reason.
        image_size: side of the square it sees, in pixels, where another is wanted than the one it
            was trained with; models of timm only.
    """

    name: str
    source: str
    title: str = ""
    licence: str = "unknown"
    note: str = ""
    parameters_m: float | None = None
    self_test: bool = True
    image_size: int | None = None

    @property
    def has_texts(self) -> bool:
        """Whether it knows texts too, and so can be a project's own model."""
        return not self.source.startswith((TIMM, TIMM_FOLDER))

    @property
    def folder_name(self) -> str:
        """Name of its own folder inside the folder of models."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip("-.")


def known(models_dir: Path | None = None) -> dict[str, ModelSpec]:
    """All models that have a name: shipped, in the user's ``models.toml``, or a folder of theirs.

    Raises:
        SettingsError: the user's ``models.toml`` can't be read.
    """
    specs = dict(_shipped())
    if models_dir is None or not models_dir.is_dir():
        return specs
    for folder in sorted(path for path in models_dir.iterdir() if path.is_dir()):
        if source := _source_of(folder):
            specs.setdefault(folder.name, ModelSpec(folder.name, source, title=folder.name))
    return specs | _read(models_dir / "models.toml")


def resolve(name: str, models_dir: Path | None = None) -> ModelSpec:
    """The model of this name, or the one that a source describes.

    Args:
        name: a known name, a source (`ModelSpec`), or the path of a folder that holds
            ``open_clip_config.json`` or timm's ``config.json``.
        models_dir: the user's folder of models.

    Raises:
        NotFoundError: it is none of these.
    """
    specs = known(models_dir)
    if name in specs:
        return specs[name]
    if name.startswith(SCHEMAS):
        return ModelSpec(name, name, title=name)
    if source := _source_of(Path(name)):
        return ModelSpec(name, source, title=name)
    architecture, _, rest = name.partition(":" if ":" in name else "/")
    if rest and architecture in architectures():
        return ModelSpec(name, name, title=name)
    if name in architectures():
        raise NotFoundError(
            f"“{name}” is an architecture of open_clip, without weights",
            _architecture_hint(name, specs),
        )
    if "/" in name and Path(name).is_absolute():
        raise NotFoundError(
            f"{name} is no folder with a model",
            f"A model's folder holds {CONFIG_FILE}, or timm's config.json.",
        )
    raise NotFoundError(f"There is no model called “{name}”", _suggestion(name, specs))


def resolve_with_texts(name: str, models_dir: Path | None = None) -> ModelSpec:
    """As `resolve`, for a project's own model.

    Raises:
        InputError: it knows no texts.
        NotFoundError: there is no such model.
    """
    spec = resolve(name, models_dir)
    if not spec.has_texts:
        raise InputError(
            f"The model {name} knows no texts, so it can't propose before there are labels",
            "Choose an image-text model for the project, and add this one to its features: "
            f"prelabel features PROJECT add {name}",
        )
    return spec


def _source_of(folder: Path) -> str | None:
    """How a folder with a model is named, None where it holds none."""
    if (folder / CONFIG_FILE).is_file():
        return f"local-dir:{folder.absolute()}"
    return f"{TIMM_FOLDER}{folder.absolute()}" if timm_config(folder) else None


def add(models_dir: Path, spec: ModelSpec) -> None:
    """Remember a model under its name in ``<models_dir>/models.toml``.

    Raises:
        InputError: the name is taken, or is not a plain name.
        NotFoundError: the source describes no model.
    """
    if not _NAME.fullmatch(spec.name):
        raise InputError(
            f"“{spec.name}” can't be the name of a model",
            "Use letters, digits, dots, hyphens and underscores.",
        )
    if spec.name in known(models_dir):
        raise InputError(f"There is a model called {spec.name} already", "Choose another name.")
    resolve(spec.source, models_dir)
    entry = {key: value for key, value in asdict(spec).items() if value is not None}
    lines = [f"{key} = {_toml(value)}" for key, value in entry.items()]
    models_dir.mkdir(parents=True, exist_ok=True)
    with (models_dir / "models.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[[model]]", *lines, ""]))


def _toml(value: str | float | bool) -> str:
    """A TOML value: JSON's form, but for the one character that TOML escapes and JSON does not."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@cache
def _shipped() -> dict[str, ModelSpec]:
    return _read(_PACKAGE / "models.toml")


def _read(path: Path) -> dict[str, ModelSpec]:
    if not path.is_file():
        return {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("model", [])
        specs = [ModelSpec(**{k: v for k, v in entry.items() if k != "kind"}) for entry in entries]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise SettingsError(
            f"{path} can't be read: {error}",
            "Each [[model]] needs name and source, and may have "
            f"{', '.join(field.name for field in fields(ModelSpec))}.",
        ) from error
    return {
        spec.name: replace(spec, source=spec.source.replace("{package}", str(_PACKAGE)))
        for spec in specs
    }


def _architecture_hint(name: str, specs: dict[str, ModelSpec]) -> str:
    ready = [spec.name for spec in specs.values() if spec.source.startswith(f"{name}/")]
    known_as = f"Use {' or '.join(ready)}, or n" if ready else "N"
    return f"{known_as}ame its weights as {name}/TAG or {name}:/path/to/checkpoint."


def _suggestion(name: str, specs: dict[str, ModelSpec]) -> str:
    near = difflib.get_close_matches(name, [*specs, *architectures()], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    return (
        f"{hint}`prelabel models list` shows the names; open_clip's own are written "
        "ARCH/tag, ARCH:/path/to/checkpoint, hf-hub:org/repo or local-dir:/path, those of timm "
        "timm:NAME.TAG or timm-dir:/path."
    )
