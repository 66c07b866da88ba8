"""Generalised zero-shot evaluation: classes that a head was trained on, and classes it was not.

Accuracies are means over the classes, so that frequent ones do not decide (Xian et al., Zero-shot
learning: a comprehensive evaluation, TPAMI 2019).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SeenAndUnseen:
    """Accuracies in 0 to 1, None without a picture.

    Args:
        seen: of pictures of seen classes, among all answers.
        unseen: of pictures of unseen classes, among all answers.
        harmonic_mean: of both.
        zero_shot: of pictures of unseen classes, where only unseen classes are answers.
    """

    seen: float | None
    unseen: float | None
    harmonic_mean: float | None
    zero_shot: float | None


def seen_and_unseen(
    truth: NDArray[np.integer],
    said: NDArray[np.integer],
    shares: NDArray[np.floating],
    unseen: NDArray[np.bool_],
) -> SeenAndUnseen:
    """Compare proposals of seen and unseen classes with the truth.

    Args:
        truth: true class of each picture [n]; c and above, or below 0: none of these, left out.
        said: what was proposed [n], in the same numbers.
        shares: probabilities of the classes [n, c].
        unseen: bool [c], which classes nothing was trained on.
    """
    known = (truth >= 0) & (truth < len(unseen))
    truth, said, shares = truth[known], said[known], shares[known]
    new = unseen[truth]
    among = np.where(unseen, shares, -np.inf).argmax(axis=1)
    seen_right = _mean_by_class(truth[~new], said[~new])
    unseen_right = _mean_by_class(truth[new], said[new])
    both = None
    if seen_right is not None and unseen_right is not None:
        total = seen_right + unseen_right
        both = 2 * seen_right * unseen_right / total if total else 0.0
    return SeenAndUnseen(seen_right, unseen_right, both, _mean_by_class(truth[new], among[new]))


def _mean_by_class(truth: NDArray[np.integer], said: NDArray[np.integer]) -> float | None:
    if not len(truth):
        return None
    counts = np.bincount(truth)
    right = np.bincount(truth, weights=truth == said)
    return float(np.mean(right[counts > 0] / counts[counts > 0]))
