"""What a refit costs with thousands of labels: between two choices of the kind of head, and at one.

``python -m benchmarks.refit [--out FOLDER] [--full]``

Simulated vectors like those of CLIP (64 numbers, 10 classes), a tenth of the labels drawn at
random; 2,000 labels (5,000 with --full). In turns:

- taught: a head of the chosen kind, as at most refits (`labeling.heads.choice.is_due`)
- chosen: all kinds compete, and the calibration is fitted
- before: the same in five folds whatever is asked, with as many BLAS threads as there are cores
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from benchmarks.report import Cost, Figure, as_json, measured, parser, publish, ratio, take_turns
from benchmarks.simulated_sets import clip_like
from labeling.heads import base, choice
from labeling.heads.candidates import candidates
from labeling.heads.held_out import FOLDS, calibration_for

LABELS = {False: 2_000, True: 5_000}
ROUNDS = {False: 3, True: 5}
RANDOM_SHARE = 10


def main() -> None:
    arguments = parser(__doc__).parse_args()
    labels = LABELS[arguments.full]
    data = clip_like("refit", 10, 2 * labels, 2.8, 0, dim=64)
    X, y = data.vectors[:labels], data.truth[:labels]
    random = np.arange(labels) % RANDOM_SHARE == 0
    kinds = candidates(data.zero_shot, data.pool)

    def chosen(folds: int | None = None) -> None:
        found = choice.choose(kinds, X, y, random, folds)
        calibration_for(found.head, X, y, random, folds)

    def before() -> Cost:
        with many_threads():
            return measured(lambda: chosen(FOLDS))

    taught: Any = next(iter(kinds.values()))
    ways = {
        "taught": lambda: measured(lambda: taught.fit(X, y)),
        "chosen": lambda: measured(chosen),
        "before": before,
    }
    costs = take_turns(ways, ROUNDS[arguments.full])
    figures = [
        Figure(f"{labels:,} labels: before / taught", ratio(costs, "before", "taught")),
        Figure(f"{labels:,} labels: before / chosen", ratio(costs, "before", "chosen")),
        Figure("the same, CPU", ratio(costs, "before", "chosen", "cpu")),
    ]
    publish("refit", arguments.out, figures, {"labels": labels, "seconds": as_json(costs)})


@contextmanager
def many_threads() -> Iterator[None]:
    """Fits with as many BLAS threads as there are cores."""
    limited = base.one_thread
    base.one_thread = nullcontext  # type: ignore[assignment]
    try:
        yield
    finally:
        base.one_thread = limited


if __name__ == "__main__":
    main()
