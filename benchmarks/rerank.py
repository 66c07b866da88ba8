"""Ranking a pool anew after a batch of 20 labels, beside modAL's own ranked batch on the same data.

``python -m benchmarks.rerank [--out FOLDER] [--full] [--items N]``

100 classes, vectors of 512 numbers, the preferred kind of head taught with 220 labels; a rank for
5,000 items, as the queue stores them. In turns, in one process each, so that memory can be told:

- ours: the policy ``auto`` through modAL's learner, 100,000 items (and 1,000,000 with ``--full``)
- with votes: the same head, but `KEYS` labelled pictures vote as well, as many as ever do; these
  vectors have no use for votes, so they are set
- and taught: the head refitted with the 20 new labels as well
- modAL: ``modAL.batch.uncertainty_batch_sampling``, 20 items of a pool of 10,000 (100,000 with
  ``--full``); ours on the same pool for the ratio

Memory is the peak of the resident set over the vectors' own bytes: vectors and ranking together.
"""

import argparse
import os
import subprocess
import sys
from typing import Any

import numpy as np

from benchmarks.processes import resident_mb
from benchmarks.report import Cost, Figure, as_json, measured, parser, publish, ratio, take_turns
from labeling.heads.transductive import TransductiveHead, pool_rows
from labeling.heads.votes import KEYS, NEARNESS, unit
from labeling.selection import policies

DIM, CLASSES, LABELS, BATCH = 512, 100, 200, 20
STORED = 5_000
ITEMS = {False: [100_000], True: [100_000, 1_000_000]}
MODAL_POOL = {False: 10_000, True: 100_000}
WANTED = {100_000: "<= 0.3", 1_000_000: "<= 3"}
ROUNDS = 3


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--items", type=int, help="one size of pool instead")
    made.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = made.parse_args()
    if arguments.child:
        print(*seconds_and_memory(arguments.child))
        return
    figures: list[Figure] = []
    for items in [arguments.items] if arguments.items else ITEMS[arguments.full]:
        figures += told(items)
    pool = MODAL_POOL[arguments.full]
    costs = beside_modal(pool)
    for cost in ("wall", "cpu"):
        what = f"modAL's ranked batch / ours, {pool:,} items, {cost}"
        figures.append(Figure(what, ratio(costs, "modal", "ours", cost)))
    details = {"dim": DIM, "classes": CLASSES, "labels": LABELS, "beside_modal": as_json(costs)}
    publish("rerank", arguments.out, figures, details)


def told(items: int) -> list[Figure]:
    """What a process of its own measured at one size."""
    command = [sys.executable, "-m", "benchmarks.rerank", "--child", str(items)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rank, cpu, voted, teach, memory = map(float, done.stdout.split())
    return [
        Figure(f"{items:,} items × {CLASSES} classes: ranked anew", rank, WANTED.get(items), "s"),
        Figure(f"{items:,} items: CPU of all cores", cpu, unit="s"),
        Figure(f"{items:,} items: ranked anew, with votes", voted, WANTED.get(items), "s"),
        Figure(f"{items:,} items: refit before it", teach, unit="s"),
        Figure(f"{items:,} items: peak memory / vectors", memory, "<= 2"),
    ]


def seconds_and_memory(items: int) -> tuple[float, float, float, float, float]:
    """Seconds to rank, wall and CPU, to rank with votes, and to refit; peak memory / vectors.

    Each is the best of `ROUNDS`, but for the refit.

    What the libraries take, which is the same for any pool, is loaded before.
    """
    X, learner = pool_and_learner(2 * LABELS)
    policies.rank(learner, X, "auto", BATCH, 0)
    before = resident_mb(os.getpid())
    X, learner = pool_and_learner(items)
    vectors = X.nbytes / 2**20
    teach = measured(lambda: learner.teach(X[:BATCH], np.arange(BATCH)))
    best = ranked(learner, X)
    give_votes(learner.estimator, X)
    voted = ranked(learner, X)
    peak = resident_mb(os.getpid(), peak=True) - before
    return best.wall, best.cpu, voted.wall, teach.wall, peak / vectors


def ranked(learner: Any, X: np.ndarray) -> Cost:
    """The cost of ranking the pool, the best of some rounds."""
    return min(
        measured(lambda: policies.rank(learner, X, "auto", STORED, 0)) for _ in range(ROUNDS)
    )


def give_votes(head: TransductiveHead, X: np.ndarray) -> None:
    """Let as many pictures vote as ever do."""
    chance = np.random.default_rng(1)
    head.keys_ = unit(X[:KEYS])
    head.votes_ = chance.standard_normal((KEYS, CLASSES), dtype=np.float32)
    head.beta_ = NEARNESS


def pool_and_learner(items: int) -> tuple[np.ndarray, Any]:
    """Vectors [items, DIM], filled in place, and a learner that was taught with some labels."""
    chance = np.random.default_rng(0)
    X = np.empty((items, DIM), np.float32)
    chance.standard_normal(out=X, dtype=np.float32)
    X /= np.float32(np.sqrt(DIM))
    texts = chance.normal(size=(CLASSES, DIM)).astype(np.float32) / np.float32(np.sqrt(DIM))
    truth = (X[:LABELS] @ texts.T).argmax(axis=1)
    head = TransductiveHead(texts, 30.0, pool=X[pool_rows(items)])
    return X, policies.learner(head, X[:LABELS], truth, "auto")


def beside_modal(items: int) -> dict[str, Any]:
    """Costs of ranking 20 items of the same pool, modAL and ours in turns."""
    from modAL.batch import uncertainty_batch_sampling

    X, learner = pool_and_learner(items)
    ways = {
        "ours": lambda: measured(lambda: policies.rank(learner, X, "auto", BATCH, 0)),
        "modal": lambda: measured(
            lambda: uncertainty_batch_sampling(learner, X, n_instances=BATCH)
        ),
    }
    return take_turns(ways, ROUNDS)


if __name__ == "__main__":
    main()
