"""Proves at load that a model's preprocessing, tokenizer and weights belong together.

A model that loads can still be wrong: with another model's mean and std, with a tokenizer that
keeps capitals, with random weights (open_clip issue 1068). It then proposes nonsense, silently.
"""

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from open_clip.tokenizer import HFTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from timm.data import create_transform

from labeling.encoders.base import Encoder, ImageEncoder
from labeling.errors import ModelSelfTestError

REFERENCE = Path(__file__).parent / "reference"
CHANCE = 0.002
PERMUTATIONS = 5000
FEWEST_PAIRS = 8
BUDGET_SECONDS = 10.0

# In normalised units; another model's mean or std moves pixels by 0.07 and more.
_PIXEL_TOLERANCE = 0.03
_OTHER_MODEL = "Take config, tokenizer and weights from the same place, or choose another model."


class Seeing(ImageEncoder, Protocol):
    """An encoder of pictures, with what the checks look into."""

    def pixels(self, picture: Image.Image) -> torch.Tensor:
        """What the image tower sees of an RGB picture: float32 [3, height, width], normalised."""


class ExaminedFeatures(Seeing, Protocol):
    """An encoder of timm.

    Attributes:
        data_config: timm's ``input_size``, ``mean``, ``std``, ``crop_pct`` and the like.
    """

    data_config: dict[str, Any]


class Examined(Seeing, Encoder, Protocol):
    """An encoder of open_clip.

    Attributes:
        preprocess_config: open_clip's ``preprocess_cfg``.
        tokenizer: texts in, int64 [n, context_length] out.
        vocabulary_size: tokens that its text tower knows; None where it does not say.
    """

    preprocess_config: dict[str, Any]
    tokenizer: Any
    vocabulary_size: int | None


@dataclass(frozen=True)
class Pair:
    """A reference picture and the text that says what it shows."""

    picture: Image.Image
    caption: str


@cache
def pairs() -> tuple[Pair, ...]:
    """The shipped reference pictures with their texts."""
    with (REFERENCE / "captions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Pair(Image.open(REFERENCE / f"{row['picture']}.png").convert("RGB"), row["caption"])
        for row in rows
    )


def check(encoder: Examined) -> None:
    """Run every check.

    Raises:
        ModelSelfTestError: what is wrong, and what to do about it.
    """
    known = [pair for pair in pairs() if not encoder.unknown_words(pair.caption)]
    config = encoder.preprocess_config
    check_pixels(encoder, image_transform_v2(PreprocessCfg(**config), is_train=False), "open_clip")
    check_tokens(encoder)
    images = _encode(encoder, known)
    texts = encoder.encode_texts([pair.caption for pair in known[: len(images)]])
    check_vectors(encoder, images, "pictures")
    check_vectors(encoder, texts, "texts")
    if len(images) >= FEWEST_PAIRS:
        check_meaning(encoder.name, images @ texts.T)


def check_features(encoder: ExaminedFeatures) -> None:
    """Run the checks that need no texts.

    Raises:
        ModelSelfTestError: what is wrong, and what to do about it.
    """
    check_pixels(encoder, create_transform(**encoder.data_config, is_training=False), "timm")
    check_vectors(encoder, _encode(encoder, pairs()), "pictures")


def _encode(encoder: ImageEncoder, known: Sequence[Pair]) -> np.ndarray:
    """Pictures one by one, so that a huge model on a small machine stops at ``BUDGET_SECONDS``."""
    started = time.perf_counter()
    vectors: list[np.ndarray] = []
    for pair in known:
        vectors.append(encoder.encode_images([encoder.preprocess(pair.picture)])[0])
        if len(vectors) >= FEWEST_PAIRS and time.perf_counter() - started > BUDGET_SECONDS:
            break
    return np.array(vectors, np.float32).reshape(-1, encoder.dim)


def check_pixels(
    encoder: Seeing, reference: Callable[[Image.Image], torch.Tensor], whose: str
) -> None:
    """The pixels that reach the model are those of its library's own transform.

    Args:
        encoder: the model.
        reference: that transform.
        whose: the library, for the message.

    Raises:
        ModelSelfTestError: they differ in size, mean, std, or cut.
    """
    for size in ((224, 224), (500, 375), (40, 90)):
        picture = pairs()[-1].picture.resize(size)
        ours = encoder.pixels(picture)
        theirs = reference(picture)
        if ours.shape != theirs.shape or (ours - theirs).abs().mean() > _PIXEL_TOLERANCE:
            raise ModelSelfTestError(
                f"The preprocessing of {encoder.name} ({encoder.preprocessing}) does not give the "
                f"pixels of {whose}'s own transform",
                "Install the versions of open_clip_torch, timm and torchvision that Prelabel asks "
                "for.",
            )


def check_tokens(encoder: Examined) -> None:
    """The tokenizer fills the context, tells texts apart and folds case where the model expects it.

    Raises:
        ModelSelfTestError: it does not.
    """
    tokenizer = encoder.tokenizer
    long_text = "a photo of a dog " * 100
    tokens = tokenizer(["a dog", "a cat", "A Dog", long_text])
    if tokens.shape != (4, tokenizer.context_length):
        raise ModelSelfTestError(
            f"The tokenizer of {encoder.name} gives {tuple(tokens.shape)} tokens for 4 texts "
            f"instead of (4, {tokenizer.context_length})",
            _OTHER_MODEL,
        )
    limit = encoder.vocabulary_size
    if limit is not None and int(tokens.max()) >= limit:
        raise ModelSelfTestError(
            f"The tokenizer of {encoder.name} knows {int(tokens.max()) + 1} tokens or more and its "
            f"text tower only {limit}",
            _OTHER_MODEL,
        )
    if torch.equal(tokens[0], tokens[1]):
        raise ModelSelfTestError(
            f"The tokenizer of {encoder.name} gives the same tokens for different texts",
            _OTHER_MODEL,
        )
    folds_case = encoder.objective == "sigmoid" or not isinstance(tokenizer, HFTokenizer)
    if folds_case and not torch.equal(tokens[0], tokens[2]):
        raise ModelSelfTestError(
            f"The tokenizer of {encoder.name} keeps capitals, and models of its kind were trained "
            "on lower case",
            'Add "tokenizer_kwargs": {"clean": "canonicalize"} to text_cfg in its '
            "open_clip_config.json.",
        )


def check_vectors(encoder: ImageEncoder, vectors: np.ndarray, what: str) -> None:
    """Vectors are finite, of length 1, and different things have different ones.

    Raises:
        ModelSelfTestError: they are not.
    """
    if not np.isfinite(vectors).all():
        raise ModelSelfTestError(
            f"{encoder.name} gives vectors that are not finite for {what} in {encoder.dtype}",
            "Load it with dtype float32, or take its weights afresh.",
        )
    if np.abs(np.linalg.norm(vectors, axis=1) - 1).max() > 1e-3:
        raise ModelSelfTestError(f"{encoder.name} gives vectors of length 0 for {what}")
    similar = vectors @ vectors.T - 2 * np.eye(len(vectors))
    if len(vectors) > 1 and similar.max() > 1 - 1e-6:
        raise ModelSelfTestError(
            f"{encoder.name} gives the same vector for different {what}",
            "Its weights are damaged or belong to another model.",
        )


def check_meaning(name: str, similarity: np.ndarray) -> None:
    """Pictures are closer to their own texts than chance allows.

    Similarities are centred by row and column, so that a text that is close to everything counts
    for nothing; a permutation test then asks how often shuffled texts fit as well.

    Args:
        name: the model, for the message.
        similarity: float [n, n], picture by text, own texts on the diagonal.

    Raises:
        ModelSelfTestError: the model does no better than chance.
    """
    share = chance(similarity)
    if share > CHANCE:
        raise ModelSelfTestError(
            f"{name} loads, but its similarities make no sense: for {len(similarity)} simple "
            f"pictures and their texts it does no better than chance (p = {share:.2g})",
            "Its weights are untrained, damaged or belong to another config. "
            f"{_OTHER_MODEL} A model that is right all the same: self_test = false in models.toml.",
        )


def chance(similarity: np.ndarray) -> float:
    """Share of shuffled texts (5,000 fixed shuffles) that fit the pictures as well as their own."""
    centred = similarity - similarity.mean(0) - similarity.mean(1, keepdims=True)
    n = len(centred)
    rng = np.random.default_rng(0)
    shuffles = rng.permuted(np.tile(np.arange(n), (PERMUTATIONS, 1)), axis=1)
    fits = centred[np.arange(n), shuffles].sum(1)
    return float((1 + (fits >= np.trace(centred)).sum()) / (1 + PERMUTATIONS))
