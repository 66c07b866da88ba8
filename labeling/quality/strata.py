"""Which imports' audits may be taken together: those whose answers are one uniform draw. Pure.

Audit items tell of what is undecided only where both had the same chance to be drawn *and to be
answered by now*. The chance differs where the share was changed between two imports. The answers
differ where one import came after another one's audit had begun: what is answered by then says
nothing of the new pictures, which may look different. Once each audit is answered whole, imports of
one share are a stratified draw with proportional allocation, at which an interval for a simple
random draw is cautious (Cochran, Sampling Techniques, 1977, chapter 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Draw:
    """The audit of one import.

    Args:
        share: the chance of each of its items, 0 to 1; None where it is not known.
        at: when it was drawn.
        first: when the first of its items was answered, None before.
        is_whole: whether all of its items are answered; true where none was drawn.
    """

    share: float | None
    at: datetime
    first: datetime | None
    is_whole: bool


def strata(draws: Sequence[Draw]) -> list[list[int]]:
    """Return the positions of ``draws`` that belong together, in the order of their first one.

    Imports without an audit, or with a chance that is not known, are one stratum: nothing is known
    of any of them.
    """
    found: list[list[int]] = []
    for share in dict.fromkeys(draw.share or 0.0 for draw in draws):
        own = [n for n, draw in enumerate(draws) if (draw.share or 0.0) == share]
        whole = own if not share else [n for n in own if draws[n].is_whole]
        begun = sorted((n for n in own if n not in whole), key=lambda n: draws[n].at)
        found += [whole] if whole else []
        found += _waves(draws, begun)
    return sorted(found)


def _waves(draws: Sequence[Draw], begun: Sequence[int]) -> list[list[int]]:
    """Parts of ``begun`` that were all drawn before anything of the part was answered."""
    waves: list[list[int]] = []
    for n in begun:
        answers = [draws[m].first for m in waves[-1]] if waves else []
        known = [first for first in answers if first is not None]
        if waves and all(draws[n].at < first for first in known):
            waves[-1].append(n)
        else:
            waves.append([n])
    return waves
