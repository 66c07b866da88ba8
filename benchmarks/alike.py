"""Which cosine means that two pictures look alike: groups of the samples against their truth.

``python -m benchmarks.alike``

By threshold: groups of two and more pictures, how many pictures they hold, the largest, the share
of pairs within groups whose labels are the same, and how many of the near-duplicates that were put
into the sample share a group.
"""

import csv
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from labeling.encoders.embedded.training.evaluate import EMBEDDED_MODEL, LoadedModel
from labeling.images.alike import AlikeGroups, Close
from labeling.samples.catalogue import Sample, load
from labeling.samples.measure import Encoded
from labeling.search import close_pairs
from labeling.workflows.alike import NEIGHBOURS

SAMPLES = ("digits", "shapes", "drawings")
THRESHOLDS = (0.9, 0.95, 0.97, 0.98, 0.99, 0.995)
REPEATS = "near duplicate of "


def main() -> None:
    """Print the table as Markdown."""
    model = LoadedModel.from_folder(EMBEDDED_MODEL)
    print("| sample | cosine from | groups | pictures | largest | same label | repeats found |")
    print("|---|---|---|---|---|---|---|")
    for name in SAMPLES:
        sample = load(name)
        encoded = Encoded.of(sample, model)
        lengths = np.linalg.norm(encoded.vectors, axis=1, keepdims=True)
        vectors = (encoded.vectors / lengths).astype(np.float32)
        repeats = _repeats(sample, encoded.paths)
        for threshold in THRESHOLDS:
            groups = _groups(vectors, threshold)
            print(f"| {name} | {threshold:g} | {_told(groups, encoded.labels, repeats)} |")


def _groups(vectors: np.ndarray, threshold: float) -> list[list[int]]:
    groups = AlikeGroups(vectors, [None] * len(vectors), threshold)
    found: list[Close] = []
    for block in close_pairs(vectors, np.arange(len(vectors)), threshold, NEIGHBOURS):
        found += [Close(*pair) for pair in block]
    groups.grow(found)
    return groups.found()


def _told(
    groups: Sequence[Sequence[int]],
    labels: Sequence[tuple[str, ...]],
    repeats: set[tuple[int, int]],
) -> str:
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    same = sum(labels[one] == labels[other] for one, other in pairs)
    precision = f"{same / len(pairs):.1%} of {len(pairs):,}" if pairs else "–"
    hit = f"{len(repeats & set(pairs))} of {len(repeats)}" if repeats else "–"
    sizes = [len(group) for group in groups]
    return f"{len(groups)} | {sum(sizes)} | {max(sizes, default=0)} | {precision} | {hit}"


def _repeats(sample: Sample, paths: Sequence[str]) -> set[tuple[int, int]]:
    """Pairs of pictures, by number, of which one was made of the other."""
    number = {path: place for place, path in enumerate(paths)}
    with (sample.pictures.parent / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["remark"].startswith(REPEATS)]
    pairs = [(number[row["image"]], number[row["remark"].removeprefix(REPEATS)]) for row in rows]
    return {(min(pair), max(pair)) for pair in pairs}


if __name__ == "__main__":
    main()
