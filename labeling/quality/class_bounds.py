"""How often each class of a multi-label frame is given wrongly, or missed, at most. Pure, exact.

Beside the test of whole sets of labels (`quality.accept`), and from the same draw: of the frame as
it was frozen each class has a hypergeometric bound of its own, given how many of the drawn items
bear it. What was accepted is a part of the frame, so no more of it can be wrong, whichever part the
tests chose: nothing is paid for that choice, and the bound is loose where little was accepted. All
bounds share one risk (Bonferroni), which comes on top of that of the acceptance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.quality.hypergeometric import most_wrong

METHOD = (
    "exact hypergeometric bounds of the frozen frame, class by class, with a risk of {risk:g} for "
    "all of them together, on top of that of the acceptance; what is undecided counts as wrong"
)

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Side:
    """One kind of error of a class: given wrongly, or missed.

    Args:
        accepted: accepted items that could have it: those with, or without, the class.
        audited: drawn items of the frame that could.
        wrong: how many of them have it, undecided ones among them.
        bound: the largest share of the accepted ones that has it, 0 to 1; None where none could.
    """

    accepted: int
    audited: int
    wrong: int
    bound: float | None


@dataclass(frozen=True)
class ClassBound:
    """The errors of a class (its column): proposals of it that are wrong, items that miss it."""

    column: int
    given: Side
    missed: Side


def class_bounds(
    claimed: Bools, accepted: Bools, drawn: NDArray[np.integer], wrong: Bools, risk: float
) -> list[ClassBound]:
    """Bound both errors of every class.

    Args:
        claimed: bool [n, k], the classes proposed for each item of the frame.
        accepted: bool [n], the items that are accepted; none of the drawn ones.
        drawn: int [m], positions of a uniform draw without replacement.
        wrong: bool [m, k], where what is proposed of a class is not so, or not decided.
        risk: how often any bound may be too low, above 0 and below 1.

    Raises:
        ValueError: shapes disagree.
    """
    n, classes = claimed.shape
    if accepted.shape != (n,) or wrong.shape != (len(drawn), classes):
        raise ValueError(f"{claimed.shape}, {accepted.shape} and {wrong.shape} do not fit")
    each = risk / max(2 * classes, 1)
    taken = np.zeros(n, dtype=bool)
    taken[drawn] = True
    found = []
    for column in range(classes):
        own = claimed[:, column]
        sides = [
            _side(of, accepted, taken, int((wrong[:, column] & of[drawn]).sum()), each)
            for of in (own, ~own)
        ]
        found.append(ClassBound(column, *sides))
    return found


def _side(of: Bools, accepted: Bools, taken: Bools, wrong: int, risk: float) -> Side:
    reached, audited = int((of & accepted).sum()), int((of & taken).sum())
    if not reached:
        return Side(0, audited, wrong, None)
    left = most_wrong(int(of.sum()), audited, wrong, risk) - wrong
    return Side(reached, audited, wrong, min(left, reached) / reached)
