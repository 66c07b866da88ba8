"""Input actions, not labels, until a whole simulated set is 90, 95 and 98 % right.

``python -m benchmarks.total_actions [--out FOLDER] [--full] [--sets NAME …]``

Keys, clicks and drags of somebody who knows the truth (``benchmarks/desk_model.py``), with a refit
after each batch of 20 and after each page:

- single: the single view alone, by the policy ``auto``
- grid: the grid alone, the class with most pictures first, every exception given its class there
- mixed: the single view until the product advises a page of the grid
  (``labeling.selection.views``); then that page, where exceptions may be left for the single view.
  On pages with pictures of several classes they are named; who finds fewer than three quarters of
  the dozen shown of the page with the surest at the start right does not open it. To open an
  advised page is an action, too; the grid then gives way to the single view by itself

Means over seeds (10, or 2 without ``--full``). Wanted: mixed is the cheapest.
"""

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.desk_model import Desk, Sheet
from benchmarks.label_savings import interval
from benchmarks.labelling import TARGETS
from benchmarks.report import Figure, parser, publish
from benchmarks.simulated_sets import SETS
from labeling.selection.views import (
    FEWEST,
    OPEN,
    WINDOW,
    Belief,
    better_page,
    worth_of_single,
)

SEEDS = {False: 2, True: 10}
WAYS = ("single", "grid", "mixed")
LOOKS_RIGHT = 0.75
"""Share of what is shown of a page from which it is opened."""
FAST_SETS = ["raw_digits", "digits_model"]
ALL_SETS = ["raw_digits", "digits_model", "junk_texts", "clip_50", "clip_100"]


def main() -> None:
    arguments = read_arguments()
    figures: list[Figure] = []
    details: dict[str, Any] = {"seeds": SEEDS[arguments.full], "sets": {}}
    for name in arguments.sets or (ALL_SETS if arguments.full else FAST_SETS):
        found = {
            way: np.array([needed(name, way, seed) for seed in range(SEEDS[arguments.full])])
            for way in WAYS
        }
        figures += compared(name, found)
        details["sets"][name] = {
            way: {"by_seed": counts.tolist(), "means": [interval(c) for c in counts.T]}
            for way, counts in found.items()
        } | {"mixed less the cheaper, by seed": [interval(more, -np.inf) for more in dearer(found)]}
        publish("total_actions", arguments.out, figures, details)


def read_arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--sets", nargs="+", choices=ALL_SETS, metavar="NAME")
    return made.parse_args()


def needed(name: str, way: str, seed: int) -> list[int]:
    """Actions after which the set is first as right as each target."""
    desk = Desk(SETS[name](seed), seed)
    found: list[int] = []
    seen: list[Belief] = []
    while True:
        while len(found) < len(TARGETS) and desk.accuracy >= TARGETS[len(found)]:
            found.append(desk.actions)
        if len(found) == len(TARGETS):
            return found
        step(desk, way, seen)


def step(desk: Desk, way: str, seen: list[Belief]) -> None:
    """Do one batch or one page.

    Args:
        desk: where.
        way: one of `WAYS`.
        seen: what the heads before this one believed; this one's belief is added here.
    """
    seen.append(desk.belief)
    if way == "mixed" and (surest := _surest(desk)) is not None:
        desk.actions += OPEN
        desk.verify_surest(surest)
        return
    if way == "mixed" and (drawn := desk.drawn()) is not None:
        desk.actions += OPEN
        desk.verify_drawn(drawn)
        return
    sheets = desk.pages() if way != "single" else []
    if way == "grid" and sheets:
        desk.verify(max(sheets, key=lambda sheet: len(sheet.places)), leaving=False)
        return
    upcoming = desk.upcoming()
    advised = _advised(desk, upcoming, sheets, seen) if way == "mixed" else None
    if advised:
        desk.actions += OPEN
        desk.verify(advised, leaving=True)
    else:
        desk.single(upcoming)


def _surest(desk: Desk) -> NDArray[np.int64] | None:
    """The page of the surest with which work begins, if it looks right."""
    if len(desk.labelled):
        return None
    surest = desk.surest()
    return surest if len(surest) >= FEWEST and desk.glanced(surest) >= LOOKS_RIGHT else None


def _advised(
    desk: Desk, upcoming: NDArray[np.int64], sheets: list[Sheet], seen: list[Belief]
) -> Sheet | None:
    """What the product would advise, as it works that out after each refit."""
    now = seen[-1]
    before = [one for one in seen if one.decisions <= now.decisions - WINDOW]
    single = worth_of_single(desk.confidence[upcoming], now, before[-1] if before else None)
    best = better_page([sheet.page for sheet in sheets], single, now.decisions, desk.at_random)
    return next((sheet for sheet in sheets if sheet.page is best), None)


def dearer(found: dict[str, np.ndarray]) -> list[np.ndarray]:
    """By target, how many actions more mixed takes with each seed than the cheaper other way.

    The other way is the one that is cheaper on average.
    """
    single = found["single"].mean(axis=0) <= found["grid"].mean(axis=0)
    cheaper = np.where(single, found["single"], found["grid"])
    return list((found["mixed"] - cheaper).T)


def compared(name: str, found: dict[str, np.ndarray]) -> list[Figure]:
    """Actions of the cheaper of the two single ways, over those of mixed."""
    made = []
    for number, target in enumerate(TARGETS):
        means = {way: float(counts[:, number].mean()) for way, counts in found.items()}
        other = min(means["single"], means["grid"])
        what = f"{name} {target:.0%}: " + ", ".join(f"{way} {means[way]:.0f}" for way in WAYS)
        made.append(Figure(what, other / max(means["mixed"], 1), ">= 1"))
    return made


if __name__ == "__main__":
    main()
