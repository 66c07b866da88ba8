"""What blind second answers say about the first ones. Pure: pairs of answers in, shares out."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from labeling.quality.intervals import clopper_pearson

ERROR_METHOD = (
    "blind second looks at decided items drawn at random; where both agree both count as right, "
    "but for the share that reviewers found wrong who looked blind at some of these; where two "
    "differ or one is flagged instead a reviewer settles it, and what is not settled counts half "
    "in the estimate, whole in the upper and not at all in the lower limit; the upper limit adds "
    "what both would get wrong alike if they erred independently or, once a reviewer has found "
    "such an answer, the limit of their sample (Clopper-Pearson, 95 %)"
)
LEAST_LOOKS = 20
"""Second looks below which no error is told: with none wrong of 20 the limit still lies at 17 %."""
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


@dataclass(frozen=True)
class _Tally:
    """What became of looks: how many, how many showed an error, how many are not settled."""

    n: int
    wrong: int
    open: int

    @classmethod
    def of(cls, pairs: Collection[Pair]) -> "_Tally":
        differing = [pair for pair in pairs if not pair.agrees]
        wrong = sum(pair.settled not in (None, pair.first) for pair in differing)
        return cls(len(pairs), wrong, sum(pair.settled is None for pair in differing))

    @property
    def expected(self) -> float:
        return self.wrong + self.open / 2

    @property
    def most(self) -> int:
        return self.wrong + self.open


def error_of_labels(
    pairs: Sequence[Pair], rechecks: Sequence[Pair] = ()
) -> dict[str, float | int | str] | None:
    """The share of first answers that are wrong, as far as second looks tell.

    An item that several people looked at counts once, with its first disagreement if there is one.

    Args:
        pairs: blind second looks at items drawn at random.
        rechecks: blind looks of reviewers at a random part of the items whose pairs agree; what
            they find stands for all of these.

    Returns:
        ``{"estimate", "low", "high", "n", "wrong", "open", "rechecked", "method"}``, shares between
        0 and 1; ``wrong`` and ``open`` count both kinds of looks; None before the first answer.
    """
    by_item = _once(pairs)
    if not by_item:
        return None
    agreeing = {item for item, pair in by_item.items() if pair.agrees}
    looks = _Tally.of(by_item.values())
    checks = _Tally.of([one for item, one in _once(rechecks).items() if item in agreeing])
    alike = len(agreeing) * checks.expected / checks.n if checks.n else 0.0
    return {
        "estimate": (looks.expected + alike) / looks.n,
        "low": clopper_pearson(looks.wrong + checks.wrong, looks.n)[0],
        "high": _highest(by_item.values(), looks, checks),
        "n": looks.n,
        "wrong": looks.wrong + checks.wrong,
        "open": looks.open + checks.open,
        "rechecked": checks.n,
        "method": ERROR_METHOD,
    }


def is_enough(share: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    """Whether there is an error of labels, and it rests on looks enough to be told."""
    return share is not None and bool(share["n"] >= LEAST_LOOKS)


def _once(pairs: Iterable[Pair]) -> dict[str, Pair]:
    """One pair an item: its first disagreement, else its first agreement."""
    by_item: dict[str, Pair] = {}
    for pair in pairs:
        if pair.item not in by_item or by_item[pair.item].agrees:
            by_item[pair.item] = pair
    return by_item


def _highest(pairs: Collection[Pair], looks: _Tally, checks: _Tally) -> float:
    """The upper limit of the error.

    As long as no reviewer has found two people wrong alike, these are counted as if people erred
    independently. From then on the limits of both parts are added (Bonferroni: each holds with
    97.5 %), which takes nothing for granted.
    """
    most = min(looks.n, looks.most + _wrong_alike(pairs))
    independent = clopper_pearson(most, looks.n)[1]
    if not checks.most:
        return independent
    agreeing = sum(pair.agrees for pair in pairs)
    seen = clopper_pearson(looks.most, looks.n)[1]
    unseen = agreeing / looks.n * clopper_pearson(checks.most, checks.n)[1]
    return min(1.0, max(independent, seen + unseen))


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
