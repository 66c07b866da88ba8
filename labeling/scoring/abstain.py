"""None of these: when a picture shows no class of the project.

Two ways, which combine:

- **Background prompts** compete with the classes in the softmax. Texts such as "a photo of
  something else." take the probability that no class deserves; adding texts for what is not asked
  is the idea of ZOC (Esmaeilpour et al., AAAI 2022) and NegLabel (Jiang et al., ICLR 2024).
- **A threshold on the largest score**: the maximum softmax probability of Hendrycks and Gimpel
  (ICLR 2017), which Ming et al. (NeurIPS 2022, "maximum concept matching") carried over to CLIP. It
  needs no texts, but its value depends on the model and the number of classes: no default.
"""

import numpy as np
from numpy.typing import NDArray

NONE = -1
"""The class index that stands for "none of these"."""


def abstains(
    top_score: NDArray[np.floating],
    none: NDArray[np.floating] | None = None,
    threshold: float | None = None,
) -> NDArray[np.bool_]:
    """Tell for which pictures "none of these" is proposed.

    Args:
        top_score: the largest class probability [n].
        none: the probability that the background prompts took together [n]; None without them.
        threshold: in 0 to 1; a largest class probability below it abstains.

    Returns:
        bool [n]: the background outweighs the best class, or the best class is below the threshold.
    """
    abstained = np.zeros(top_score.shape, dtype=bool)
    if none is not None:
        np.logical_or(abstained, none > top_score, out=abstained)
    if threshold is not None:
        np.logical_or(abstained, top_score < threshold, out=abstained)
    return abstained


def mean_offset(background: NDArray[np.floating]) -> np.float32:
    """What is added to each of b background logits: −log b.

    Their probabilities, summed, are then those of one outcome whose exponentiated logit is the mean
    of theirs: eight texts weigh no more than one.
    """
    return np.float32(-np.log(len(background)))
