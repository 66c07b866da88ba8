"""Whether the stop signal's interval holds the true accuracy, at all times and when it says stop.

``python -m benchmarks.stop_signal [SETTING …] [--out FOLDER] [--full]``

100 projects a setting, with ``--full`` 500: 3,000 items of 20 classes, an audit of 300 drawn at
import, batches of 50 of which a tenth is random control, a head refitted after each
(`stop_projects`). Settings: the least margin on classes that are easy, middling and hard to tell
apart, a policy that follows the errors it saw, and random order; and two imports, the later one
harder, audited with a third of the chance and answered along with the work, like the first. Before
each of 24 batches the
interval is compared with the true accuracy of the dataset (labels of people, the head for the
rest). At planned looks the signal is asked; work stops where it first says so.

Wanted: held in at least 95 % less Monte Carlo error (the 1 % point: 463 of 500), at the batch where
it is worst and at the moment of stop, among the projects that stop; all looks of a project together
as well.
Beside it what doesn't hold: two imports taken as one draw, the audit taken whole, and
prediction-powered inference. The expected
gain of 100 decisions is compared with what they added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import binom

from benchmarks.report import Figure, parser, publish
from benchmarks.stop_projects import (
    ITEMS,
    Policy,
    Project,
    after_errors,
    begun,
    begun_in_part,
    least_margin,
    random_order,
)
from labeling.quality.stop import (
    Estimate,
    HeadThen,
    Remaining,
    accuracy_now,
    due,
    expected_gain,
    look_risk,
    planned_looks,
    signal,
)

PROJECTS = {False: 100, True: 500}
BATCHES = 24
AHEAD = 100


class Setting(NamedTuple):
    """How a project is worked on: its policy, the noise of its features, the accuracy wanted.

    ``pages``: whether every other batch is a page of sure items at random.
    """

    policy: Policy
    noise: float
    target: float
    begun: Callable[[int, float], Project] = begun
    pages: bool = False


SETTINGS = {
    "least margin, easy": Setting(least_margin, 1.1, 0.98),
    "least margin, middling": Setting(least_margin, 1.4, 0.95),
    "least margin, hard": Setting(least_margin, 1.8, 0.85),
    "after errors, middling": Setting(after_errors, 1.4, 0.95),
    "random order, easy": Setting(random_order, 1.1, 0.95),
    "pages at random, easy": Setting(least_margin, 1.1, 0.98, pages=True),
    "pages at random, middling": Setting(least_margin, 1.4, 0.95, pages=True),
    "two imports, least margin": Setting(least_margin, 1.1, 0.9, begun_in_part),
    "two imports, pages at random": Setting(least_margin, 1.1, 0.9, begun_in_part, pages=True),
}


@dataclass
class Course:
    """What was seen before each batch of one project, and at its looks."""

    labels: list[int] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    now: list[Estimate] = field(default_factory=list)
    pooled: list[Estimate] = field(default_factory=list)
    whole: list[Estimate] = field(default_factory=list)
    powered: list[tuple[float, float]] = field(default_factory=list)
    gains: list[Estimate | None] = field(default_factory=list)
    looks_held: list[bool] = field(default_factory=list)
    spent: float = 0.0
    stopped: tuple[int, bool] | None = None
    """Labels at which the signal first said stop, and whether its interval held."""


def main() -> None:
    made = parser(__doc__)
    made.add_argument("settings", nargs="*", default=list(SETTINGS), metavar="SETTING")
    arguments = made.parse_args()
    projects = PROJECTS[arguments.full]
    figures, details = [], {}
    wanted = f">= {binom.ppf(0.01, projects, 0.95) / projects}"
    for name in arguments.settings:
        setting = SETTINGS[name]
        found = summary([course(setting, seed) for seed in range(projects)], setting.target)
        details[name] = found
        figures += [
            Figure(f"{name}: held at the worst batch", found["worst"], wanted, ""),
            Figure(f"{name}: held where it said stop", found["stop"], wanted, ""),
            Figure(f"{name}: held at all looks", found["looks"], wanted, ""),
            Figure(f"{name}: imports taken as one draw, worst batch", found["pooled"], unit=""),
            Figure(f"{name}: audit taken whole, worst batch", found["whole"], unit=""),
            Figure(f"{name}: prediction-powered, worst batch", found["powered"], unit=""),
        ]
    publish("stop_signal", arguments.out, figures, {"projects": projects, "settings": details})


def course(setting: Setting, seed: int) -> Course:
    """Work on one project through all batches, whatever the signal says."""
    project = setting.begun(seed, setting.noise)
    found, heads = Course(), list[HeadThen]()
    for batch in range(BATCHES):
        told = project.told()
        right = told.argmax(axis=1) == project.made.truth
        before = found.labels[-1] if found.labels else 0
        looks = planned_looks(int(project.here.sum()))
        note(found, project, told, right)
        if due(looks, before, project.labels):
            note_look(found, project, right, setting.target, looks)
        heads.append(head(project, right))
        found.gains.append(expected_gain(heads, ITEMS, AHEAD))
        if setting.pages and batch % 2:
            project.page(told)
        else:
            project.work(setting.policy(project, told))
    return found


def note(
    found: Course, project: Project, told: NDArray[np.float64], right: NDArray[np.bool_]
) -> None:
    found.labels.append(project.labels)
    found.true.append(1 - float((~right & project.open).sum()) / int(project.here.sum()))
    left = remaining(project, right)
    found.now.append(accuracy_now(left))
    found.pooled.append(accuracy_now(as_one(left)))
    items, undecided = int(project.here.sum()), int(project.open.sum())
    seen = right[project.audit & project.answered]
    found.whole.append(accuracy_now(Remaining(items, undecided, 0, seen)))
    found.powered.append(prediction_powered(project, told.max(axis=1), right))


def note_look(
    found: Course,
    project: Project,
    right: NDArray[np.bool_],
    target: float,
    looks: Sequence[int],
) -> None:
    risk = look_risk(looks, project.labels, found.spent)
    found.spent += risk
    said = signal(remaining(project, right), target, risk)
    held = holds(said.accuracy.low, said.accuracy.high, found.true[-1])
    found.looks_held.append(held)
    if said.stop and found.stopped is None:
        found.stopped = project.labels, held


def remaining(project: Project, right: NDArray[np.bool_]) -> list[Remaining]:
    """What is left of each import that is there."""
    found = []
    for half in (~project.later, project.later):
        of = half & project.here
        if of.any():
            left, seen = of & project.open, of & project.audit & project.answered & ~project.passed
            passed = int((left & project.passed).sum())
            undecided = int(left.sum()) - passed
            found.append(Remaining(int(of.sum()), undecided, passed, right[seen]))
    return found


def as_one(left: list[Remaining]) -> Remaining:
    """Imports as if their audits were one draw."""
    counts = np.sum([(of.items, of.undecided, of.passed) for of in left], axis=0)
    return Remaining(*counts.tolist(), np.concatenate([of.right for of in left]))


def head(project: Project, right: NDArray[np.bool_]) -> HeadThen:
    undecided = int(project.undecided.sum())
    audit = project.audit & ~project.later
    return HeadThen(max(1, project.labels), undecided, right[audit], project.passed[audit].copy())


def prediction_powered(
    project: Project, scores: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[float, float]:
    """Power-tuned prediction-powered inference, normal interval, on the audit items not passed.

    Angelopoulos, Duchi and Zrnic, PPI++: efficient prediction-powered inference, 2023.
    """
    undecided, audit = project.open, project.audit & project.answered & ~project.passed
    if audit.sum() < 2:
        return 0.0, 1.0
    wrong, doubt = (~right[audit]).astype(float), 1 - scores
    seen = doubt[audit]
    weight = np.clip(np.cov(wrong, seen)[0, 1] / max(seen.var(ddof=1), 1e-12), 0, 1)
    rest = wrong - weight * seen
    count = int(undecided.sum())
    errors = weight * doubt[undecided].sum() + count * rest.mean()
    half = ndtri(0.975) * np.sqrt(rest.var(ddof=1) * (count**2 / len(rest) + count))
    items = int(project.here.sum())
    return 1 - (errors + half) / items, 1 - (errors - half) / items


def holds(low: float, high: float, true: float) -> bool:
    return low - 1e-9 <= true <= high + 1e-9


def summary(courses: list[Course], target: float) -> dict[str, Any]:
    """Shares of projects in which intervals held, their widths, and how good the gains were."""
    now, pooled, whole = (
        held([getattr(of, way) for of in courses], courses) for way in ("now", "pooled", "whole")
    )
    pairs = [
        [holds(*ends, true) for ends, true in zip(of.powered, of.true, strict=True)]
        for of in courses
    ]
    stops = [of.stopped for of in courses if of.stopped is not None]
    needed = [first(of, target) for of in courses if of.stopped is not None]
    widths = np.array([[of.high - of.low for of in found.now] for found in courses])
    return {
        "worst": float(now.min()),
        "by_batch": now.tolist(),
        "stop": float(np.mean([held for _, held in stops])) if stops else 1.0,
        "looks": float(np.mean([all(of.looks_held) for of in courses])),
        "pooled": float(pooled.min()),
        "whole": float(whole.min()),
        "powered": float(np.mean(pairs, axis=0).min()),
        "width": widths.mean(axis=0).round(4).tolist(),
        "stopped": len(stops),
        "labels_at_stop": float(np.median([at for at, _ in stops])) if stops else None,
        "labels_needed": float(np.median(needed)) if stops else None,
        "gains": gains(courses),
    }


def held(estimates: list[list[Estimate]], courses: list[Course]) -> NDArray[np.float64]:
    """The share of projects whose interval held, for each batch."""
    kept = [
        [holds(of.low, of.high, true) for of, true in zip(row, found.true, strict=True)]
        for row, found in zip(estimates, courses, strict=True)
    ]
    return np.mean(kept, axis=0)


def first(found: Course, target: float) -> int:
    """The labels at which the target was first reached in truth."""
    reached = (n for n, true in zip(found.labels, found.true, strict=True) if true >= target)
    return next(reached, found.labels[-1])


def gains(courses: list[Course]) -> list[dict[str, float]]:
    """Expected and true gains of the next decisions, means over the projects, by batch."""
    table: list[dict[str, float]] = []
    for batch in range(BATCHES):
        rows = []
        for of in courses:
            expected, goal = of.gains[batch], of.labels[batch] + AHEAD
            if expected is not None and goal <= of.labels[-1]:
                true = float(np.interp(goal, of.labels, of.true)) - of.true[batch]
                within = holds(expected.low, expected.high, true)
                rows.append((of.labels[batch], expected.estimate, true, within))
        if rows:
            names = ("labels", "expected", "true", "interval_held")
            table.append(dict(zip(names, np.mean(rows, axis=0).round(4).tolist(), strict=True)))
    return table


if __name__ == "__main__":
    main()
