"""From the vectors of many prompts to one vector per class."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def normalised(vectors: NDArray[np.floating]) -> Floats:
    """Scale each row to length 1 (float32 [n, dim]).

    Raises:
        ValueError: a row has length zero or is not finite.
    """
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        raise ValueError("a vector has length zero or is not finite")
    return (vectors / lengths).astype(np.float32)


def class_vectors(
    vectors: NDArray[np.floating], owner: NDArray[np.integer], n_classes: int
) -> Floats:
    """Average the prompts of each class: the normalised mean of their normalised vectors.

    Args:
        vectors: text vectors [n, dim] of any length above 0.
        owner: class index 0 to n_classes − 1 of each vector [n].
        n_classes: number of classes; each owns at least one vector.

    Returns:
        float32 [n_classes, dim], rows of length 1, as open_clip's zero-shot classifier has them.

    Raises:
        ValueError: shapes disagree, or a class owns no vector.
    """
    if vectors.ndim != 2 or owner.shape != (len(vectors),):
        raise ValueError(f"vectors {vectors.shape} and owner {owner.shape} do not belong together")
    counts = np.bincount(owner, minlength=n_classes)
    if len(counts) != n_classes or np.any(counts == 0):
        raise ValueError(f"{n_classes} classes own {counts.tolist()} vectors")
    sums = np.zeros((n_classes, vectors.shape[1]))
    np.add.at(sums, owner, normalised(vectors).astype(np.float64))
    return normalised(sums / counts[:, None])
