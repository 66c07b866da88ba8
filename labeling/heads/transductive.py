"""Linear discriminant analysis that looks at pictures without labels too, and where it bends."""

import numpy as np
from numpy.typing import NDArray

from labeling.heads.base import Vectors, probabilities
from labeling.heads.lda import FEWEST, LdaHead, fit_stack, unseen
from labeling.heads.mixture import Unlabelled, fit_mixture
from labeling.heads.shrinkage import Array, Line, group_loss
from labeling.heads.stacking import fit_factors
from labeling.heads.votes import affinity, fit_votes

POOL = 4_000
"""Unlabelled pictures at most."""


class TransductiveHead(LdaHead):
    """The mean opinion of `LdaHead` and of a mixture that unlabelled pictures were fitted with.

    `LdaHead` shares the unlabelled pictures out first; then classes and pictures fit each other
    (`fit_mixture`). How much the mixture counts beside `LdaHead` is fitted on logits of labelled
    pictures by mixtures that were not told their label (`fit_factors`). A mixture can be sure of a
    whole cluster that it gave to the wrong class, and nobody would ever be asked: so the
    probabilities are the mean of both (a linear opinion pool: Stone 1961), which are unsure where
    the two disagree.

    Where classes are no Gaussians, labelled pictures vote for what lies near them (`fit_votes`),
    as far as that proves right for pictures they don't know; their votes are added to both.

    Args:
        class_vectors: text vectors [c, d], rows of length 1.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
        pool: unlabelled pictures [m, d], a sample of those that it will answer for; None, as in a
            head that was stored and read again: it learns as `LdaHead` does.
    """

    def __init__(
        self,
        class_vectors: Vectors,
        scale: float = 1.0,
        bias: float | None = None,
        background: Vectors | None = None,
        pool: Vectors | None = None,
    ) -> None:
        super().__init__(class_vectors, scale, bias, background)
        self.pool = pool

    def shares(self, X: Vectors) -> Array:
        """Return the probabilities [n, outcomes]: the mean of the opinions that there are."""
        base: Line | None = getattr(self, "base_", None)
        own = self._own(X)
        votes = self._votes(own) + self._beside(X)
        if base is None:
            return probabilities(self.line(own) + votes)
        first, second = np.split(self.line.beside(base)(own), 2, axis=1)
        shares = probabilities(first + votes)
        shares += probabilities(second + votes)
        shares *= 0.5
        return shares

    def _votes(self, X: Vectors) -> Vectors | float:
        """What labelled pictures add to the logits [n, outcomes]."""
        keys, votes = getattr(self, "keys_", None), getattr(self, "votes_", None)
        if keys is None or votes is None:
            return 0.0
        return affinity(X, keys, self.beta_) @ votes.astype(X.dtype)

    def _own(self, X: Vectors) -> Vectors:
        """The columns [n, d] that are comparable with the texts."""
        return X

    def _beside(self, X: Vectors) -> Vectors | float:  # noqa: ARG002
        """What other columns add to the logits [n, outcomes]."""
        return 0.0

    def _learn_beside(
        self,
        X: Vectors,  # noqa: ARG002
        allowed: NDArray[np.bool_],  # noqa: ARG002
        other: Array,
        fold: NDArray[np.int64],  # noqa: ARG002
    ) -> Array:
        """Learn from other columns; the logits [n, outcomes] of each picture without its label.

        Args:
            X: labelled pictures.
            allowed: bool [n, outcomes], what each may be.
            other: the same logits by the own columns alone.
            fold: the fold of each [n].
        """
        return other

    def _learn(self, X: Vectors, allowed: NDArray[np.bool_]) -> None:
        self.base_: Line | None = None
        self.keys_: NDArray[np.float32] | None = None
        self.votes_: NDArray[np.float32] | None = None
        if len(X) < FEWEST or self.pool is None or len(self.pool) < 2:
            super()._learn(self._own(X), allowed)
            return
        rows, prior = self._own(X).astype(np.float64), self.prior
        base = fit_stack(rows, allowed, prior)
        pool = Unlabelled.of(self._own(self.pool))
        without = [
            fit_mixture(
                rows[base.fold != number],
                base.shares[base.fold != number],
                pool,
                start,
                prior.weights,
            )
            for number, start in enumerate(base.without)
        ]
        held_out, loss = unseen(without, rows, base.fold), group_loss(allowed)
        mix = fit_factors(held_out, base.unseen, loss)
        own = fit_mixture(rows, base.shares, pool, base.line, prior.weights)
        self.line_, self.base_ = mix.line(own, base.line), base.line
        other = mix.logits(held_out, base.unseen)
        other = self._learn_beside(X, allowed, other, base.fold)
        found = fit_votes(rows, allowed, other, base.fold, self._own(self.pool))
        if found is not None:
            self.keys_, self.votes_, self.beta_ = found.keys, found.votes, found.beta
            self._believe(found.believed)

    def _believe(self, factor: float) -> None:
        """Multiply what the head has learned so far by a factor."""
        self.line_ = self.line_.times(factor)
        if self.base_ is not None:
            self.base_ = self.base_.times(factor)


def pool_rows(count: int) -> NDArray[np.int64]:
    """Return which of ``count`` pictures to fit with: all, or `POOL` drawn at random, ascending.

    The same count gives the same rows.
    """
    drawn = np.random.default_rng(0).permutation(count)[:POOL]
    return np.sort(drawn)
