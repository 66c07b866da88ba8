"""Heads that see some columns of vectors where those of several models stand side by side."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from labeling.heads.base import Vectors

LABEL_LENGTH = 24
"""Characters at most by which a model is named in the kind of a head."""


@dataclass(frozen=True)
class Columns:
    """Where the vectors of one further model stand: columns ``start`` to ``stop`` − 1.

    ``label`` names the model in the kinds of heads that see them.
    """

    label: str
    start: int
    stop: int


class ColumnsHead(BaseEstimator):
    """A head over some of the columns; single- or multi-label, as the head is.

    Args:
        head: any head, untaught; it stays as it is.
        columns: (start, stop) of each part that it sees, in the order in which it sees them.
    """

    def __init__(self, head: Any, columns: Sequence[tuple[int, int]]) -> None:
        self.head = head
        self.columns = columns

    @property
    def inner(self) -> Any:
        """The head itself, taught if this one is: it answers for these columns alone."""
        return getattr(self, "head_", self.head)

    @property
    def multilabel(self) -> bool:
        """Whether rows of probabilities need not sum to 1."""
        return bool(self.head.multilabel)

    @property
    def n_classes(self) -> int:
        """Number of classes, without "none of these"."""
        return int(self.head.n_classes)

    @property
    def classes_(self) -> NDArray[np.int64]:
        """Class indices, NONE (−1) last where "none of these" is an outcome."""
        return self.head.classes_

    @property
    def n_labels_(self) -> int:
        """How many labels it was taught with."""
        return int(getattr(self.inner, "n_labels_", 0))

    def fit(self, X: Vectors, y: NDArray[np.integer]) -> Self:
        """Learn from all labels so far; see the head."""
        taught = getattr(self, "head_", None)
        self.head_: Any = (taught or clone(self.head)).fit(self.seen(X), y)
        return self

    def predict_proba(self, X: Vectors) -> NDArray[np.float64]:
        """Return the probabilities [n, k]; see the head."""
        return self.inner.predict_proba(self.seen(X))

    def predict(self, X: Vectors) -> NDArray[np.int64]:
        """Return what is most probable; see the head."""
        return self.inner.predict(self.seen(X))

    def seen(self, X: Vectors) -> Vectors:
        """Return the columns that the head sees."""
        parts = [X[:, start:stop] for start, stop in self.columns]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def label_of(model: str) -> str:
    """The name of a model in the kind of a head: a long one is cut, and told apart by its hash."""
    if len(model) <= LABEL_LENGTH:
        return model
    digest = hashlib.sha256(model.encode()).hexdigest()[:6]
    return f"{model[-(LABEL_LENGTH - 7) :]}~{digest}"
