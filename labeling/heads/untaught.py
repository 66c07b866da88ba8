"""Zero-shot as a candidate among heads: it takes labels and learns nothing from them."""

from labeling.heads.base import Vectors
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.heads.shrinkage import Loss


class UntaughtHead(ZeroShotHead):
    """Single-label zero-shot: predicts the same before and after any label."""

    def _move(self, X: Vectors, loss: Loss, labels: int) -> None:  # noqa: ARG002
        self.line_ = self.prior


class UntaughtMultiLabelHead(MultiLabelHead):
    """Multi-label zero-shot: predicts the same before and after any label."""

    def _move(self, X: Vectors, loss: Loss, labels: int) -> None:  # noqa: ARG002
        self.line_ = self.prior
