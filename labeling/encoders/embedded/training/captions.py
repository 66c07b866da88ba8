"""Writes captions that are true of a picture, each with the claims it makes.

A caption names a random part of what is true, inside a random frame. The frames are those that
people and libraries use for zero-shot prompts, so that the model works under all of them.
"""

import re
from collections.abc import Callable

import numpy as np
from open_clip import OPENAI_IMAGENET_TEMPLATES, SIMPLE_IMAGENET_TEMPLATES

from labeling.encoders.embedded.training.facts import (
    COLOURS,
    COUNTS,
    DIGITS,
    OTHERS,
    SHAPES,
    TEXTURES,
    Facts,
    facts,
    value_of,
)

Caption = tuple[str, Facts]

COMMON_FRAMES = (
    "{}", "{}", "{}.", "a {}", "a {}.", "the {}", "a photo of a {}.", "a photo of a {}",
    "a photo of the {}.", "a picture of a {}.", "a picture of the {}", "an image of a {}.",
    "an image of the {}", "a drawing of a {}.", "a scan of a {}.", "this is a {}", "there is a {}",
)  # fmt: skip
PLURAL_FRAMES = (
    "{}", "{}", "{}.", "a photo of {}.", "a picture of {}", "an image of {}.", "a drawing of {}.",
)  # fmt: skip
BACKGROUND_PHRASES = {
    "light": "on a light background", "dark": "on a dark background",
    "gradient": "on a gradient", "grid": "on a grid", "noisy": "on a noisy background",
    "two-tone": "on two colors",
}  # fmt: skip
OTHER_PHRASES = {
    "letter": ("a letter", "letter", "a photo of a letter.", "text", "a screenshot of text."),
    "scribble": ("a scribble", "scribble", "a photo of a scribble.", "a line"),
    "blank": (
        "an empty background",
        "a blank picture",
        "a blank picture.",
        "empty",
        "an empty picture",
        "a photo of an empty scene.",
    ),
    "noise": ("noise", "random noise", "a photo of noise"),
    "clutter": ("clutter", "a pattern", "a photo of clutter", "a random texture."),
}
ANY_OTHER = (
    "a photo",
    "a photo.",
    "something else",
    "a photo of something else.",
    "a picture",
    "an image",
    "nothing",
    "none of these",
    "other",
    "a background",
    "unknown",
    "a photo of something else.",
    "a photo of an unknown object.",
    "a picture of none of these things.",
    "a blurry photo of nothing in particular.",
)
NUMERALS = dict(zip(DIGITS, "0123456789", strict=True))
CLASS_WORDS = (*COLOURS, *SHAPES, *TEXTURES, *COUNTS, "shape", "object", "number")
SYNONYMS = {
    "plain": ("plain", "solid"), "dotted": ("dotted", "spotted"), "gray": ("gray", "grey"),
    "checkered": ("checkered", "checked"), "cyan": ("cyan", "turquoise"),
}  # fmt: skip


def caption(truth: Facts, rng: np.random.Generator) -> Caption:
    """Write one random true caption."""
    family = value_of(truth, "family")
    if family == "shape":
        return _of_scene(truth, rng)
    if family == "digit":
        return _of_digit(str(value_of(truth, "digit")), rng)
    return _of_other(str(value_of(truth, "other")), rng)


def class_prompts(rng: np.random.Generator) -> list[Caption]:
    """Write one caption for every single class word, all in the same random frame."""
    frame = _frame(rng)
    prompts = [(frame(f"{_word(c, rng)} {_thing(rng)}"), _claim(colour=c)) for c in COLOURS]
    prompts += [(frame(_word(s, rng)), _claim(shape=s)) for s in SHAPES]
    prompts += [(frame(f"{_word(t, rng)} {_thing(rng)}"), _claim(texture=t)) for t in TEXTURES]
    if rng.random() < 0.6:
        frame = _choice(rng, PLURAL_FRAMES).format
    prompts += [(frame(_counted(c, _thing(rng))), _claim(count=c)) for c in COUNTS]
    form = int(rng.integers(len(DIGIT_FORMS)))
    digit_frame = _frame(rng)
    prompts += [(digit_frame(DIGIT_FORMS[form](d)), _digit_claim(d)) for d in DIGITS]
    prompts += [(_choice(rng, OTHER_PHRASES[o]), facts(family="other", other=o)) for o in OTHERS]
    prompts += [(str(p), facts(family="other")) for p in rng.choice(ANY_OTHER, 3, replace=False)]
    return prompts


DIGIT_FORMS: tuple[Callable[[str], str], ...] = (
    lambda d: f"digit {d}",
    lambda d: f"digit {d}",
    lambda d: f"digit {NUMERALS[d]}",
    lambda d: d,
    lambda d: NUMERALS[d],
    lambda d: f"number {d}",
    lambda d: f"number {NUMERALS[d]}",
    lambda d: f"handwritten {d}",
    lambda d: f"handwritten digit {d}",
)


def _choice(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[rng.integers(len(options))]


def _word(word: str, rng: np.random.Generator) -> str:
    return _choice(rng, SYNONYMS[word]) if word in SYNONYMS and rng.random() < 0.25 else word


def _thing(rng: np.random.Generator) -> str:
    return "object" if rng.random() < 0.35 else "shape"


def _frame(rng: np.random.Generator) -> Callable[[str], str]:
    dice = rng.random()
    if dice < 0.55:
        return _choice(rng, COMMON_FRAMES).format
    templates = SIMPLE_IMAGENET_TEMPLATES if dice < 0.8 else OPENAI_IMAGENET_TEMPLATES
    return templates[rng.integers(len(templates))]


def _claim(**values: str) -> Facts:
    return facts(family="shape", **values)


def _digit_claim(digit: str) -> Facts:
    return facts(family="digit", digit=digit)


def _counted(count: str, noun: str) -> str:
    return f"{count} {noun}" if count == "one" else f"{count} {plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of one of our nouns."""
    return noun + ("es" if noun.endswith("s") else "s")


def _of_scene(truth: Facts, rng: np.random.Generator) -> Caption:
    """Name a random part of a scene: [count] [texture] [colour] shape [on a …].

    Sizes are never claimed: "large" and "small" stand in the frames that libraries use.
    """
    names = ("count", "texture", "colour", "shape", "background")
    named = {
        name: str(value_of(truth, name))
        for name, share in zip(names, (0.35, 0.35, 0.6, 0.75, 0.15), strict=True)
        if rng.random() < share
    }
    noun = named.get("shape") or _thing(rng)
    words = [named.get("texture"), named.get("colour")]
    described = " ".join([_word(word, rng) for word in words if word] + [noun])
    if "count" in named:
        text = _choice(rng, PLURAL_FRAMES).format(_counted(named["count"], described))
    else:
        text = _frame(rng)(described)
    if "background" in named:
        text = f"{text.rstrip('.')} {BACKGROUND_PHRASES[named['background']]}"
    return text, _claim(**named)


def _of_digit(digit: str, rng: np.random.Generator) -> Caption:
    if rng.random() < 0.08:
        return _frame(rng)("digit" if rng.random() < 0.6 else "number"), facts(family="digit")
    form = DIGIT_FORMS[rng.integers(len(DIGIT_FORMS))]
    return _frame(rng)(form(digit)), _digit_claim(digit)


def _of_other(kind: str, rng: np.random.Generator) -> Caption:
    if rng.random() < 0.5:
        return _choice(rng, ANY_OTHER), facts(family="other")
    return _choice(rng, OTHER_PHRASES[kind]), facts(family="other", other=kind)


def every_text() -> list[str]:
    """Return texts that together contain every word a caption can hold."""
    frames = [frame.format for frame in COMMON_FRAMES + PLURAL_FRAMES]
    frames += [*SIMPLE_IMAGENET_TEMPLATES, *OPENAI_IMAGENET_TEMPLATES]
    words = [word for group in (CLASS_WORDS, *SYNONYMS.values()) for word in group]
    words += [plural(noun) for noun in (*SHAPES, "shape", "object")]
    words += [form(digit) for form in DIGIT_FORMS for digit in DIGITS]
    texts = [frame("digit") for frame in frames] + words
    texts += [*BACKGROUND_PHRASES.values(), *ANY_OTHER]
    return texts + [phrase for phrases in OTHER_PHRASES.values() for phrase in phrases]


def vocabulary() -> list[str]:
    """Return every word a caption can hold, sorted; other words mean nothing to the model."""
    return sorted({word for text in every_text() for word in re.findall(r"\w+", text.lower())})
