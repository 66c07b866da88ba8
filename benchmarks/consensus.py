"""How honest a consensus of few answers is: what it claims, and how often it is right.

``python -m benchmarks.consensus [--runs N]``

Simulated people answer pictures whose truth is known; of the pictures on which they differ the
table tells how often the consensus is right and which confidence it claims, by Dawid and Skene's
confusion matrices and by one accuracy a person. Mistakes fall evenly over the classes, or mostly on
hard pictures and on a neighbouring class.

Where crowd-kit is there (``pip install 'prelabel[crowd]'``) its Dawid-Skene and MACE (Hovy and
others, Learning whom to trust with MACE, NAACL 2013) stand beside them.
"""

import argparse
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labeling.quality import consensus, one_coin
from labeling.quality.kappa import MISSING

CLASSES = 10
ACCURACY = np.array((0.98, 0.96, 0.94, 0.9, 0.8))
BUSY = np.array((5, 4, 3, 1, 0.5))
"""How often each person comes, in relation to the others."""
HARD = 0.2
"""Share of the pictures that are hard, where mistakes are not even."""

Answers = NDArray[np.int64]


def even(rng: np.random.Generator, truth: Answers) -> Answers:
    """Everybody's answers [n, r], wrong in any direction."""
    wrong = rng.random((len(truth), len(ACCURACY))) >= ACCURACY
    shift = rng.integers(1, CLASSES, size=wrong.shape)
    return np.where(wrong, (truth[:, None] + shift) % CLASSES, truth[:, None])


def alike(rng: np.random.Generator, truth: Answers) -> Answers:
    """Everybody's answers [n, r], wrong mostly at hard pictures and towards one neighbour."""
    hard = rng.random((len(truth), 1)) < HARD
    wrong = rng.random((len(truth), len(ACCURACY))) < (1 - ACCURACY) * np.where(hard, 4, 0.25)
    shift = rng.integers(1, CLASSES, size=wrong.shape)
    near = rng.random(wrong.shape) < 0.7
    other = np.where(near, truth[:, None] ^ 1, (truth[:, None] + shift) % CLASSES)
    return np.where(wrong, other, truth[:, None])


def simulate(
    mistakes: Callable[[np.random.Generator, Answers], Answers], n: int, people: int, seed: int
) -> tuple[Answers, Answers]:
    """Truth [n], and the answers [n, r] of ``people`` to each picture."""
    rng = np.random.default_rng(seed)
    size = 1 / np.arange(1, CLASSES + 1)
    truth = rng.choice(CLASSES, n, p=size / size.sum())
    answers = mistakes(rng, truth)
    for row in answers:
        asked = rng.choice(len(ACCURACY), people, replace=False, p=BUSY / BUSY.sum())
        row[np.setdiff1d(np.arange(len(ACCURACY)), asked)] = MISSING
    return truth, answers


def crowd_kit() -> dict[str, Any]:
    """Aggregators of crowd-kit by name; none where it is not installed."""
    if find_spec("crowdkit") is None:
        return {}
    from crowdkit.aggregation import MACE, DawidSkene

    return {"Dawid-Skene": DawidSkene(n_iter=100), "MACE": MACE(n_restarts=3, random_state=0)}


def aggregated(aggregator: Any, answers: Answers) -> NDArray[np.float64]:
    """What an aggregator of crowd-kit makes of the answers: probabilities [n, CLASSES]."""
    row, person = np.nonzero(answers != MISSING)
    given = {"task": row, "worker": person, "label": answers[row, person]}
    found = aggregator.fit_predict_proba(pd.DataFrame(given))
    return np.asarray(found.reindex(index=range(len(answers)), columns=range(CLASSES)).fillna(0))


def main() -> None:
    """Print the table as Markdown."""
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--runs", type=int, default=20)
    runs = made.parse_args().runs
    others = crowd_kit()
    ways = ["matrices", "one coin", *(f"crowd-kit {name}" for name in others)]
    heads = ["mistakes", "pictures", "people each", *(f"{way}: right · said" for way in ways)]
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|")
    for name, mistakes in (("even", even), ("alike", alike)):
        for n in (40, 200, 1_000):
            for people in (2, 3):
                told = [
                    _compare(*simulate(mistakes, n, people, seed), others) for seed in range(runs)
                ]
                means = np.concatenate(told, axis=1).mean(axis=1).reshape(-1, 2)
                cells = [f"{right:.0%} · {said:.0%}" for right, said in means]
                print(f"| {name} | {n:,} | {people} | {' | '.join(cells)} |")


def _compare(truth: Answers, answers: Answers, others: Mapping[str, Any]) -> NDArray[np.float64]:
    """Of pictures whose answers differ: right and said by each way, [2 · ways, m]."""
    highest = answers.max(axis=1)
    differ = ((answers != MISSING) & (answers != highest[:, None])).any(axis=1)
    whole = consensus.dawid_skene(answers, CLASSES)
    told = [(whole.outcome, whole.confidence)]
    chances = [one_coin.fit(answers, CLASSES).posterior(answers)]
    chances += [aggregated(one, answers) for one in others.values()]
    told += [(one.argmax(axis=1), one.max(axis=1)) for one in chances]
    rows = [row for said, sure in told for row in ((said == truth)[differ], sure[differ])]
    return np.stack(rows).astype(np.float64)


if __name__ == "__main__":
    main()
