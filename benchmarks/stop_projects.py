"""A simulated project that people work on in batches, for the benchmark of the stop signal."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.pools import Pool, margins, outcomes, pool

ITEMS, AUDIT, BATCH, CONTROL = 3_000, 300, 50, 5
FIRST_SHARE, LATER_SHARE = 0.15, 0.05
"""Chances of the audit of both halves, where the second is imported later."""
LATER_NOISE = 1.3
"""How many times as noisy the features of the later half are: its pictures are harder."""
ARRIVES = 8
"""Batches after which the later half is there."""
PAGE, SURE = 100, 0.9
"""Items of a page at random, and the least probability of what is on it."""
AUDITS_A_BATCH = 15
"""Audit items that are answered with each batch, where they are not answered at once."""


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
        later: bool [n], what is imported after ``ARRIVES`` batches.
        here: bool [n], what is imported by now.
        answered: bool [n], audit items that are answered.
        batches: how many are done.
        lately: the last policy picks, audit items among them.
    """

    made: Pool
    audit: NDArray[np.bool_]
    order: NDArray[np.int64]
    generator: np.random.Generator
    passed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ITEMS, bool))
    decided: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ITEMS, bool))
    later: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ITEMS, bool))
    here: NDArray[np.bool_] = field(default_factory=lambda: np.ones(ITEMS, bool))
    answered: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(ITEMS, bool))
    batches: int = 0
    lately: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def labels(self) -> int:
        """Decisions that the head learned from."""
        return int(self.decided.sum())

    @property
    def undecided(self) -> NDArray[np.bool_]:
        """Items that neither people decided nor the policy passed nor the audit holds."""
        return self.here & ~self.decided & ~self.passed & ~self.audit

    @property
    def open(self) -> NDArray[np.bool_]:
        """Items that nobody has decided, audit items among them."""
        return self.here & ~self.decided & ~self.answered

    def told(self) -> NDArray[np.float64]:
        """Outcomes [n, k] of the head as it is now."""
        return outcomes(self.made, np.flatnonzero(self.decided))

    def work(self, values: NDArray[np.float64]) -> None:
        """One batch: the policy's picks, audit items passed on the way, then random control."""
        values = np.where(self.passed | self.decided | ~self.here, np.inf, values)
        self.lately = np.argsort(values, kind="stable")[: BATCH - CONTROL]
        self.passed[self.lately] = True
        self.decided[self.lately[~self.audit[self.lately]]] = True
        left = np.flatnonzero(self.undecided)
        self.decided[left[np.argsort(self.order[left])[:CONTROL]]] = True
        self._go_on()

    def page(self, told: NDArray[np.float64]) -> None:
        """A page of sure items in the random order; audit items among them are passed."""
        waits = self.here & ~self.decided & ~self.passed & (told.max(axis=1) >= SURE)
        drawn = np.flatnonzero(waits)
        drawn = drawn[np.argsort(self.order[drawn])]
        shown = np.cumsum(~self.audit[drawn])
        self.lately = drawn[: np.searchsorted(shown, PAGE) + 1]
        self.passed[self.lately] = True
        self.decided[self.lately[~self.audit[self.lately]]] = True
        self._go_on()

    def _go_on(self) -> None:
        """Audit items are answered along with the work, and a later import arrives."""
        waiting = self.generator.permutation(
            np.flatnonzero(self.here & self.audit & ~self.answered)
        )
        self.answered[waiting[:AUDITS_A_BATCH]] = True
        self.batches += 1
        if self.batches == ARRIVES:
            self.here[:] = True


Policy = Callable[[Project, NDArray[np.float64]], NDArray[np.float64]]
"""From a project and its outcomes [n, k] to a value of each item; the smallest come first."""


def begun(seed: int, noise: float) -> Project:
    """A project after its import, its audit answered."""
    generator = np.random.default_rng(seed)
    made = pool(generator, ITEMS, noise=noise)
    audit = np.zeros(ITEMS, bool)
    audit[generator.permutation(ITEMS)[:AUDIT]] = True
    made_up = Project(made, audit, generator.permutation(ITEMS), generator)
    made_up.answered[:] = audit
    return made_up


def begun_in_part(seed: int, noise: float) -> Project:
    """A project after the first of two imports; the later one is harder and audited more thinly.

    Audits are answered along with the work.
    """
    generator = np.random.default_rng(seed)
    made = pool(generator, ITEMS, noise=noise)
    later = np.arange(ITEMS) >= ITEMS // 2
    more = noise * np.sqrt(LATER_NOISE**2 - 1)
    made.features[later] += more * generator.standard_normal(made.features[later].shape)
    audit = np.zeros(ITEMS, bool)
    for half, share in ((~later, FIRST_SHARE), (later, LATER_SHARE)):
        rows = generator.permutation(np.flatnonzero(half))
        audit[rows[: round(share * len(rows))]] = True
    return Project(made, audit, generator.permutation(ITEMS), generator, later=later, here=~later)


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
