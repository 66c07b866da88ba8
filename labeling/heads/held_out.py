"""What a head says about labelled pictures that it was not trained on, and its calibration."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from labeling.scoring import calibrate, thresholds
from labeling.scoring.calibrate import Calibration

FOLDS = 5
MANY = 1_000
"""Labels from which fewer folds do where only some are asked about."""


def folds_of(asked: int, labels: int) -> int:
    """Into how many parts the asked pictures are divided, 2 to `FOLDS`.

    As few as leave four fifths of the labels in each fold; `FOLDS` with fewer than `MANY` labels.
    """
    if labels < MANY:
        return FOLDS
    return int(np.clip(np.ceil(asked * FOLDS / labels), 2, FOLDS))


def held_out_shares(
    head: Any,
    X: NDArray[np.floating],
    y: NDArray[np.integer],
    rows: NDArray[np.bool_],
    folds: int | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return the probabilities [sum of rows, k] by heads that were fitted without these pictures.

    Args:
        head: any head; it stays as it is.
        X: vectors of all labelled pictures [n, d].
        y: their answers, as the head takes them.
        rows: bool [n], the pictures to tell about; all others train in every fold.
        folds: into how many parts ``rows`` are divided, at random; None: by `folds_of`.
        seed: decides the parts.
    """
    asked = np.flatnonzero(rows)
    order = np.random.default_rng(seed).permutation(len(asked))
    shares = np.empty((len(asked), len(head.classes_)))
    for part in np.array_split(order, folds or folds_of(len(asked), len(X))):
        if not len(part):
            continue
        training = np.ones(len(X), dtype=bool)
        training[asked[part]] = False
        fitted = clone(head).fit(X[training], y[training])
        shares[part] = fitted.predict_proba(X[asked[part]])
    return shares


def calibration_for(
    head: Any,
    X: NDArray[np.floating],
    y: NDArray[np.integer],
    random: NDArray[np.bool_],
    folds: int | None = None,
    seed: int = 0,
) -> Calibration:
    """Choose the calibration of a head on its held-out answers for randomly drawn labels.

    Args:
        head: the head that will propose; it stays as it is.
        X: vectors of all labelled pictures that may teach it [n, d].
        y: their answers, class indices [n], or 0 and 1 [n, c] for a multi-label head.
        random: bool [n], which were drawn at random; only these are compared with.
        folds: parts of the random labels; None: by `folds_of`.
        seed: decides the parts.

    Returns:
        The calibration. With a multi-label head its parameters hold ``thresholds`` as well: a list
        [c], or None where one half serves all classes.
    """
    shares = held_out_shares(head, X, y, random, folds, seed)
    answers = np.asarray(y)[random]
    if not head.multilabel:
        return calibrate.fit(shares, calibrate.outcomes(answers, head.classes_), False, seed)
    holds = answers.astype(bool)
    found = calibrate.fit(shares, holds, True, seed)
    own = thresholds.fit(calibrate.apply(found.parameters, shares), holds, seed)
    values = None if own.values is None else own.values.tolist()
    return replace(
        found,
        parameters=found.parameters | {"thresholds": values},
        figures=found.figures | {"thresholds": own.figures},
    )
