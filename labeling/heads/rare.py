"""Feature synthesis: classes with few labels are taught with pictures that were never taken."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labeling.heads.base import Vectors
from labeling.heads.gaussians import shrunken_means
from labeling.heads.linear import ZeroShotHead
from labeling.heads.shrinkage import Array, group_loss
from labeling.prompts.text_bank import normalised

DONOR_FROM = 8
"""A class with this many labels lends its spread to classes with fewer, and needs none itself."""
NEIGHBOURS = 3
"""How many donors, the nearest by text, a class borrows from."""
OWN_SHARE = 0.5
"""Share of a borrowed covariance that is the neighbours'; the rest is that of all donors."""


class SynthesisHead(ZeroShotHead):
    """Logistic regression shrunk to zero-shot, taught with invented vectors of rare classes too.

    A rare class is taken for a Gaussian. Its covariance is that of the well-known classes whose
    texts are nearest (Yang, Liu and Xu, Free lunch for few-shot learning: distribution calibration,
    ICLR 2021); its mean lies between its pictures and the place where its text puts it, as in
    `LdaHead`. Without well-known classes it is plain logistic regression.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
        enough: labels, real and invented together, that every class is taught with.
        seed: of the invented vectors.
        strength: see `ZeroShotHead`.
        intercept_sd: see `ZeroShotHead`.
        warm_start: see `ZeroShotHead`.
        max_iter: see `ZeroShotHead`.
    """

    def __init__(
        self,
        class_vectors: Vectors,
        scale: float = 1.0,
        bias: float | None = None,
        background: Vectors | None = None,
        enough: int = 20,
        seed: int = 0,
        strength: float | Literal["auto"] = "auto",
        intercept_sd: float = 1.0,
        warm_start: bool = False,
        max_iter: int = 200,
    ) -> None:
        super().__init__(
            class_vectors, scale, bias, background, strength, intercept_sd, warm_start, max_iter
        )
        self.enough = enough
        self.seed = seed

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        of_class = allowed[:, : self.n_classes]
        rows = of_class.any(axis=1)
        invented, classes = self.invented(X[rows].astype(np.float64), of_class[rows].argmax(axis=1))
        told = np.arange(allowed.shape[1]) == classes[:, None]
        everything = np.concatenate([X, invented.astype(X.dtype)])
        self._move(everything, group_loss(np.concatenate([allowed, told])), labels=len(X))

    def invented(self, X: Array, y: NDArray[np.integer]) -> tuple[Array, NDArray[np.int64]]:
        """Return vectors for the classes that have few among ``X``, and their classes."""
        texts = np.asarray(self.class_vectors, dtype=np.float64)
        return invent(X, y, texts, self.enough, self.seed)


def invent(
    X: Array, y: NDArray[np.integer], texts: Array, enough: int, seed: int = 0
) -> tuple[Array, NDArray[np.int64]]:
    """Draw vectors for the classes that have few, with the spread of those that have many.

    Args:
        X: pictures [n, d], rows of length 1.
        y: the class of each [n].
        texts: text vectors of the classes [c, d], rows of length 1.
        enough: every class with fewer labels is filled up to so many.
        seed: of the draw.

    Returns:
        float64 [m, d], rows of length 1, and their classes int64 [m]; none without two classes of
        `DONOR_FROM` labels.
    """
    donors, missing = donors_and_missing(y, len(texts), enough)
    classes = np.repeat(np.arange(len(texts)), missing)
    if len(donors) < 2 or not len(classes):
        return np.empty((0, texts.shape[1])), np.empty(0, dtype=np.int64)
    residuals = {int(c): _around_mean(X[y == c]) for c in donors}
    means = _means(X, y, texts)
    rng = np.random.default_rng(seed)
    near = _nearest(texts, donors)
    everybody = np.concatenate(list(residuals.values()))
    drawn = np.sqrt(1 - OWN_SHARE) * _gaussian(everybody, len(classes), rng)
    for rare in np.flatnonzero(missing):
        own = np.concatenate([residuals[int(c)] for c in near[rare]])
        drawn[classes == rare] += np.sqrt(OWN_SHARE) * _gaussian(own, int(missing[rare]), rng)
    return normalised(means[classes] + drawn).astype(np.float64), classes


def donors_and_missing(
    y: NDArray[np.integer], classes: int, enough: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the well-known classes, and how many vectors each class lacks [c].

    Args:
        y: the class of each labelled picture [n].
        classes: how many there are.
        enough: every class with fewer labels than `DONOR_FROM` is filled up to so many.
    """
    labels = np.bincount(y, minlength=classes)
    missing = np.where(labels < DONOR_FROM, np.maximum(enough - labels, 0), 0)
    return np.flatnonzero(labels >= DONOR_FROM), missing


def _around_mean(pictures: Array) -> Array:
    """Residuals, made wider by what the mean took from them."""
    return (pictures - pictures.mean(axis=0)) * np.sqrt(len(pictures) / (len(pictures) - 1))


def _gaussian(residuals: Array, count: int, rng: np.random.Generator) -> Array:
    """Draws [count, d] of a centred Gaussian whose covariance is that of the residuals [r, d]."""
    return rng.normal(size=(count, len(residuals))) @ residuals / np.sqrt(len(residuals))


def _means(X: Array, y: NDArray[np.integer], texts: Array) -> Array:
    """The mean of each class [c, d], between its pictures and its text."""
    shares = (y[:, None] == np.arange(len(texts))).astype(np.float64)
    found = shrunken_means(X, shares, texts - texts.mean(axis=0))
    return np.asarray(found.centre + found.around)


def _nearest(texts: Array, donors: NDArray[np.integer]) -> NDArray[np.integer]:
    """The donors whose texts are nearest to that of each class [c, NEIGHBOURS at most]."""
    unit = normalised(texts)
    order = np.argsort(-(unit @ unit[donors].T), axis=1, kind="stable")
    return np.asarray(donors[order[:, :NEIGHBOURS]])
