"""Zero-shot proposals: from picture and class vectors to ranked classes with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

from labeling.scoring.abstain import abstains, mean_offset
from labeling.scoring.thresholds import EVEN

Floats = NDArray[np.float32]
Mode = Literal["single", "multi"]

CHUNK_CELLS = 4_000_000
"""Scores held at once (pictures × classes): some 100 MB with all intermediate results."""


@dataclass(frozen=True)
class Proposed:
    """Proposals for n pictures, among c classes.

    The outcomes of a single-label picture are its classes and, with background prompts, "none of
    these"; margin and entropy are taken over the outcomes. A multi-label picture has a yes-or-no
    outcome for each class.

    Attributes:
        top: int64 [n, k], the best classes, best first; the lower index first among equals. Multi:
            by the odds of their score over those of their threshold, so that proposed labels come
            first.
        score: float32 [n, k], their probabilities in 0 to 1.
        margin: float32 [n] in 0 to 1. Single: best minus second outcome (1 if there is one only).
            Multi: distance of the nearest score to its threshold.
        entropy: float32 [n] in 0 to 1: entropy of the outcomes, divided by that of a uniform
            distribution; multi: the mean over the classes.
        none: float32 [n], probability of "none of these". Single: what the background took, 0
            without background. Multi: that no class holds, were they independent.
        chosen: bool [n, c], the proposed labels. Single: the best class unless abstained. Multi:
            every class whose score reaches its threshold.
        abstained: bool [n], "none of these" is proposed.
    """

    top: NDArray[np.int64]
    score: Floats
    margin: Floats
    entropy: Floats
    none: Floats
    chosen: NDArray[np.bool_]
    abstained: NDArray[np.bool_]


def logits(images: Floats, texts: Floats, scale: float, bias: float | None = None) -> Floats:
    """Return ``scale · cosine + bias`` float32 [n, c] of rows of length 1.

    Args:
        images: picture vectors [n, d].
        texts: class vectors [c, d].
        scale: the model's logit scale, already exponentiated.
        bias: the model's logit bias (SigLIP), or None (CLIP).
    """
    return np.float32(scale) * (images @ texts.T) + np.float32(bias or 0.0)


def propose(
    images: Floats,
    class_vectors: Floats,
    scale: float,
    bias: float | None = None,
    mode: Mode = "single",
    k: int = 5,
    background: Floats | None = None,
    none_threshold: float | None = None,
    threshold: float | Floats = EVEN,
) -> Proposed:
    """Propose classes for pictures that nobody has labelled.

    Single-label projects get softmax(scale · cosine), for CLIP and SigLIP alike (a bias shared by
    all classes cancels); multi-label projects get sigmoid(scale · cosine + bias).

    Args:
        images: picture vectors float32 [n, d], rows of length 1.
        class_vectors: float32 [c, d], rows of length 1, c ≥ 1.
        scale: logit scale, already exponentiated.
        bias: SigLIP's logit bias; without one, multi-label scores of CLIP mean little.
        mode: "single" or "multi".
        k: how many classes to keep, at most c.
        background: vectors of background prompts [b, d] (single only); together they are one
            outcome, whose evidence is their mean, so that more texts are not more weight.
        none_threshold: abstain below this score (single only).
        threshold: a class at or above it is proposed (multi only); one, or one a class [c].
    """
    n_classes = len(class_vectors)
    texts = class_vectors if background is None else np.concatenate([class_vectors, background])
    step = max(1, CHUNK_CELLS // len(texts))
    parts = []
    for start in range(0, max(len(images), 1), step):
        scores = logits(images[start : start + step], texts, scale, bias)
        if background is not None:
            scores[:, n_classes:] += mean_offset(background)
        if mode == "multi":
            parts.append(summarise_multi(expit(scores[:, :n_classes]), k, threshold))
            continue
        shares = softmax(scores, axis=1)
        none = None if background is None else shares[:, n_classes:].sum(axis=1)
        parts.append(summarise_single(shares[:, :n_classes], none, k, none_threshold))
    return _joined(parts)


def summarise_single(
    shares: Floats, none: Floats | None = None, k: int = 5, none_threshold: float | None = None
) -> Proposed:
    """Turn class probabilities of single-label pictures into proposals.

    Args:
        shares: float [n, c]; with ``none`` each row sums to 1.
        none: probability of "none of these" [n]; None when it is no outcome.
        k: how many classes to keep, at most c.
        none_threshold: abstain below this score.
    """
    top, score = _first(-shares, shares, k)
    outcomes = shares if none is None else np.column_stack([shares, none])
    best_two = -np.partition(-outcomes, 1, axis=1)[:, :2] if outcomes.shape[1] > 1 else None
    margin = np.ones(len(shares)) if best_two is None else best_two[:, 0] - best_two[:, 1]
    nats = _entropy(outcomes).sum(axis=1)
    uniform = np.log(outcomes.shape[1]) if outcomes.shape[1] > 1 else 1.0
    abstained = abstains(score[:, 0], none, none_threshold)
    chosen = np.zeros(shares.shape, dtype=bool)
    chosen[np.arange(len(shares)), top[:, 0]] = ~abstained
    return Proposed(
        top=top,
        score=score,
        margin=margin.astype(np.float32),
        entropy=np.clip(nats / uniform, 0, 1).astype(np.float32),
        none=np.zeros(len(shares), np.float32) if none is None else none.astype(np.float32),
        chosen=chosen,
        abstained=abstained,
    )


def summarise_multi(scores: Floats, k: int = 5, threshold: float | Floats = EVEN) -> Proposed:
    """Turn independent class probabilities [n, c] of multi-label pictures into proposals.

    Args:
        scores: float [n, c].
        k: how many classes to keep, at most c; of more labels than k the first k are proposed.
        threshold: a class at or above it is proposed; one, or one a class [c], between 0 and 1.
    """
    nats = _entropy(scores) + _entropy(1 - scores)
    chosen = scores >= threshold
    order = -scores if np.ndim(threshold) == 0 else _by_odds(scores, threshold, chosen)
    top, score = _first(order, scores, k)
    return Proposed(
        top=top,
        score=score,
        margin=np.abs(scores - threshold).min(axis=1).astype(np.float32),
        entropy=np.clip(nats.mean(axis=1) / np.log(2), 0, 1).astype(np.float32),
        none=np.prod(1 - scores, axis=1).astype(np.float32),
        chosen=chosen,
        abstained=np.asarray(~chosen.any(axis=1)),
    )


def _by_odds(scores: Floats, threshold: float | Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Sort keys [n, c]: chosen classes first, then by the odds over those of the threshold."""
    odds = logit(scores.astype(np.float64)) - logit(np.asarray(threshold, dtype=np.float64))
    rank = np.empty(scores.shape, dtype=np.float32)
    order = np.lexsort((-odds, ~chosen), axis=1)
    np.put_along_axis(rank, order, np.arange(scores.shape[1], dtype=np.float32)[None], axis=1)
    return rank


def _first(order: Floats, scores: Floats, k: int) -> tuple[NDArray[np.int64], Floats]:
    """The k classes of least ``order`` in each row, and their scores."""
    top = np.argsort(order, axis=1, kind="stable")[:, :k]
    return top, np.take_along_axis(scores, top, axis=1).astype(np.float32)


def _entropy(shares: Floats) -> Floats:
    return -shares * np.log(np.maximum(shares, np.finfo(np.float32).tiny))


def _joined(parts: Sequence[Proposed]) -> Proposed:
    if len(parts) == 1:
        return parts[0]
    columns = {
        f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Proposed)
    }
    return Proposed(**columns)
