"""Prompt templates: how the display text of a class becomes sentences for a text encoder."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from labeling.errors import InputError

PLACEHOLDER = "{}"


@dataclass(frozen=True)
class Templates:
    """A set of templates; each text holds ``{}`` exactly once.

    ``name`` is "own" for templates that a person wrote.
    """

    name: str
    texts: tuple[str, ...]


def _load() -> tuple[dict[str, Templates], tuple[str, ...]]:
    data = tomllib.loads(files("labeling.prompts").joinpath("templates.toml").read_text("utf-8"))
    shipped = {name: Templates(name, tuple(texts)) for name, texts in data["templates"].items()}
    return shipped, tuple(data["background"]["texts"])


SHIPPED, BACKGROUND = _load()
"""The sets that ship, by name, and the whole texts that stand for "none of these"."""


def get(name_or_own: Sequence[str]) -> Templates:
    """Return a shipped set by its name, or check and wrap a person's own templates.

    Args:
        name_or_own: the name of a shipped set alone, or own templates.

    Raises:
        InputError: an unknown name, an empty list, or a template without exactly one ``{}``.
    """
    if is_shipped(name_or_own):
        return SHIPPED[name_or_own[0]]
    if len(name_or_own) == 1 and PLACEHOLDER not in name_or_own[0]:
        raise InputError(
            f'"{name_or_own[0]}" is no set of templates, and as a template it holds {{}} 0 times',
            f'Choose {", ".join(SHIPPED)}, or write a template such as "a photo of {{}}"',
        )
    texts = tuple(dict.fromkeys(text.strip() for text in name_or_own))
    if not texts:
        raise InputError("The list of templates is empty", 'Write at least one, such as "{}"')
    for text in texts:
        _check(text)
    return Templates("own", texts)


def is_shipped(name_or_own: Sequence[str]) -> bool:
    """Return whether this is the name of a shipped set, and not own templates."""
    return len(name_or_own) == 1 and name_or_own[0] in SHIPPED


def fill(templates: Templates, display: str, extra: Sequence[str] = ()) -> list[str]:
    """Return the prompts of one class, without repetitions and in a stable order.

    Args:
        templates: where the display text goes.
        display: the display text of the class; braces in it are kept as they are.
        extra: the class's own prompts: whole texts, or templates with ``{}``.
    """
    texts = (*templates.texts, *extra)
    return list(dict.fromkeys(text.replace(PLACEHOLDER, display) for text in texts))


def _check(text: str) -> None:
    count = text.count(PLACEHOLDER)
    if count != 1:
        raise InputError(
            f'The template "{text}" holds {{}} {count} times',
            "Write {} exactly once, where the class goes",
        )
