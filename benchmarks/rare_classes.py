"""Classes with 0, 1, 2 and 4 labels: plain head, invented vectors, and LDA shrunk to the texts.

``python -m benchmarks.rare_classes [--out FOLDER] [--full]``

Every other class has 20 labels, the rest so few; macro F1 is measured on new pictures, as many of
each class. Simulated: 40 classes in 64 dimensions whose texts mislead (zero-shot about 65 % right)
and lie apart from the pictures; the spread of the pictures is the same in all directions, or not
("long"). Besides the sample `digits` (20 labels where a class has so many, tested on the rest).
"ours" is the head that cross-validation chooses among the three and zero-shot. With --full vectors
from a generative model (f-VAEGAN-D2) as well, which takes minutes. Means over 5 seeds with Student
t intervals of 95 %.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.encoded_sample import EncodedDigits, encoded_digits
from benchmarks.report import Figure, parser, publish
from labeling.heads.candidates import ZERO_SHOT, candidates
from labeling.heads.choice import choose
from labeling.heads.generated import GeneratedHead
from labeling.heads.linear import ZeroShotHead
from labeling.prompts.text_bank import normalised
from labeling.scoring.metrics import class_figures, macro_f1
from labeling.selection.simulation import mean_interval

SHOTS = (0, 1, 2, 4)
MANY = 20
CLASSES, WIDTH = 40, 64
TEST_EACH = 40
KINDS = {"plain": "linear", "synthesis": "synthesis", "text-shrunk LDA": "lda"}
GENERATED = "generated"
SEEDS = range(5)

Vectors = NDArray[np.float32]
Classes = NDArray[np.int64]


class Task(NamedTuple):
    """Labelled vectors and their classes, new ones, and the zero-shot head."""

    X: Vectors
    y: Classes
    new: Vectors
    truth: Classes
    head: ZeroShotHead


Draw = Callable[[int, int], Task]
"""From a seed and the labels of a rare class to a task."""


def main() -> None:
    arguments = parser(__doc__).parse_args()
    digits = encoded_digits()
    sets: dict[str, Draw] = {
        "even": lambda seed, shots: simulated(seed, shots, 0.0),
        "long": lambda seed, shots: simulated(seed, shots, 1.0),
        "digits": lambda seed, shots: of_digits(digits, seed, shots),
    }
    found = {
        f"{name}, {shots} labels": measured(draw, shots, generate=arguments.full)
        for name, draw in sets.items()
        for shots in SHOTS
    }
    details = {"seeds": len(SEEDS), "macro_f1": as_json(found), "chosen": chosen(found)}
    publish("rare_classes", arguments.out, figures(found), details)


def simulated(seed: int, shots: int, length: float) -> Task:
    """Classes whose directions of spread differ by the factor e for each ``length``."""
    rng = np.random.default_rng(seed)
    centres, gap = rng.standard_normal((CLASSES, WIDTH)), 2 * rng.standard_normal(WIDTH)
    texts = normalised(centres + 1.3 * rng.standard_normal((CLASSES, WIDTH)) + gap)
    shape = np.exp(length * rng.standard_normal(WIDTH))
    spread = 1.7 * shape / np.sqrt(np.mean(shape**2))

    def draw(y: Classes) -> Vectors:
        return normalised(centres[y] + spread * rng.standard_normal((len(y), WIDTH)))

    y = np.repeat(np.arange(CLASSES), np.where(np.arange(CLASSES) % 2, MANY, shots))
    truth = np.repeat(np.arange(CLASSES), TEST_EACH)
    return Task(draw(y), y, draw(truth), truth, ZeroShotHead(texts, 40.0))


def of_digits(digits: EncodedDigits, seed: int, shots: int) -> Task:
    """Even digits have few labels, odd ones many; the rest of the sample is new."""
    order = np.random.default_rng(seed).permutation(len(digits.y))
    labelled = np.concatenate(
        [
            order[digits.y[order] == c][: MANY if c % 2 else shots]
            for c in range(digits.head.n_classes)
        ]
    )
    rest = np.setdiff1d(order, labelled)
    X, y = digits.X, digits.y
    return Task(X[labelled], y[labelled], X[rest], y[rest], digits.head)


def measured(draw: Draw, shots: int, *, generate: bool) -> dict[str, Any]:
    """Macro F1 of each way, a value for each seed; and which kinds were chosen."""
    found: dict[str, Any] = {way: [] for way in ("zero-shot", *KINDS, "ours", "kinds")}
    for seed in SEEDS:
        task = draw(seed, shots)
        every = candidates(task.head)
        compared = {kind: every[kind] for kind in (*KINDS.values(), ZERO_SHOT)}
        compared = {kind: compared[kind] for kind in every if kind in compared}
        found["zero-shot"].append(score(task.head, task))
        for way, kind in KINDS.items():
            found[way].append(score(every[kind].fit(task.X, task.y), task))
        choice = choose(compared, task.X, task.y, np.ones(len(task.y), dtype=bool), seed=seed)
        found["ours"].append(score(choice.head, task))
        found["kinds"].append(choice.name)
        if generate:
            generated = GeneratedHead(**prior(task.head)).fit(task.X, task.y)
            found.setdefault(GENERATED, []).append(score(generated, task))
    return found


def prior(head: ZeroShotHead) -> dict[str, Any]:
    """What every head begins with."""
    return {name: getattr(head, name) for name in ("class_vectors", "scale", "bias", "background")}


def score(head: Any, task: Task) -> float:
    """Macro F1 on what is new."""
    outcomes = np.arange(task.head.n_classes)
    said = head.predict(task.new)[:, None] == outcomes
    return macro_f1(class_figures(task.truth[:, None] == outcomes, said))


def as_json(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Mean, low and high of each way."""
    return {
        name: {
            way: dict(zip(("mean", "low", "high"), mean_interval(values), strict=True))
            for way, values in own.items()
            if way != "kinds"
        }
        for name, own in found.items()
    }


def chosen(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How often each kind was chosen."""
    return {name: Counter(own["kinds"]) for name, own in found.items()}


def figures(found: Mapping[str, Mapping[str, Any]]) -> list[Figure]:
    made = []
    for name, own in found.items():
        mean = {way: float(np.mean(values)) for way, values in own.items() if way != "kinds"}
        what = f"{name}: macro F1 of"
        made += [Figure(f"{what} {way}", mean[way], unit="") for way in KINDS]
        if GENERATED in mean:
            made.append(Figure(f"{what} {GENERATED}", mean[GENERATED], unit=""))
        gain = mean["synthesis"] / mean["plain"]
        made.append(Figure(f"{what} synthesis / plain", gain, ">= 1"))
        best = mean["ours"] / max(mean[way] for way in KINDS)
        made.append(Figure(f"{what} ours / the best of the three", best, ">= 0.98"))
    return made


if __name__ == "__main__":
    main()
