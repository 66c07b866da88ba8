"""Measures a trained folder as a user meets it: loaded by open_clip, its own preprocessing.

``python -m labeling.encoders.embedded.training.evaluate DIR`` measures on validation pictures,
drawn from a stream that neither training nor the samples use.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.special import logsumexp

from labeling.encoders.embedded.training.digits import digit, other
from labeling.encoders.embedded.training.draw import Stream, generator, scene
from labeling.encoders.embedded.training.facts import (
    ATTRIBUTES,
    COLOURS,
    PLACE,
    SHAPES,
    Facts,
    is_held_out,
)

EMBEDDED_MODEL = Path(__file__).parents[1] / "model"

Vectors = NDArray[np.float32]
TEMPLATE_SETS: Mapping[str, Sequence[Callable[[str], str]]] = {
    "plain": ("{}".format,),
    "photo": ("a photo of a {}.".format,),
    "simple7": open_clip.SIMPLE_IMAGENET_TEMPLATES,
    "imagenet80": open_clip.OPENAI_IMAGENET_TEMPLATES,
}
DISPLAY_TEXTS: Mapping[str, tuple[str, ...]] = {
    "colour": tuple(f"{colour} shape" for colour in COLOURS),
    "shape": SHAPES,
    "texture": tuple(f"{texture} shape" for texture in ATTRIBUTES["texture"]),
    "count": ("one shape", "two shapes", "three shapes", "four shapes"),
    "digit": tuple(f"digit {digit}" for digit in ATTRIBUTES["digit"]),
}
BACKGROUNDS = ("a photo", "something else", "an empty background", "noise")


@dataclass(frozen=True)
class LoadedModel:
    """An open_clip model of the SigLIP kind with its own preprocessing and tokenizer."""

    model: open_clip.CustomTextCLIP
    preprocess: Callable[[Image.Image], torch.Tensor]
    tokenize: Callable[[list[str]], torch.Tensor]

    @classmethod
    def from_folder(cls, folder: Path) -> "LoadedModel":
        """Load a ``local-dir:`` folder; nothing is fetched."""
        name = f"local-dir:{folder}"
        model, _, preprocess = open_clip.create_model_and_transforms(name)
        return cls(model.eval(), preprocess, open_clip.get_tokenizer(name))

    @torch.no_grad()
    def images(self, pictures: Sequence[Image.Image], batch: int = 64) -> Vectors:
        """Encode pictures into unit vectors [n, dim]."""
        vectors = [
            self.model.encode_image(
                torch.stack([self.preprocess(p) for p in pictures[start : start + batch]]),
                normalize=True,
            )
            for start in range(0, len(pictures), batch)
        ]
        return torch.cat(vectors).numpy()

    @torch.no_grad()
    def classes(self, texts: Sequence[str], templates: str) -> Vectors:
        """Encode class texts under a template set: mean of unit vectors, unit again."""
        rows = []
        for text in texts:
            prompts = [template(text) for template in TEMPLATE_SETS[templates]]
            mean = self.model.encode_text(self.tokenize(prompts), normalize=True).mean(0)
            rows.append(torch.nn.functional.normalize(mean, dim=0))
        return torch.stack(rows).numpy()

    def logits(self, images: Vectors, classes: Vectors) -> NDArray[np.float64]:
        """Scaled similarity plus bias, [images, classes]."""
        scale = float(self.model.logit_scale.detach().exp())
        return scale * (images @ classes.T).astype(np.float64) + float(
            self.model.logit_bias.detach()
        )


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn logits [n, classes] into probabilities by row."""
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def background_logit(background: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh background texts [n, b] as one outcome [n]: their mean, as in ``labeling.scoring``."""
    return logsumexp(background, axis=1) - np.log(background.shape[1])


def calibration_error(confidence: NDArray, right: NDArray, bins: int = 15) -> float:
    """Expected calibration error over equally wide bins of the top probability."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == k].mean() - right[place == k].mean()) * (place == k).mean()
        for k in range(bins)
        if (place == k).any()
    ]
    return float(sum(gaps))


def group_figures(
    model: LoadedModel, images: Vectors, truth: NDArray, attribute: str, templates: str
) -> dict[str, float]:
    """Zero-shot accuracy and calibration error for one attribute; truth int [n]."""
    classes = model.classes(DISPLAY_TEXTS[attribute], templates)
    probabilities = softmax(model.logits(images, classes))
    right = probabilities.argmax(1) == truth
    ece = calibration_error(probabilities.max(1), right)
    return {"n": len(truth), "accuracy": float(right.mean()), "ece": ece}


def pair_figures(
    model: LoadedModel, images: Vectors, colours: NDArray, shapes: NDArray, templates: str
) -> dict[str, float]:
    """Accuracy among all 144 "red circle" prompts for trained and for held-out pairs.

    Args:
        model: the model that encoded the images.
        images: unit vectors [n, dim].
        colours: int [n], places in COLOURS.
        shapes: int [n], places in SHAPES.
        templates: name of a template set.
    """
    texts = [f"{colour} {shape}" for colour in COLOURS for shape in SHAPES]
    top = model.logits(images, model.classes(texts, templates)).argmax(1)
    right = top == colours.astype(int) * len(SHAPES) + shapes
    unseen = np.array([is_held_out(c, s) for c, s in zip(colours, shapes, strict=True)])
    seen_share, unseen_share = float(right[~unseen].mean()), float(right[unseen].mean())
    return {
        "seen": seen_share,
        "n_seen": int((~unseen).sum()),
        "unseen": unseen_share,
        "n_unseen": int(unseen.sum()),
        "harmonic_mean": harmonic_mean(seen_share, unseen_share),
    }


def harmonic_mean(a: float, b: float) -> float:
    """Harmonic mean of two shares; 0 where both are 0."""
    return 2 * a * b / (a + b) if a + b else 0.0


def none_figures(
    model: LoadedModel, images: Vectors, is_none: NDArray, attribute: str, templates: str
) -> dict[str, float]:
    """Tell how well background prompts catch pictures of none of the classes."""
    classes = model.logits(images, model.classes(DISPLAY_TEXTS[attribute], templates))
    backgrounds = model.logits(images, model.classes(BACKGROUNDS, "plain"))
    said_none = background_logit(backgrounds) > classes.max(1)
    return {
        "found": float(said_none[is_none].mean()),
        "false_alarms": float(said_none[~is_none].mean()),
    }


def validation(count: int) -> dict[str, list[tuple[Image.Image, Facts]]]:
    """Draw validation pictures: scenes of trained and of held-out pairs, digits, neither."""
    own = Stream.VALIDATION
    numbers = range(count)
    return {
        "scenes": [scene(generator(own, k), 128) for k in numbers],
        "unseen": [scene(generator(own, count + k), 128, pairs="unseen") for k in numbers],
        "hard": [digit(generator(own, 2 * count + k), 64, own, hard=True) for k in numbers],
        "easy": [digit(generator(own, 3 * count + k), 64, own, hard=False) for k in numbers],
        "others": [other(generator(own, 4 * count + k), 64, own) for k in numbers],
    }


def measure(model: LoadedModel, count: int = 500) -> dict[str, object]:
    """Measure everything on validation pictures, under each template set."""
    drawn = validation(count)
    facts = {part: np.stack([truth for _, truth in rows]) for part, rows in drawn.items()}
    vectors = {part: model.images([image for image, _ in rows]) for part, rows in drawn.items()}
    paired = np.concatenate([vectors["scenes"], vectors["unseen"]])
    shown = np.concatenate([facts["scenes"], facts["unseen"]])
    nones = np.concatenate([vectors["hard"], vectors["others"]])
    is_none = np.arange(len(nones)) >= count
    return {
        templates: {
            **{
                attribute: group_figures(
                    model, vectors["scenes"], facts["scenes"][:, PLACE[attribute]],
                    attribute, templates,
                )
                for attribute in ("colour", "shape", "texture", "count")
            },
            **{
                f"digit {part}": group_figures(
                    model, vectors[part], facts[part][:, PLACE["digit"]], "digit", templates
                )
                for part in ("hard", "easy")
            },
            "pairs": pair_figures(
                model, paired, shown[:, PLACE["colour"]], shown[:, PLACE["shape"]], templates
            ),
            "none": none_figures(model, nones, is_none, "digit", templates),
        }
        for templates in TEMPLATE_SETS
    }  # fmt: skip


def rounded(value: object) -> object:
    """Round every figure of a nested answer to four places."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    """Read the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=EMBEDDED_MODEL)
    options = parser.parse_args()
    print(json.dumps(rounded(measure(LoadedModel.from_folder(options.folder))), indent=1))


if __name__ == "__main__":
    main()
