"""Feature synthesis by a generative model, which draws vectors for classes with few labels."""

import numpy as np
from numpy.typing import NDArray

from labeling.heads.rare import SynthesisHead, donors_and_missing
from labeling.heads.shrinkage import Array
from labeling.prompts.text_bank import normalised


class GeneratedHead(SynthesisHead):
    """Logistic regression shrunk to zero-shot, taught with generated vectors of rare classes too.

    A conditional generator learns from the well-known classes what pictures of a text look like
    (`generator.generate`); rare classes are drawn from their texts. Takes the arguments of
    `SynthesisHead`, whose Gaussians are the baseline beside it.
    """

    def invented(self, X: Array, y: NDArray[np.integer]) -> tuple[Array, NDArray[np.int64]]:
        """Return vectors for the classes that have few among ``X``, and their classes."""
        texts = np.asarray(self.class_vectors, dtype=np.float32)
        donors, missing = donors_and_missing(y, len(texts), self.enough)
        classes = np.repeat(np.arange(len(texts)), missing)
        if len(donors) < 2 or not len(classes):
            return np.empty((0, texts.shape[1])), np.empty(0, dtype=np.int64)
        from labeling.heads.generator import generate

        known = np.isin(y, donors)
        drawn = generate(X[known].astype(np.float32), texts[y[known]], texts[classes], self.seed)
        return normalised(drawn).astype(np.float64), classes
