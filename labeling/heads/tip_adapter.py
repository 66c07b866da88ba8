"""Tip-Adapter: zero-shot, and a cache of labelled pictures that vote for their own class."""

import numpy as np
from numpy.typing import NDArray

from labeling.heads.base import PriorHead, SingleLabel, Vectors, shared_out
from labeling.heads.shrinkage import Array, group_loss
from labeling.heads.votes import affinity, unit

ALPHAS = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
BETAS = (1.0, 3.0, 5.5, 10.0, 20.0)
JUDGED = 1_000
"""Labels at most by which α and β are chosen: the affinities are a square of them."""


class TipAdapterHead(SingleLabel, PriorHead):
    """Zero-shot logits plus α · Σ exp(−β (1 − cosine to a labelled picture)) on its class.

    Zhang et al., ECCV 2022 (the version without training). Their α and β come from a validation
    set; here from leaving out each labelled picture in turn, by log-loss, and α = 0 (zero-shot) is
    among the choices. A vote is divided by the mean number of labels a class seen, so that α means
    the same with few and many labels.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
    """

    def logits(self, X: Vectors) -> Vectors:
        """Return the logits [n, outcomes]: zero-shot, and the votes of the cache."""
        logits = self.prior(X)
        if getattr(self, "alpha_", 0.0) == 0:
            return logits
        near = affinity(X, self.keys_, self.beta_)
        return logits + self.alpha_ * (near @ self.votes_.astype(X.dtype))

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        self.alpha_, self.beta_ = 0.0, BETAS[0]
        self.keys_ = unit(X).astype(np.float32)
        votes = shared_out(self.prior(X.astype(np.float64)), allowed)
        seen = int((votes.sum(axis=0) > 0).sum())
        self.votes_ = (votes * (seen / max(len(X), 1))).astype(np.float32)
        if len(X) > 1:
            judged = np.linspace(0, len(X) - 1, min(len(X), JUDGED)).astype(int)
            self._choose(X[judged].astype(np.float64), allowed[judged], judged)

    def _choose(self, X: Array, allowed: NDArray[np.bool_], own: NDArray[np.intp]) -> None:
        prior: Array = self.prior(X).astype(np.float64)
        loss = group_loss(allowed)
        distance = 1 - unit(X) @ self.keys_.T.astype(np.float64)
        best = loss(prior)[0]
        for beta in BETAS:
            near = np.exp(-beta * distance)
            near[np.arange(len(own)), own] = 0  # no picture votes for itself
            votes = near @ self.votes_
            for alpha in ALPHAS[1:]:
                value = loss(prior + alpha * votes)[0]
                if value < best:
                    best, self.alpha_, self.beta_ = value, alpha, beta
