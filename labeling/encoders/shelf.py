"""Where the files of one model may lie, and what to tell a person when they lie nowhere."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labeling.encoders import hub
from labeling.encoders.registry import ModelSpec
from labeling.errors import ModelUnreachableError

TOKENIZER = ("tokenizer.json|tokenizer.model|spiece.model|vocab.txt", "tokenizer_config.json")
TRANSFORMERS_TOO = "This model also needs `pip install 'prelabel[siglip]'` (transformers)."


@dataclass(frozen=True)
class Needed:
    """Files of one repository of the hub.

    Args:
        repo: "org/name".
        patterns: file names, wildcards allowed; "a|b" asks for one of the two.
    """

    repo: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    """The places of one model's files: its own folder first, then the Hugging Face cache.

    Args:
        spec: the model.
        own: its folder inside the user's folder of models; need not exist.
    """

    spec: ModelSpec
    own: Path

    @classmethod
    def of(cls, spec: ModelSpec, models_dir: Path | None) -> "Shelf":
        """The places of a model, its own folder inside ``models_dir`` (None: ``./models``)."""
        return cls(spec, (models_dir or Path("models")) / spec.folder_name)

    def require(self, needs: Sequence[Needed]) -> None:
        """Make sure that every need is here or the hub answers; nothing is downloaded.

        Raises:
            ModelUnreachableError: something is missing and the hub does not answer.
        """
        if all(self.here(need) for need in needs):
            return
        if reason := hub.unreachable(hub.endpoint()):
            raise self._unreachable(f"{hub.endpoint()} can't be reached ({reason})", needs)

    def obtain(self, needs: Sequence[Needed]) -> list[Path]:
        """A folder for each need, downloading what is not here.

        Raises:
            ModelUnreachableError: something is missing and the hub does not give it.
        """
        self.require(needs)
        try:
            return [self.here(need) or hub.fetch(need.repo, need.patterns) for need in needs]
        except hub.HubError as error:
            raise self._unreachable(f"the download failed ({error})", needs) from error

    def here(self, need: Needed) -> Path | None:
        """The folder on this machine that has the files, None where none has."""
        if hub.has_all(self.own, need.patterns):
            return self.own
        return hub.cached(need.repo, need.patterns)

    def _unreachable(self, reason: str, needs: Sequence[Needed]) -> ModelUnreachableError:
        files: dict[str, list[str]] = {}
        for need in needs:
            names = [" or ".join(pattern.split("|")[:2]) for pattern in need.patterns]
            files.setdefault(need.repo, []).extend(names)
        what = "; ".join(
            f"{', '.join(dict.fromkeys(names))} from {hub.endpoint()}/{repo}"
            for repo, names in files.items()
        )
        commands = " and ".join(f"`hf download {repo}`" for repo in files)
        fix = (
            f"Download {what} into {self.own}/. Or run {commands} where there is a connection and "
            f"copy its Hugging Face cache to {hub.cache_dir()}."
        )
        if any(need.patterns == TOKENIZER for need in needs) and not has_transformers():
            fix = f"{fix} {TRANSFORMERS_TOO}"
        return ModelUnreachableError(
            f"The model {self.spec.name} is not on this machine, and {reason}", fix
        )


def has_transformers() -> bool:
    """Whether the package for Hugging Face tokenizers and text towers is installed."""
    return importlib.util.find_spec("transformers") is not None
