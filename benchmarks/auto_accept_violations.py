"""How often a guaranteed acceptance breaks its wish, in simulated projects.

``python -m benchmarks.auto_accept_violations [--out FOLDER] [--full]``

100 projects a setting, with ``--full`` 500, each of 10,000 items, a head (`accept_sets.SETTINGS`:
calibrated, boasting and modest scores, a head that drifted, one that knows nothing, one that is
surest where it errs, and an error barely above the wish, where every acceptance is false) and an
audit of 300 or 1,000; wishes of 5, 2 and 1 % error among what is accepted, δ 5 %. Counted are
projects in which more than that is wrong of what is accepted: with one look, with three planned
ones (at any of them), and per class (in any of five). Wanted: at most the 95 % point of a risk of
5 %, 33 of 500.

Beside it what is no guarantee: the largest part whose audit error is at most the wish (plug-in), a
Clopper-Pearson bound looked at every 20 audit items, and labels that the head chose and learned
from, in the grid (the surest) or by active learning (the smallest margins), taken for an audit.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from benchmarks.accept_sets import ITEMS, SETTINGS, Project
from benchmarks.pools import margins, outcomes, pool
from benchmarks.report import Figure, parser, publish
from labeling.quality.accept import accept
from labeling.quality.intervals import clopper_pearson
from labeling.quality.thresholds import nested
from labeling.quality.wish import Wish

PROJECTS = {False: 100, True: 500}
ALPHAS = (0.05, 0.02, 0.01)
AUDITS = (300, 1_000)
CLASSES = 5
DELTA = 0.05

Way = Callable[[Project, float, NDArray[np.int64], np.random.Generator], bool]
"""Whether an audit in the order of its draw leads to an acceptance that breaks the wish."""


def main() -> None:
    arguments = parser(__doc__).parse_args()
    projects = PROJECTS[arguments.full]
    most = binom.ppf(0.95, projects, DELTA) / projects
    broken = {
        f"{setting}, {alpha:.0%} error, audit {n:,}": violations(setting, alpha, n, projects)
        for setting in SETTINGS
        for alpha in ALPHAS
        for n in AUDITS
    }
    figures = []
    for way in WAYS:
        worst = max(broken, key=lambda case: broken[case][way])
        wanted = f"<= {most}" if way in GUARANTEED else None
        share = broken[worst][way] / projects
        figures.append(Figure(f"{way}: worst share broken ({worst})", share, wanted, ""))
    peeked = [peeking(seed) for seed in range(projects)]
    figures.append(Figure("bound looked at every 20 items", float(np.mean(peeked)), unit=""))
    for surest, title in ((True, "labels from the grid"), (False, "labels by active learning")):
        taught = [false_audit(seed, surest) for seed in range(projects)]
        figures.append(Figure(f"{title} taken for an audit", float(np.mean(taught)), unit=""))
    details = {"projects": projects, "broken": broken}
    publish("auto_accept_violations", arguments.out, figures, details)


def violations(setting: str, alpha: float, n: int, projects: int) -> dict[str, int]:
    """In how many projects each way broke the wish."""
    counts = dict.fromkeys(WAYS, 0)
    for seed in range(projects):
        generator = np.random.default_rng([seed, n, round(1_000 * alpha)])
        project = SETTINGS[setting](generator, alpha)
        drawn = generator.permutation(ITEMS)[:n]
        for way, breaks in WAYS.items():
            counts[way] += breaks(project, alpha, drawn, generator)
    return counts


def one_look(
    project: Project, alpha: float, drawn: NDArray[np.int64], _: np.random.Generator
) -> bool:
    return broken(project, Wish(alpha, DELTA), [drawn])


def three_looks(
    project: Project, alpha: float, drawn: NDArray[np.int64], _: np.random.Generator
) -> bool:
    looks = tuple(len(drawn) * part // 3 for part in (1, 2, 3))
    wish = Wish(alpha, DELTA, looks=looks)
    return broken(project, wish, [drawn[:n] for n in looks])


def per_class(
    project: Project, alpha: float, drawn: NDArray[np.int64], generator: np.random.Generator
) -> bool:
    classes = generator.integers(0, CLASSES, ITEMS)
    return broken(project, Wish(alpha, DELTA, per_class=True), [drawn], classes)


def broken(
    project: Project,
    wish: Wish,
    audits: Iterable[NDArray[np.int64]],
    classes: NDArray[np.int64] | None = None,
) -> bool:
    """Whether any look accepts too many wrong ones, in any class."""
    scores, wrong = project
    proposed = np.zeros(ITEMS, np.int64) if classes is None else classes
    for look, drawn in enumerate(audits):
        mask = accept(wish, scores, proposed, drawn, 1.0 - wrong[drawn], look).mask
        accepted = np.bincount(proposed[mask])
        if (
            np.bincount(proposed[mask & wrong], minlength=len(accepted)) > wish.alpha * accepted
        ).any():
            return True
    return False


def plug_in(
    project: Project, alpha: float, drawn: NDArray[np.int64], _: np.random.Generator
) -> bool:
    scores, wrong = project
    audit = np.zeros(ITEMS, bool)
    audit[drawn] = True
    parts = nested(scores, audit, wrong)
    fits = np.flatnonzero(parts.wrong <= alpha * parts.drawn)
    unseen = (scores >= parts.thresholds[fits[-1]] if len(fits) else audit) & ~audit
    return bool(unseen.any() and wrong[unseen].mean() > alpha)


def peeking(seed: int) -> bool:
    """Whether a bound at 95 % is ever below an error of 2 % when the true one is just above it."""
    wrong = np.cumsum(np.random.default_rng(seed).random(1_000) < 0.0201)
    looks = range(20, 1_001, 20)
    return any(clopper_pearson(int(wrong[n - 1]), n, 1 - 2 * DELTA)[1] <= 0.02 for n in looks)


def false_audit(seed: int, surest: bool) -> bool:
    """Whether 300 labels that a head chose and learned from break a wish of 5 %, as an audit.

    Args:
        seed: of the project.
        surest: whether the head chose what it was surest of, as the grid does, in place of the
            smallest margins.
    """
    made = pool(np.random.default_rng(seed), 3_000, noise=1.7)
    labelled = np.zeros(0, np.int64)
    for _ in range(6):
        doubt = margins(outcomes(made, labelled)) * (-1 if surest else 1)
        doubt[labelled] = np.inf
        labelled = np.append(labelled, np.argsort(doubt)[:50])
    told = outcomes(made, labelled)
    wrong = told.argmax(axis=1) != made.truth
    right = 1.0 - wrong[labelled]
    mask = accept(Wish(0.05), told.max(axis=1), np.zeros(len(wrong), int), labelled, right).mask
    return bool(mask.any() and wrong[mask].mean() > 0.05)


GUARANTEED: dict[str, Way] = {
    "one look": one_look,
    "three looks": three_looks,
    "per class": per_class,
}
WAYS: dict[str, Way] = GUARANTEED | {"plug-in": plug_in}


if __name__ == "__main__":
    main()
