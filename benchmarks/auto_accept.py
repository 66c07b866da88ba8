"""The share of a frame that may be accepted unseen, from audits of 300 and 1,000.

``python -m benchmarks.auto_accept [--out FOLDER] [--full]``

A head that is right at about 91.5 % of 10,000 items (`accept_sets.feature_head`: features of 50
classes with a long tail, and a head from few labels), wishes of 5, 2 and 1 % error among what is
accepted, δ 5 %. Shares are of the frame; audit items above the threshold count, people decided
them. For each of five seeds of the set:

- whole frame: the audit is drawn from all of it, one look
- hopeful frame: drawn from the part that the scores let one hope for (`forecast.hopeful`)
- plug-in: the largest part whose audit error is at most the wish, which is no guarantee

Wanted: 81/87 % accepted at 5 % error, 53/73 % at 2 %, 0/51 % at 1 %, for audits of 300/1,000, and
the wish broken in at most 5 % of the audits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks.accept_sets import ITEMS, Project, feature_head
from benchmarks.report import Figure, parser, publish
from labeling.quality.accept import accept
from labeling.quality.forecast import doubts, hopeful
from labeling.quality.thresholds import nested
from labeling.quality.wish import Wish

SEEDS = 5
AUDITS = {False: 40, True: 200}
WANTED = {
    (0.05, 300): 0.81,
    (0.05, 1_000): 0.87,
    (0.02, 300): 0.53,
    (0.02, 1_000): 0.73,
    (0.01, 300): 0.0,
    (0.01, 1_000): 0.51,
}


@dataclass(frozen=True)
class Outcome:
    """What one audit allowed: the share of the frame, and whether that breaks the wish."""

    share: float
    broken: bool


Way = Callable[[Wish, Project, int, np.random.Generator], Outcome]


def main() -> None:
    arguments = parser(__doc__).parse_args()
    figures, details = [], {}
    for (alpha, n), (name, way) in product(WANTED, WAYS.items()):
        found = [run(way, alpha, n, seed, AUDITS[arguments.full]) for seed in range(SEEDS)]
        shares = np.array([[of.share for of in audits] for audits in found])
        broken = float(np.mean([[of.broken for of in audits] for audits in found]))
        title = f"{alpha:.0%} error, audit {n:,}, {name}"
        guaranteed = name != "plug-in"
        wanted = f">= {WANTED[alpha, n]}" if name == "hopeful frame" else None
        figures += [
            Figure(f"{title}: accepted", float(shares.mean()), wanted, ""),
            Figure(f"{title}: wish broken", broken, "<= 0.05" if guaranteed else None, ""),
        ]
        details[title] = summary(shares) | {"broken": broken}
    publish("auto_accept", arguments.out, figures, {"items": ITEMS, "settings": details})


def run(way: Way, alpha: float, n: int, seed: int, audits: int) -> list[Outcome]:
    project = feature_head(np.random.default_rng(seed))
    generator = np.random.default_rng([seed, n])
    return [way(Wish(alpha), project, n, generator) for _ in range(audits)]


def summary(shares: NDArray[np.float64]) -> dict[str, float | list[float]]:
    """Mean, its 95 % interval over seeds (t, four degrees of freedom), median, refusals."""
    means = shares.mean(axis=1)
    half = 2.776 * means.std(ddof=1) / np.sqrt(len(means))
    return {
        "mean": float(means.mean()),
        "interval": [float(means.mean() - half), float(means.mean() + half)],
        "median": float(np.median(shares)),
        "nothing": float((shares == 0).mean()),
    }


def whole_frame(wish: Wish, project: Project, n: int, generator: np.random.Generator) -> Outcome:
    return audited(wish, project, n, generator, np.arange(ITEMS))


def hopeful_frame(wish: Wish, project: Project, n: int, generator: np.random.Generator) -> Outcome:
    scores, _ = project
    threshold = hopeful(wish, scores, doubts(scores), n)
    return audited(wish, project, n, generator, np.flatnonzero(scores >= threshold))


def audited(
    wish: Wish, project: Project, n: int, generator: np.random.Generator, frame: NDArray[np.int64]
) -> Outcome:
    scores, wrong = project[0][frame], project[1][frame]
    drawn = generator.permutation(len(frame))[:n]
    found = accept(wish, scores, np.zeros(len(frame), int), drawn, 1.0 - wrong[drawn])
    (part,) = found.parts
    reached = found.mask.sum() + (part.audited if found.mask.any() else 0)
    return Outcome(
        reached / ITEMS, bool(found.mask.any() and wrong[found.mask].mean() > wish.alpha)
    )


def plug_in(wish: Wish, project: Project, n: int, generator: np.random.Generator) -> Outcome:
    scores, wrong = project
    drawn = np.zeros(ITEMS, bool)
    drawn[generator.permutation(ITEMS)[:n]] = True
    parts = nested(scores, drawn, wrong)
    fits = np.flatnonzero(parts.wrong <= wish.alpha * parts.drawn)
    if not len(fits):
        return Outcome(0.0, broken=False)
    mask = scores >= parts.thresholds[fits[-1]]
    unseen = mask & ~drawn
    return Outcome(mask.mean(), bool(unseen.any() and wrong[unseen].mean() > wish.alpha))


WAYS: dict[str, Way] = {
    "whole frame": whole_frame,
    "hopeful frame": hopeful_frame,
    "plug-in": plug_in,
}


if __name__ == "__main__":
    main()
