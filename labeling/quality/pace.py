"""How fast people decide. Pure: times in, minutes and medians out."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

PAUSE_SECONDS = 120.0
"""A gap between two decisions that is longer counts as a pause."""
LEAST_SECONDS = 2.0
"""What a decision counts for that nothing else tells the time of."""


LEAST_MINUTES = 5.0
"""Minutes of work on a day below which an hour is not told from them."""


def active_minutes(times: Sequence[datetime], first_seconds: Sequence[float | None]) -> float:
    """Minutes of work behind decisions: the gaps between them, pauses left out.

    Args:
        times: when each was stored, ascending.
        first_seconds: the viewing seconds of each, None where not known: what a decision after a
            pause counts for.

    Returns:
        Minutes, at least 0.
    """
    total = 0.0
    previous: datetime | None = None
    for at, seconds in zip(times, first_seconds, strict=True):
        gap = (at - previous).total_seconds() if previous else PAUSE_SECONDS + 1
        alone = min(seconds or LEAST_SECONDS, PAUSE_SECONDS)
        total += gap if gap <= PAUSE_SECONDS else alone
        previous = at
    return total / 60


def labels_per_hour(labels: int, minutes: float) -> float | None:
    """Labels an hour of work, None where ``minutes`` are too few to tell."""
    return 60 * labels / minutes if minutes >= LEAST_MINUTES else None


def hours_left(remaining: int, labels_per_hour: Sequence[float | None]) -> float | None:
    """Hours of one person's work until nothing is left, at the median of past paces.

    Args:
        remaining: how many items wait.
        labels_per_hour: of active work, one for each person and day; None tells nothing.
    """
    paces = [pace for pace in labels_per_hour if pace]
    return remaining / median(paces) if paces else None
