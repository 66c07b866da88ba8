"""A simulated project that people work on in batches, for the benchmark of the stop signal."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.pools import Pool, margins, outcomes, pool

ITEMS, AUDIT, BATCH, CONTROL = 3_000, 300, 50, 5


@dataclass
class Project:
    """What is decided, and what the head says.

    Args:
        made: features and truth.
        audit: bool [n], drawn at import.
        order: int [n], the permanent random order.
        generator: of the policy's chance.
        passed: bool [n], what the policy ranked above an item decided since.
        decided: bool [n], labels the head may learn from.
        lately: the last policy picks, audit items among them.
    """

    made: Pool
    audit: NDArray[np.bool_]
    order: NDArray[np.int64]
    generator: np.random.Generator
    passed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ITEMS, bool))
    decided: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ITEMS, bool))
    lately: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def labels(self) -> int:
        """Decisions that the head learned from."""
        return int(self.decided.sum())

    @property
    def undecided(self) -> NDArray[np.bool_]:
        """Items that neither people decided nor the policy passed nor the audit holds."""
        return ~self.decided & ~self.passed & ~self.audit

    def told(self) -> NDArray[np.float64]:
        """Outcomes [n, k] of the head as it is now."""
        return outcomes(self.made, np.flatnonzero(self.decided))

    def work(self, values: NDArray[np.float64]) -> None:
        """One batch: the policy's picks, audit items passed on the way, then random control."""
        values = np.where(self.passed | self.decided, np.inf, values)
        self.lately = np.argsort(values, kind="stable")[: BATCH - CONTROL]
        self.passed[self.lately] = True
        self.decided[self.lately[~self.audit[self.lately]]] = True
        left = np.flatnonzero(self.undecided)
        self.decided[left[np.argsort(self.order[left])[:CONTROL]]] = True


Policy = Callable[[Project, NDArray[np.float64]], NDArray[np.float64]]
"""From a project and its outcomes [n, k] to a value of each item; the smallest come first."""


def begun(seed: int, noise: float) -> Project:
    """A project after its import."""
    generator = np.random.default_rng(seed)
    made = pool(generator, ITEMS, noise=noise)
    audit = np.zeros(ITEMS, bool)
    audit[generator.permutation(ITEMS)[:AUDIT]] = True
    return Project(made, audit, generator.permutation(ITEMS), generator)


def least_margin(_: Project, told: NDArray[np.float64]) -> NDArray[np.float64]:
    """The policy that most tools have."""
    return margins(told)


def after_errors(project: Project, told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Doubt, with chance, and more of the classes that were wrong among the last picks."""
    seen = project.lately[project.decided[project.lately]]
    truth = project.made.truth[seen]
    wrong = told[seen].argmax(axis=1) != truth
    errors = np.bincount(truth[wrong], minlength=told.shape[1])
    chance = 0.1 * project.generator.random(ITEMS)
    return margins(told) / (1 + errors[told.argmax(axis=1)]) + chance


def random_order(project: Project, _: NDArray[np.float64]) -> NDArray[np.float64]:
    """No policy at all."""
    return project.generator.random(ITEMS)
