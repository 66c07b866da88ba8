"""What few labels do to calibration: raw scores, temperature, isotonic, and what we choose.

``python -m benchmarks.calibration [--out FOLDER] [--full]``

20, 50, 100 and 500 labels drawn at random calibrate scores; the expected calibration error of the
best outcome (15 bins) is measured on 4,000 other pictures of the simulated sets, on the rest of the
sample `digits`. Simulated: 50 classes, logits with noise, truth drawn from the honest scores; the
raw scores are honest, twice as sure as they may be, or only 0.6 times. Means over 5 seeds (25 with
--full) with Student t intervals of 95 %.

"isotonic" is the usual one, a single curve from the best score to the share that is right;
"isotonic by class" and "beta by class" are those that Prelabel tries from 500 labels on.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.isotonic import IsotonicRegression

from benchmarks.encoded_sample import encoded_digits
from benchmarks.report import Figure, parser, publish
from labeling.scoring import calibrate
from labeling.scoring.calibrators import METHODS, PER_CLASS_FROM
from labeling.scoring.metrics import expected_calibration_error
from labeling.scoring.reliability import answers
from labeling.selection.simulation import mean_interval

LABELS = (20, 50, 100, PER_CLASS_FROM)
TEST = 4_000
CLASSES = 50
SURENESS = {"honest": 1.0, "too sure": 2.0, "too modest": 0.6}
SEEDS = {False: 5, True: 25}

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Scores(NamedTuple):
    """Probabilities float64 [n, k] and truth bool [n, k]."""

    shares: Floats
    holds: Bools

    def part(self, rows: NDArray[np.intp]) -> "Scores":
        """Those of some rows."""
        return Scores(self.shares[rows], self.holds[rows])


def main() -> None:
    arguments = parser(__doc__).parse_args()
    seeds = range(SEEDS[arguments.full])
    sets: dict[str, Callable[[int], Scores]] = {
        name: lambda seed, factor=factor: simulated(seed, factor)
        for name, factor in SURENESS.items()
    }
    X, y, head = encoded_digits()
    digits = Scores(head.predict_proba(X), calibrate.outcomes(y, head.classes_))
    sets["digits"] = lambda _seed: digits
    found = {name: measured(draw, seeds) for name, draw in sets.items()}
    chosen = {f"{name}, {n} labels": of["chosen"] for (name, n), of in flat(found).items()}
    details = {"seeds": len(seeds), "ece": as_json(found), "chosen": chosen}
    publish("calibration", arguments.out, figures(found), details)


def simulated(seed: int, factor: float) -> Scores:
    """Logits whose honest scores are right about 80 % of the time, made ``factor`` times surer."""
    rng = np.random.default_rng(seed)
    logits = 2.6 * rng.standard_normal((TEST + max(LABELS), CLASSES))
    honest = softmax(logits, axis=1)
    answer = (rng.random((len(logits), 1)) > honest.cumsum(axis=1)).sum(axis=1)
    holds = np.minimum(answer, CLASSES - 1)[:, None] == np.arange(CLASSES)
    return Scores(softmax(factor * logits, axis=1), holds)


def measured(draw: Callable[[int], Scores], seeds: range) -> dict[int, dict[str, Any]]:
    """ECE of each way by number of labels, a value for each seed; and what was chosen."""
    found: dict[int, dict[str, Any]] = {}
    for seed in seeds:
        scores = draw(seed)
        order = np.random.default_rng(seed).permutation(len(scores.shares))
        for n in LABELS:
            if n > len(order) / 2:
                continue
            own = found.setdefault(n, {"chosen": []})
            labelled, rest = scores.part(order[:n]), scores.part(order[n:][-TEST:])
            chosen = calibrate.fit(labelled.shares, labelled.holds, several=False)
            own["chosen"].append(chosen.method)
            for way, ece in errors(labelled, rest, chosen).items():
                own.setdefault(way, []).append(ece)
    return found


def errors(labelled: Scores, rest: Scores, chosen: calibrate.Calibration) -> Mapping[str, float]:
    """The ECE on the rest of each way to calibrate by what is labelled."""
    names = ["temperature"]
    if len(labelled.shares) >= PER_CLASS_FROM:
        names += ["beta", "isotonic"]
    calibrated = {"raw": rest.shares, "ours": calibrate.apply(chosen.parameters, rest.shares)}
    for name in names:
        parameters = METHODS[name].fit(labelled.shares, labelled.holds, False)
        label = name if name == "temperature" else f"{name} by class"
        calibrated[label] = METHODS[name].apply(parameters, rest.shares, False)
    found = {name: ece(Scores(shares, rest.holds)) for name, shares in calibrated.items()}
    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    curve.fit(*answers(labelled.shares, labelled.holds, several=False))
    score, right = answers(rest.shares, rest.holds, several=False)
    return found | {"isotonic": expected_calibration_error(curve.predict(score), right)}


def ece(scores: Scores) -> float:
    return expected_calibration_error(*answers(scores.shares, scores.holds, several=False))


def flat(found: Mapping[str, Mapping[int, Any]]) -> dict[tuple[str, int], Any]:
    return {(name, n): own for name, by_n in found.items() for n, own in by_n.items()}


def as_json(found: Mapping[str, Mapping[int, Any]]) -> dict[str, Any]:
    """Mean, low and high of each way."""
    return {
        f"{name}, {n} labels": {
            way: dict(zip(("mean", "low", "high"), mean_interval(values), strict=True))
            for way, values in own.items()
            if way != "chosen"
        }
        for (name, n), own in flat(found).items()
    }


def figures(found: Mapping[str, Mapping[int, Any]]) -> list[Figure]:
    made = []
    for (name, n), own in flat(found).items():
        mean = {way: float(np.mean(values)) for way, values in own.items() if way != "chosen"}
        what = f"{name}, {n} labels: ECE"
        if n < PER_CLASS_FROM:
            curve = mean["isotonic"] / mean["temperature"]
            made.append(Figure(f"{what} of isotonic / temperature", curve, ">= 1"))
        made.append(Figure(f"{what} of raw / ours", mean["raw"] / mean["ours"], ">= 1"))
    return made


if __name__ == "__main__":
    main()
