"""What the policies save on the sample `digits`, against choosing pictures at random.

``python -m benchmarks.simulate_sample [--out FOLDER] [--full]``

Imports and pre-labels the sample, then runs the replay that `prelabel simulate` runs, with the
sample's truth as the annotator. Figures are labels that random choice needs over labels that a
policy needs until 90, 95 and 98 % of the dataset are right, means over the seeds; a target that
the proposals reach without any label has no ratio.
"""

from typing import Any

from benchmarks.homes import finish, fresh_home, workplace
from benchmarks.report import Figure, parser, publish
from labeling.samples.catalogue import load
from labeling.workflows import demo, simulate

SAMPLE = "digits"
POLICIES = ["auto", "margin", "entropy", "least_confidence", "random"]
SEEDS = {False: 3, True: 10}


def main() -> None:
    arguments = parser(__doc__).parse_args()
    seeds = SEEDS[arguments.full]
    with workplace() as work, fresh_home(work) as ws:
        for job in demo.add_sample(ws, SAMPLE):
            finish(ws, job)
        truth = str(load(SAMPLE).truth)
        result = finish(ws, simulate.enqueue(ws, SAMPLE, truth, POLICIES, seeds=seeds))
    curves = result["policies"]
    zero_shot = curves["random"]["curve"][0]["dataset_accuracy"]
    figures = [Figure("right without any label", 100 * zero_shot, unit="%"), *ratios(curves)]
    labels = {policy: curve["labels_to"] for policy, curve in curves.items()}
    details = {"items": result["items"], "seeds": seeds, "labels_to": labels, "curves": curves}
    publish("simulate_sample", arguments.out, figures, details)


def ratios(curves: dict[str, Any]) -> list[Figure]:
    made = []
    for target, at_random in curves["random"]["labels_to"].items():
        for policy in POLICIES[:-1]:
            needed = curves[policy]["labels_to"][target]
            if needed and at_random:
                what = f"labels to {target}: random ({at_random}) / {policy} ({needed})"
                made.append(Figure(what, at_random / needed))
    return made


if __name__ == "__main__":
    main()
