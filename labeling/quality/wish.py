"""What a lead may wish for proposals accepted unseen, and what it costs. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from labeling.errors import InputError
from labeling.quality.hypergeometric import error_free, tails
from labeling.quality.spending import spend


class Scope(StrEnum):
    """What the error is a share of."""

    ACCEPTED = "accepted"
    """Wrong ones among the items accepted unseen."""
    DATASET = "dataset"
    """Wrong ones among all items, those that people decide counted as right."""


@dataclass(frozen=True)
class Wish:
    """The error that may remain, and how sure that has to be.

    Args:
        alpha: the most that may be wrong, a share above 0 and below 1.
        delta: how often the claim may be false, above 0 and below 1.
        scope: what `alpha` is a share of.
        per_class: whether it holds within each proposed class; the classes share `delta`.
        looks: how many audit items are decided at each planned look, ascending; empty: one look,
            when all are.

    Raises:
        InputError: a value can't be used.
    """

    alpha: float
    delta: float = 0.05
    scope: Scope = Scope.ACCEPTED
    per_class: bool = False
    looks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, share in (("error", self.alpha), ("risk", self.delta)):
            if not 0 < share < 1:
                raise InputError(
                    f"The {name} {share} can't be wished", "Give a share above 0 and below 1"
                )
        before = (0, *self.looks)
        if any(n <= least for least, n in zip(before, self.looks, strict=False)):
            raise InputError(
                f"The looks {list(self.looks)} don't ascend", "Give rising numbers of audit items"
            )

    def risk(self, look: int) -> float:
        """What the look may spend of `delta`; `look` counts from 0.

        Raises:
            ValueError: it was not planned.
        """
        planned = self.looks or (1,)
        if not 0 <= look < len(planned):
            raise ValueError(f"look {look} of {len(planned)} was not planned")
        return spend(self.delta, planned)[look]


@dataclass(frozen=True)
class Cost:
    """Audit decisions that a wish takes at its last look while none of them is wrong.

    Args:
        inside: right ones needed in the accepted part, by class; {None: n} for all together. None
            in place of n: not even all of it would do.
        draws: to be drawn from the whole frame for as many to be expected in the part that is
            hoped for.
        hoped: that part's share of the frame.
    """

    inside: Mapping[int | None, int | None]
    draws: int | None
    hoped: float


def cost(
    wish: Wish, frame: int | Mapping[int, int] | None = None, hoped: float = 1.0, classes: int = 1
) -> Cost:
    """What a wish costs, told beforehand.

    Args:
        wish: what is wished.
        frame: how many items may be accepted, by proposed class where the wish is per class; None
            for a frame without end, where it is 149 for 2 %, 299 for 1 % and, with 10 classes, 263
            in each for 2 %.
        hoped: the share of the frame that one hopes to accept, above 0, at most 1.
        classes: how many classes share the risk where the frame has no end.

    Returns:
        The cost. A finite frame needs a few more than one without end: those audited leave it, and
        what remains has fewer that may be wrong.

    Raises:
        ValueError: `hoped` is no such share, or a wish per class got one number for its frame.
    """
    if not 0 < hoped <= 1:
        raise ValueError(f"{hoped} is no share to hope for")
    risk = wish.risk(len(wish.looks or (1,)) - 1)
    if frame is None:
        each = error_free(wish.alpha, risk / (classes if wish.per_class else 1))
        inside: dict[int | None, int | None] = dict.fromkeys(
            range(classes) if wish.per_class else [None], each
        )
        return Cost(inside, math.ceil(sum(n or 0 for n in inside.values()) / hoped), hoped)
    sizes = _sizes(wish, frame)
    inside = {
        name: _inside(wish, size, math.ceil(size * hoped), risk / len(sizes))
        for name, size in sizes.items()
    }
    return Cost(inside, _draws(inside, sizes, hoped), hoped)


def allowed(wish: Wish, size: int, drawn: int, total: int) -> int:
    """How many of a part may be wrong in all for its acceptance to keep the wish.

    Args:
        wish: what is wished.
        size: items of the part.
        drawn: how many of them are in the audit.
        total: items of the dataset, or of the class.
    """
    whole = total if wish.scope == Scope.DATASET else size - drawn
    return math.floor(wish.alpha * whole + 1e-9)


def _sizes(wish: Wish, frame: int | Mapping[int, int]) -> dict[int | None, int]:
    if isinstance(frame, int):
        if wish.per_class:
            raise ValueError("a wish per class needs the size of each class")
        return {None: frame}
    return dict(frame.items()) if wish.per_class else {None: sum(frame.values())}


def _inside(wish: Wish, total: int, part: int, risk: float) -> int | None:
    """The smallest audit of the part that shows the wish without an error."""
    drawn = np.arange(part + 1)
    may = np.array([allowed(wish, part, int(n), total) for n in drawn])
    least_false, sizes = np.minimum(may + 1, part), np.full(part + 1, part)
    enough = (may >= part) | (tails(sizes, least_false, drawn, 0)[:, 0] <= risk)
    return int(np.argmax(enough)) if enough[:part].any() else None


def _draws(
    inside: Mapping[int | None, int | None], sizes: Mapping[int | None, int], hoped: float
) -> int | None:
    """Draws from the whole frame until each part is expected to hold its number."""
    needed = [
        n * sum(sizes.values()) / (sizes[name] * hoped)
        for name, n in inside.items()
        if n is not None
    ]
    return math.ceil(max(needed)) if len(needed) == len(inside) else None
