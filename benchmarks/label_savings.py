"""Labels until a whole simulated set is 90, 95 and 98 % right: policies against random order.

``python -m benchmarks.label_savings [--out FOLDER] [--full] [--sets NAME …]``

The sets and their generators stand in ``benchmarks/simulated_sets.py``. A set is as right as the
labels given so far and the head's answers for all other pictures. Labels come in batches of 20,
picked through modAL, with a refit after each:

- auto: the default policy, and the kind of head that is preferred ("transductive")
- random: random order, and the same head
- plain: random order, and logistic regression shrunk to zero-shot, the head of earlier trials
- queue: the default as a project has it: a tenth of each batch is drawn at random, and the kind of
  head is chosen every 100 labels by log-loss on those
- lda: the policy ``auto``, and the preferred head without its look at unlabelled pictures
- least_confidence, margin, entropy (with ``--full``): other policies, the preferred head
- linear, probe (with ``--full``): the policy ``auto`` with logistic regression shrunk to zero-shot,
  and with a probe that knows no texts: what a misleading prior costs, and what it gives

Beside it: how many random labels it takes until `labeling.heads.separability` says whether the
features tell the classes apart, and what it says.

Means over seeds (5, or 2 without ``--full``; ``--seeds``) with 95 % Student t intervals; a ratio is
random's labels over a way's, seed by seed. Wanted are the labels and the ratios of earlier trials,
whose random order had the plain head. Ways that need more labels than random are listed as such.
"""

import argparse
from typing import Any

import numpy as np
from scipy.stats import t as student

from benchmarks.labelling import (
    CONTROL_SHARE,
    TARGETS,
    chosen_kind,
    labels_needed,
    one_kind,
    random_labels_needed,
)
from benchmarks.report import Figure, parser, publish
from benchmarks.simulated_sets import SETS, SimulatedSet
from labeling.heads.candidates import TRANSDUCTIVE, candidates
from labeling.heads.separability import JUDGES, separability

SEEDS = {False: 2, True: 5}
WAYS = {
    False: ["random", "plain", "auto", "lda", "queue"],
    True: [
        "random", "plain", "auto", "lda", "queue",
        "least_confidence", "margin", "entropy", "linear", "probe",
    ],
}  # fmt: skip
HEADS = {"plain": "linear", "lda": "lda", "linear": "linear", "probe": "probe"}
"""Kinds of head, where a way has not the preferred one."""
AT_RANDOM = ("random", "plain")
CHECKED = (20, 40, 60, 80, 100, 150, 200, 300, 400)
SLOW = {"linear": 3000, "probe": 3000, "queue": 4000}
"""Ways that are left out of sets with more pictures."""
FAST_SETS = ["clip_50", "raw_digits", "digits_model", "junk_texts"]
WANTED = {
    "clip_50": ((614, 1391, 2560), (200, 354, 580)),
    "clip_100": ((532, 1824, 3549), (200, 400, 707)),
    "raw_digits": ((120, 293, 682), (60, 100, 173)),
    "digits_model": ((576, 888, 1158), (270, 410, 604)),
}
"""What earlier trials reached to 90, 95 and 98 %: random order, and the default."""


def main() -> None:
    arguments = read_arguments()
    ways = arguments.ways or WAYS[arguments.full]
    seeds = arguments.seeds or SEEDS[arguments.full]
    figures: list[Figure] = []
    details: dict[str, Any] = {"seeds": seeds, "sets": {}}
    for name in arguments.sets or (list(SETS) if arguments.full else FAST_SETS):
        found = measured(name, ways, seeds)
        told = [first_told(name, seed) for seed in range(seeds)]
        figures += [*figures_of(name, found), when_told(name, told)]
        details["sets"][name] = {way: summary(counts) for way, counts in found.items()} | {
            "lose_to_random": losing(found),
            "separability": told,
        }
        publish("label_savings", arguments.out, figures, details)


def read_arguments() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--sets", nargs="+", choices=list(SETS), metavar="NAME")
    made.add_argument("--ways", nargs="+", choices=WAYS[True], metavar="NAME")
    made.add_argument("--seeds", type=int, help="how many, from 0")
    return made.parse_args()


def measured(name: str, ways: list[str], seeds: int) -> dict[str, np.ndarray]:
    """Labels to each target, [seeds, targets], by way."""
    found: dict[str, list[list[int]]] = {}
    for seed in range(seeds):
        data = SETS[name](seed)
        for way in ways:
            if len(data.truth) <= SLOW.get(way, len(data.truth)):
                found.setdefault(way, []).append(needed(data, way, seed))
    return {way: np.array(counts) for way, counts in found.items()}


def needed(data: SimulatedSet, way: str, seed: int) -> list[int]:
    """Labels to each target by one way."""
    if way == "queue":
        return labels_needed(data, *chosen_kind(data, seed), "auto", CONTROL_SHARE, seed)
    head, teach = one_kind(data, HEADS.get(way, TRANSDUCTIVE))
    if way in AT_RANDOM:
        return random_labels_needed(data, teach, seed)
    return labels_needed(data, head, teach, "auto" if way in HEADS else way, 0.0, seed)


def first_told(name: str, seed: int) -> tuple[int, str]:
    """Random labels at the first verdict on the features, and the verdict."""
    data = SETS[name](seed)
    order = np.random.default_rng(seed).permutation(len(data.truth))
    every = candidates(data.zero_shot, data.pool)
    kinds = {kind: every[kind] for kind in JUDGES}
    for labels in CHECKED:
        rows = order[:labels]
        found = separability(kinds, data.vectors[rows], data.truth[rows], np.ones(labels, bool))
        if found.verdict != "unknown":
            return labels, found.verdict
    return CHECKED[-1], "unknown"


def when_told(name: str, told: list[tuple[int, str]]) -> Figure:
    """Mean labels until the verdict, which all seeds should share."""
    verdicts = " / ".join(sorted({verdict.replace("_", " ") for _, verdict in told}))
    labels = float(np.mean([labels for labels, _ in told]))
    return Figure(f"{name}: random labels until told: {verdicts}", labels, unit="")


def summary(counts: np.ndarray) -> dict[str, Any]:
    """Mean labels to each target with their interval."""
    return {
        f"{target:.2f}": dict(zip(("mean", "low", "high"), interval(column), strict=True))
        for target, column in zip(TARGETS, counts.T, strict=True)
    } | {"by_seed": counts.tolist()}


def interval(values: np.ndarray, least: float = 0.0) -> tuple[float, float | None, float | None]:
    """Mean and 95 % t interval of values that are not below ``least``."""
    mean = float(values.mean())
    if len(values) < 2:
        return mean, None, None
    half = float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, max(least, mean - half), mean + half


def figures_of(name: str, found: dict[str, np.ndarray]) -> list[Figure]:
    """The default's labels beside those of trials, and random's labels over those of each way."""
    made = []
    for number, target in enumerate(TARGETS):
        before, reached = (column[number] for column in WANTED.get(name, ((0,) * 3, (0,) * 3)))
        if "auto" in found:
            mean, low, high = interval(found["auto"][:, number])
            what = f"{name} {target:.0%}: labels by auto{spread(low, high, 0)}"
            made.append(Figure(what, mean, f"<= {reached}" if reached else None, ""))
        for at_random in (way for way in AT_RANDOM if way in found):
            for way in (way for way in found if way not in AT_RANDOM):
                own, theirs = found[way][:, number], found[at_random][:, number]
                mean, low, high = interval(theirs / np.maximum(own, 1))
                what = f"{name} {target:.0%}: {at_random} {theirs.mean():.0f} / {way} "
                what += f"{own.mean():.0f}{spread(low, high, 1)}"
                wanted = f">= {before / reached:.2f}" if reached and way == "auto" else None
                made.append(Figure(what, mean, wanted))
    return made


def spread(low: float | None, high: float | None, digits: int) -> str:
    """An interval as text; nothing where there is none."""
    return "" if low is None else f" [{low:.{digits}f}, {high:.{digits}f}]"


def losing(found: dict[str, np.ndarray]) -> list[str]:
    """Ways and targets where random order needs fewer labels on average, with the same head."""
    means = {way: counts.mean(axis=0) for way, counts in found.items()}
    same_head = {way: "random" for way in found if way not in (*HEADS, *AT_RANDOM)}
    same_head |= {"linear": "plain"} if "linear" in found else {}
    pairs = [(way, order) for way, order in same_head.items() if order in found]
    return [
        f"{way} to {target:.0%}: {means[way][number]:.0f} against {means[order][number]:.0f}"
        for way, order in pairs
        for number, target in enumerate(TARGETS)
        if means[way][number] > means[order][number]
    ]


if __name__ == "__main__":
    main()
