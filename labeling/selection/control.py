"""The control arm: a permanent random order, apart from the audit, and how far it is decided.

Labels that a policy picked are a biased sample. Those of the first items of a random order are not,
by whatever route they were decided: what is chosen or measured by labels uses these.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NAME = "control"
"""The policy of an entry that comes by the random order."""
REASON = "random control"


def random_rank(seed: int, sha256: str) -> float:
    """The place of a picture in the random order of its import, 0 up to below 1.

    The same seed gives the same order, whatever is imported first.

    Args:
        seed: the import's, 0 to 2**62.
        sha256: of the picture, as hexadecimal digits.
    """
    mixed = np.random.SeedSequence([seed, int(sha256, 16)]).generate_state(1, np.uint64)
    return float(mixed[0] >> np.uint64(11)) / 2**53


def decided_prefix(batches: Sequence[str], passed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which items belong to the decided beginning of the random order of their batch.

    Args:
        batches: the import batch of each item; those of one batch together, in their order.
        passed: bool [n], whether an item needs no further look: decided, or set aside by somebody.

    Returns:
        bool [n]: it has passed, and so have all before it in its batch.
    """
    within = np.zeros(len(passed), dtype=bool)
    starts = [n for n, batch in enumerate(batches) if n == 0 or batch != batches[n - 1]]
    for start, end in zip(starts, [*starts[1:], len(passed)], strict=True):
        within[start:end] = np.logical_and.accumulate(passed[start:end])
    return within
