"""Calibration of a head's probabilities, chosen by cross-validation; none unless it helps.

The probabilities must come from a head that was not trained on the labels they are compared with
(`heads.held_out` gives them), and the labels from random draws: those that a policy picked are
harder than the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from labeling.scoring.calibrators import METHODS, TINY, Bools, Floats
from labeling.scoring.reliability import figures, log_loss
from labeling.scoring.thresholds import EVEN

RAW = "none"
"""The method that leaves the scores as they are."""
LEAST_LABELS = 20
FOLDS = 10
CONFIDENCE = 0.95
SURE = 1.28
"""A method is taken where its gain in log-loss is this many standard errors above 0: 90 %."""
TOO_FEW = f"none: fewer than {LEAST_LABELS} randomly drawn labels"
CHOICE = (
    "mean log-loss on held-out folds of randomly drawn labels; a calibration is used only where it "
    f"beats the raw scores by more than {SURE} standard errors, of the gains seen or of those "
    "expected were the raw scores right, whichever is greater"
)


@dataclass(frozen=True)
class Calibration:
    """A map from raw to calibrated probabilities.

    Args:
        method: a name of `calibrators.METHODS`; "none" leaves the scores as they are.
        parameters: what `apply` needs, as JSON; belongs into the recipe.
        figures: what was measured, as JSON (see `fit`).
    """

    method: str
    parameters: dict[str, Any]
    figures: dict[str, Any]

    @property
    def changes_proposals(self) -> bool:
        """Whether proposals are other than the raw scores make them."""
        return self.method != RAW or self.parameters.get("thresholds") is not None


def outcomes(y: NDArray[np.integer], classes: NDArray[np.integer]) -> Bools:
    """Return truth bool [n, k] for class indices [n], in the order of a head's ``classes_``."""
    return np.asarray(y)[:, None] == np.asarray(classes)[None, :]


def fit(shares: Floats, holds: Bools, several: bool, seed: int = 0) -> Calibration:
    """Choose a calibration and fit it.

    Args:
        shares: held-out probabilities [n, k] of randomly drawn labelled pictures.
        holds: their truth bool [n, k]; a single-label row with none of the outcomes is left out.
        several: whether the k questions are independent (multi-label).
        seed: decides the folds.

    Returns:
        The calibration. Its figures: n, method and choice (how it was chosen), candidates (by name:
        log_loss, and the gain over the raw scores with its 95 % interval) and ``before`` and
        ``after``: see `reliability.figures`; ``after`` is on held-out folds too.

    Raises:
        ValueError: shapes disagree.
    """
    if shares.shape != holds.shape or shares.ndim != 2:
        raise ValueError(f"shares {shares.shape} and truth {holds.shape} do not belong together")
    if not several:
        known = holds.any(axis=1)
        shares, holds = shares[known], holds[known]
    mapped = _candidates(shares, holds, several, seed)
    losses = {name: log_loss(found, holds, several) for name, found in mapped.items()}
    chosen = _best(losses, mapped, several)
    parameters = {} if chosen == RAW else METHODS[chosen].fit(shares, holds, several)
    return Calibration(
        method=chosen,
        parameters={"method": chosen, "several": several, **parameters},
        figures={
            "n": len(shares),
            "method": chosen,
            "choice": CHOICE if len(shares) >= LEAST_LABELS else TOO_FEW,
            "candidates": {name: _candidate(losses[RAW], loss) for name, loss in losses.items()},
            "before": figures(shares, holds, several),
            "after": figures(mapped[chosen], holds, several),
        },
    )


def apply(parameters: Mapping[str, Any] | None, shares: Floats) -> NDArray[np.float64]:
    """Return calibrated probabilities [n, k] for raw ones.

    Args:
        parameters: those of a `Calibration`; None leaves the scores as they are.
        shares: raw probabilities [n, k] of the head that the calibration belongs to.
    """
    if parameters is None or parameters["method"] == RAW:
        return shares.astype(np.float64)
    return METHODS[parameters["method"]].apply(parameters, shares, parameters["several"])


def thresholds_of(parameters: Mapping[str, Any] | None) -> float | NDArray[np.float64]:
    """Return the scores from which on classes are proposed: one for all, or one a class [c]."""
    own = parameters.get("thresholds") if parameters else None
    return EVEN if own is None else np.array(own, dtype=np.float64)


def _candidates(
    shares: Floats, holds: Bools, several: bool, seed: int
) -> dict[str, NDArray[np.float64]]:
    """What each method that has labels enough makes of held-out rows; the raw scores first."""
    found = {RAW: shares.astype(np.float64)}
    for name, method in METHODS.items():
        if len(shares) >= method.labels_from:
            found[name] = _held_out(name, shares, holds, several, seed)
    return found


def _held_out(
    name: str, shares: Floats, holds: Bools, several: bool, seed: int
) -> NDArray[np.float64]:
    """Each row as mapped by a fit on the other folds [n, k]."""
    method = METHODS[name]
    mapped = np.empty(shares.shape, dtype=np.float64)
    for rows in np.array_split(np.random.default_rng(seed).permutation(len(shares)), FOLDS):
        others = np.ones(len(shares), dtype=bool)
        others[rows] = False
        parameters = method.fit(shares[others], holds[others], several)
        mapped[rows] = method.apply(parameters, shares[rows], several)
    return mapped


def _candidate(raw: Floats, own: Floats) -> dict[str, float | None]:
    """Mean log-loss and gain, with the Student t interval of the gain from two rows on."""
    if len(raw) < 2:
        return {"log_loss": float(own.mean()) if len(own) else None, "gain": 0.0}
    gain = raw - own
    half = float(student.ppf((1 + CONFIDENCE) / 2, len(gain) - 1)) * _standard_error(gain)
    mean = float(gain.mean())
    return {
        "log_loss": float(own.mean()),
        "gain": mean,
        "low": mean - half,
        "high": mean + half,
    }


def _best(
    losses: Mapping[str, Floats], mapped: Mapping[str, NDArray[np.float64]], several: bool
) -> str:
    """The method of least loss, if it beats the raw scores beyond doubt."""
    if len(losses) == 1:
        return RAW
    best = min(losses, key=lambda name: float(losses[name].mean()))
    gain = losses[RAW] - losses[best]
    seen = _standard_error(gain)
    expected = _expected_error(mapped[RAW], mapped[best], several)
    return best if gain.mean() > SURE * max(seen, expected) else RAW


def _expected_error(raw: Floats, own: Floats, several: bool) -> float:
    """The standard error of the mean gain of ``own`` [n, k], were the truth drawn from ``raw``.

    Few labels may hold no surprise at all: the gains of surer scores are then alike and seem
    certain, and only what a surprise would have cost tells how little is known.
    """
    before, after = (np.clip(shares, TINY, 1 - TINY) for shares in (raw, own))
    change = np.log(after / before)
    if several:
        odds = change - np.log((1 - after) / (1 - before))
        variance = (before * (1 - before) * odds**2).sum(axis=1) / raw.shape[1] ** 2
    else:
        variance = (before * change**2).sum(axis=1) - (before * change).sum(axis=1) ** 2
    return float(np.sqrt(np.maximum(variance, 0).sum()) / len(raw))


def _standard_error(values: Floats) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
