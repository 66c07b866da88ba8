"""What blind second answers say about the first ones. Pure: pairs of answers in, shares out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labeling.quality.intervals import clopper_pearson

ERROR_METHOD = (
    "blind second looks at decided items drawn at random; where both agree both count as right, "
    "where they differ or one is flagged instead a reviewer settles it, and what is not settled "
    "counts half in the estimate, whole in the upper and not at all in the lower limit; the upper "
    "limit adds what both would get wrong alike if they erred independently (Clopper-Pearson, 95 %)"
)
SHARE_METHOD = "share with its Clopper-Pearson interval, 95 %"


@dataclass(frozen=True)
class Pair:
    """The first answer to an item and a blind one by somebody else; class ids, empty for none.

    Args:
        item: the item's id.
        first_by: who answered first (user id).
        second_by: who answered blind.
        first: the first answer.
        second: the blind answer; None where that person flagged the item instead.
        settled: the answer that settled it after both, None while there is none.
    """

    item: str
    first_by: str
    second_by: str
    first: frozenset[str]
    second: frozenset[str] | None
    settled: frozenset[str] | None

    @property
    def agrees(self) -> bool:
        """Whether both answers are the same."""
        return self.first == self.second


@dataclass(frozen=True)
class Share:
    """A share that was counted, with its 95 % interval; None where nothing was counted."""

    hits: int
    n: int

    def as_dict(self) -> dict[str, float | int | str] | None:
        """``{"estimate", "low", "high", "hits", "n", "method"}``, shares between 0 and 1."""
        if not self.n:
            return None
        low, high = clopper_pearson(self.hits, self.n)
        return {
            "estimate": self.hits / self.n,
            "low": low,
            "high": high,
            "hits": self.hits,
            "n": self.n,
            "method": SHARE_METHOD,
        }


def error_of_labels(pairs: Sequence[Pair]) -> dict[str, float | int | str] | None:
    """The share of first answers that are wrong, as far as second looks tell.

    An item that several people looked at counts once, with its first disagreement if there is one.

    Returns:
        ``{"estimate", "low", "high", "n", "wrong", "open", "method"}``, shares between 0 and 1;
        None before the first blind answer.
    """
    by_item: dict[str, Pair] = {}
    for pair in pairs:
        if pair.item not in by_item or by_item[pair.item].agrees:
            by_item[pair.item] = pair
    if not by_item:
        return None
    n = len(by_item)
    settled = [p for p in by_item.values() if not p.agrees and p.settled is not None]
    wrong = sum(pair.settled != pair.first for pair in settled)
    unsettled = sum(not p.agrees and p.settled is None for p in by_item.values())
    most = min(n, wrong + unsettled + _wrong_alike(by_item.values()))
    return {
        "estimate": (wrong + unsettled / 2) / n,
        "low": clopper_pearson(wrong, n)[0],
        "high": clopper_pearson(most, n)[1],
        "n": n,
        "wrong": wrong,
        "open": unsettled,
        "method": ERROR_METHOD,
    }


def _wrong_alike(pairs: Iterable[Pair]) -> int:
    """About how many agreeing answers are wrong, rounded up.

    Errors that only one of two independent people made tell how many both made, as marked and
    recaptured fish tell how many were never caught (Chapman, Some properties of the hypergeometric
    distribution with applications to zoological sample censuses, 1951); those that both made
    differently are seen. What is open counts half to each. People who err at the same pictures
    make more such errors than this tells.
    """
    answered = [pair for pair in pairs if pair.second is not None]
    differing = [pair for pair in answered if not pair.agrees]
    agreeing = len(answered) - len(differing)
    unsettled = sum(pair.settled is None for pair in differing)
    first_only = sum(pair.settled == pair.second for pair in differing) + unsettled / 2
    second_only = sum(pair.settled == pair.first for pair in differing) + unsettled / 2
    differently = len(differing) - first_only - second_only
    alike = first_only * second_only / (agreeing + 1) - differently
    return min(agreeing, math.ceil(max(0.0, alike)))


def agreement_of(pairs: Iterable[Pair], user_id: str) -> Share:
    """How often somebody's answer was that of the other person on the same item."""
    answered = (pair for pair in pairs if pair.second is not None)
    own = [pair for pair in answered if user_id in (pair.first_by, pair.second_by)]
    return Share(sum(pair.agrees for pair in own), len(own))
