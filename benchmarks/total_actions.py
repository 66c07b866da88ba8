"""Input actions, not labels, until a whole simulated set is 90, 95 and 98 % right.

``python -m benchmarks.total_actions [--out FOLDER] [--full] [--sets NAME …]``

Keys, clicks and drags of somebody who knows the truth (``benchmarks/desk_model.py``), with a refit
after each batch of 20 and after each page:

- single: the single view alone, by the policy ``auto``
- grid: the grid alone, the class with most pictures first, every exception given its class there
- mixed: the single view as long as the head learns from it: as long as the errors that an action
  was seen to remove over the last 60 labels (by the head's own belief), or those expected of the
  next 20, are more than those expected of the best page of the grid; then that page, where
  exceptions may be left for the single view

Means over seeds (5, or 2 without ``--full``). Wanted: mixed is the cheapest.
"""

import argparse
from collections import deque
from typing import Any

import numpy as np

from benchmarks.desk_model import Desk
from benchmarks.label_savings import interval
from benchmarks.labelling import BATCH, TARGETS
from benchmarks.report import Figure, parser, publish
from benchmarks.simulated_sets import SETS

SEEDS = {False: 2, True: 5}
WAYS = ("single", "grid", "mixed")
FAST_SETS = ["raw_digits", "digits_model"]
ALL_SETS = ["raw_digits", "digits_model", "junk_texts", "clip_50", "clip_100"]
FIRST = 6
"""Batches in the single view before anything is compared: what a head believes after fewer says
little, where it began with texts that mislead."""
WINDOW = 3
"""Batches over which what the head learned is seen."""


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
        }
        publish("total_actions", arguments.out, figures, details)


def read_arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--sets", nargs="+", choices=ALL_SETS, metavar="NAME")
    return made.parse_args()


def needed(name: str, way: str, seed: int) -> list[int]:
    """Actions after which the set is first as right as each target."""
    desk = Desk(SETS[name](seed), seed)
    found: list[int] = []
    seen: deque[tuple[int, float]] = deque(maxlen=WINDOW + 1)
    while True:
        while len(found) < len(TARGETS) and desk.accuracy >= TARGETS[len(found)]:
            found.append(desk.actions)
        if len(found) == len(TARGETS):
            return found
        step(desk, way, seen)


def step(desk: Desk, way: str, seen: deque[tuple[int, float]]) -> None:
    """Do one batch or one page.

    Args:
        desk: where.
        way: one of `WAYS`.
        seen: actions and belief before the last batches of the single view; kept up to date here.
    """
    pages = desk.pages() if way != "single" else []
    if not pages:
        desk.single()
    elif way == "grid":
        desk.verify(max(pages, key=lambda page: len(page.places)), leaving=False)
    else:
        seen.append((desk.actions, desk.believed))
        best = max(pages, key=lambda page: page.worth)
        if len(desk.labelled) < FIRST * BATCH or worth_of_single(desk, seen) >= best.worth:
            desk.single()
        else:
            desk.verify(best, leaving=True)
            seen.clear()


def worth_of_single(desk: Desk, seen: deque[tuple[int, float]]) -> float:
    """Errors that an action in the single view removes: as seen lately, or as expected next."""
    expected = float((1 - np.sort(desk.confidence)[:BATCH]).mean())
    (actions, belief), (now, believed) = seen[0], seen[-1]
    learned = (believed - belief) / (now - actions) if len(seen) > WINDOW else 0.0
    return max(expected, learned)


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
