"""Texts of one model, nearness by others: the preferred head where there are further features."""

from labeling.heads.base import Vectors
from labeling.heads.transductive import TransductiveHead


class JoinedHead(TransductiveHead):
    """A `TransductiveHead` whose labelled pictures vote by how near they are to other models.

    Vectors of the texts' model and of further ones stand side by side: LDA and the mixture see the
    former, votes the latter alone, as one vector where they are several. How much votes count is
    fitted on labels that they were not told, so further features that say nothing cost nothing.

    Args:
        class_vectors: text vectors [c, d], rows of length 1; vectors have more than d columns.
        scale: logit scale, already exponentiated.
        bias: the model's logit bias, or None.
        background: vectors [b, d] that stand for "none of these"; None: no such outcome.
        pool: unlabelled pictures [m, d + e], as in `TransductiveHead`.
    """

    def _own(self, X: Vectors) -> Vectors:
        return X[:, : self.class_vectors.shape[1]]

    def _near(self, X: Vectors) -> Vectors:
        return X[:, self.class_vectors.shape[1] :]
