"""Everything that is measured of proposals against the truth, with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.scoring import reliability
from labeling.scoring.metrics import (
    auc,
    class_figures,
    confusion,
    hubness,
    macro_f1,
    occurrences,
)
from labeling.scoring.unseen import seen_and_unseen

RESAMPLES = 400
LEAST_RESAMPLES = 50
CELLS = 200_000_000
"""Pictures × classes that all resamples together may touch: some ten seconds."""
CONFIDENCE = 0.95
INTERVAL = "95 % bootstrap percentile interval over pictures"

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Proposals of n pictures beside their truth.

    Args:
        names: of the c classes.
        shares: float64 [n, c], or [n, c + 1] where "none of these" is an outcome, the last.
        truth: bool [n, c], which classes hold; none: none of these.
        said: bool [n, c], which are proposed.
        several: whether a picture may bear several classes.
    """

    names: Sequence[str]
    shares: NDArray[np.float64]
    truth: Bools
    said: Bools
    several: bool

    @property
    def classes(self) -> NDArray[np.float64]:
        """The probabilities of the classes alone [n, c]."""
        return self.shares[:, : len(self.names)]

    @property
    def outcomes(self) -> Bools:
        """The truth in the columns of ``shares``."""
        none = ~self.truth.any(axis=1, keepdims=True)
        with_none = self.shares.shape[1] > len(self.names)
        return np.concatenate([self.truth, none], axis=1) if with_none else self.truth


def evaluate(judged: Judged, seed: int = 0) -> dict[str, Any]:
    """Return figures as JSON.

    Returns:
        n, accuracy (the share of pictures whose whole answer is right), macro_f1, ece, brier,
        reliability (see `reliability.figures`; a picture of none of the classes, where that is no
        outcome, counts as wrong), hubness, occurrences (of each class: of how many pictures it is
        the best), confusion (single-label: names, and counts with the
        truth in rows; else None), and by class per_class: precision, recall, f1, mcc, support, auc,
        ece and brier; intervals of accuracy, macro_f1, ece and brier, with the method.
    """
    believed = reliability.figures(judged.shares, judged.outcomes, judged.several)
    each = class_figures(judged.truth, judged.said)
    per_class = {
        name: asdict(figures) | {"auc": auc(share, holds), "ece": own["ece"], "brier": own["brier"]}
        for name, figures, share, holds, own in zip(
            judged.names,
            each,
            judged.classes.T,
            judged.truth.T,
            believed["per_class"],
            strict=False,
        )
    }
    right = (judged.truth == judged.said).all(axis=1)
    return {
        "n": len(judged.truth),
        "accuracy": float(right.mean()) if len(right) else None,
        "macro_f1": macro_f1(each),
        **{key: believed[key] for key in ("ece", "brier", "reliability")},
        "hubness": hubness(judged.classes) if len(right) else None,
        "occurrences": _occurrences(judged),
        "per_class": per_class,
        "confusion": None if judged.several else _confusion(judged),
        "intervals": _intervals(judged, seed),
    }


def of_unseen(judged: Judged, unseen: Bools) -> dict[str, Any]:
    """Accuracies of seen and unseen classes of single-label pictures (see `scoring.unseen`).

    Args:
        judged: the proposals.
        unseen: bool [c], which classes nothing was trained on.
    """
    found = seen_and_unseen(answer(judged.truth), answer(judged.said), judged.classes, unseen)
    return asdict(found)


def answer(marks: Bools) -> NDArray[np.int64]:
    """The class of each single-label row of marks [n, c]; c for none of these."""
    return np.where(marks.any(axis=1), marks.argmax(axis=1), marks.shape[1])


def _occurrences(judged: Judged) -> dict[str, int]:
    counts = occurrences(judged.classes) if len(judged.truth) else np.zeros(len(judged.names), int)
    return dict(zip(judged.names, counts.tolist(), strict=True))


def _confusion(judged: Judged) -> dict[str, Any]:
    k = len(judged.names) + 1
    counts = confusion(answer(judged.truth), answer(judged.said), k)
    return {"names": [*judged.names, "none_of_these"], "counts": counts.tolist()}


def _intervals(judged: Judged, seed: int) -> dict[str, Any]:
    """Percentile intervals of what a page shows first (Efron and Tibshirani, 1993)."""
    n = len(judged.truth)
    if n < 2:
        return {"method": INTERVAL}
    count = int(np.clip(CELLS // judged.shares.size, LEAST_RESAMPLES, RESAMPLES))
    rng = np.random.default_rng(seed)
    drawn = [_short(judged, rng.integers(0, n, n)) for _ in range(count)]
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    found: dict[str, Any] = {"method": f"{INTERVAL}, {count} resamples"}
    for key in drawn[0]:
        low, high = np.quantile([one[key] for one in drawn], tails)
        found[key] = {"low": float(low), "high": float(high)}
    return found


def _short(judged: Judged, rows: NDArray[np.integer]) -> dict[str, float]:
    """The first figures of some of the pictures."""
    truth, said = judged.truth[rows], judged.said[rows]
    shares, outcomes = judged.shares[rows], judged.outcomes[rows]
    score, right = reliability.answers(shares, outcomes, judged.several)
    return {
        "accuracy": float((truth == said).all(axis=1).mean()),
        "macro_f1": macro_f1(class_figures(truth, said)),
        "ece": reliability.expected_calibration_error(score, right),
        "brier": float(reliability.brier(shares, outcomes, judged.several).mean()),
    }
