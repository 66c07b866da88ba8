"""What it brings to look again at decided pictures where ActiveLab says so, against new ones only.

``python -m benchmarks.relabel [--out FOLDER] [--full]``

Simulated people with an accuracy of 0.95, 0.85 and 0.7 label 3,000 pictures of 10 classes that
overlap; 150 are labelled at first, then looks come in rounds of 50 until 600 are spent. "new": the
least certain new pictures, one answer each. "activelab": the looks that `relabel.advise` names, the
decided ones by somebody else; where that answer differs the picture teaches nothing until a
reviewer, who is right, has looked: a look as well. Told is how often the head is right on 2,000
other pictures, and how many of the labels that people gave are wrong. Means over 5 seeds (20 with
--full) with Student t intervals of 95 %.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from benchmarks.report import Figure, parser, publish
from labeling.quality.consensus import relabel_scores
from labeling.quality.kappa import MISSING
from labeling.selection.simulation import mean_interval
from labeling.workflows.relabel import advise

CLASSES, DIM = 10, 16
POOL, TEST = 3_000, 2_000
FIRST, ROUND, BUDGET = 150, 50, 600
ACCURACY = {"careful": (0.98, 0.97, 0.96), "mixed": (0.95, 0.85, 0.7)}
SPREAD = 1.6
SEEDS = {False: 5, True: 20}

Answers = NDArray[np.int64]
Floats = NDArray[np.float64]


class World:
    """Pictures, the truth, and people who answer; looks are counted."""

    def __init__(self, seed: int, accuracy: tuple[float, ...]) -> None:
        self.rng = np.random.default_rng(seed)
        means = self.rng.standard_normal((CLASSES, DIM)) * SPREAD
        truth = self.rng.integers(0, CLASSES, POOL + TEST)
        X = means[truth] + self.rng.standard_normal((POOL + TEST, DIM)) * SPREAD
        self.X, self.truth = X[:POOL], truth[:POOL]
        self.test_X, self.test_truth = X[POOL:], truth[POOL:]
        self.accuracy = np.array(accuracy)
        self.answers = np.full((POOL, len(accuracy)), MISSING, dtype=np.int64)
        self.label = np.full(POOL, MISSING, dtype=np.int64)
        self.settled = np.zeros(POOL, dtype=bool)
        self.looks = 0
        for row in self.rng.choice(POOL, FIRST, replace=False):
            self.ask(row)

    def ask(self, row: int) -> None:
        """Let somebody who has not answered look; a reviewer where two then differ."""
        free = np.flatnonzero(self.answers[row] == MISSING)
        if not len(free) or self.settled[row]:
            return
        who = self.rng.choice(free)
        right = self.rng.random() < self.accuracy[who]
        wrong = (self.truth[row] + self.rng.integers(1, CLASSES)) % CLASSES
        said = self.truth[row] if right else wrong
        self.answers[row, who] = said
        self.looks += 1
        if self.label[row] not in (MISSING, said):
            self.looks += 1
            self.settled[row], said = True, self.truth[row]
        self.label[row] = said

    @property
    def decided(self) -> NDArray[np.intp]:
        """The pictures that bear a label."""
        return np.flatnonzero(self.label != MISSING)

    @property
    def new(self) -> NDArray[np.intp]:
        """The pictures that nobody has looked at."""
        return np.flatnonzero(self.label == MISSING)

    def head(self) -> LogisticRegression:
        """A head that was taught nothing."""
        return LogisticRegression(C=0.3, max_iter=300)

    def taught(self) -> LogisticRegression:
        """A head taught with all labels."""
        return self.head().fit(self.X[self.decided], self.label[self.decided])


def least_certain(world: World) -> NDArray[np.intp]:
    """The next new pictures."""
    sure = world.taught().predict_proba(world.X[world.new]).max(axis=1)
    return world.new[np.argsort(sure)[:ROUND]]


def activelab(world: World) -> NDArray[np.intp]:
    """Decided and new pictures as the advice divides the next looks."""
    known = world.decided[~world.settled[world.decided]]
    new = world.new
    held_out = cross_val_predict(
        world.head(),
        world.X[world.decided],
        world.label[world.decided],
        cv=5,
        method="predict_proba",
    )
    shares = held_out[np.isin(world.decided, known)]
    fresh = world.taught().predict_proba(world.X[new])
    labelled, unlabelled = relabel_scores(world.answers[known], shares, fresh)
    told = advise(labelled, unlabelled, len(new), ROUND)
    first = new[np.argsort(unlabelled)[: told.new]]
    return np.concatenate([known[told.rows], first])


def spend(
    seed: int, accuracy: tuple[float, ...], pick: Callable[[World], NDArray[np.intp]]
) -> Floats:
    """Spend the budget; the head's accuracy, the share of wrong labels, and labels, [3]."""
    world = World(seed, accuracy)
    while world.looks < BUDGET:
        for row in pick(world):
            if world.looks < BUDGET:
                world.ask(int(row))
    right = (world.taught().predict(world.test_X) == world.test_truth).mean()
    given = world.decided
    wrong = (world.label[given] != world.truth[given]).mean()
    return np.array([right, wrong, len(given)])


def main() -> None:
    arguments = parser(__doc__).parse_args()
    seeds = range(SEEDS[arguments.full])
    figures: list[Figure] = []
    told = {}
    for name, accuracy in ACCURACY.items():
        arms = {
            arm: np.array([spend(seed, accuracy, pick) for seed in seeds])
            for arm, pick in (("new", least_certain), ("activelab", activelab))
        }
        for arm, found in arms.items():
            for what, values in zip(("head right", "labels wrong"), found.T, strict=False):
                told[f"{name}: {arm}, {what}"] = mean_interval(values.tolist())
            told[f"{name}: {arm}, labels"] = float(found[:, 2].mean())
        for place, what in enumerate(("head right", "labels wrong")):
            mean = {arm: float(found[:, place].mean()) for arm, found in arms.items()}
            share = mean["activelab"] / mean["new"]
            figures.append(Figure(f"{name} people: {what}, activelab / new", share))
    publish("relabel", arguments.out, figures, {"seeds": len(seeds), "told": told})


if __name__ == "__main__":
    main()
