"""FiftyOne's FiftyOneDataset: ``samples.json`` with every field of each sample.

Of its fields of whole pictures (Classification, Classifications) one has the labels:
``ground_truth``, or the only one there is. A label with a confidence is a model's.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labeling.errors import InputError
from labeling.importers.base import LabelRow, answer_or_silence, facts_in, split_of
from labeling.importers.fields import as_kind, mapping_in, required
from labeling.importers.source import LabelSource

TRUTH = "ground_truth"
ONE, SEVERAL = "Classification", "Classifications"
BY_MODEL = "proposed"


def is_samples(document: Any) -> bool:
    """Whether a document is that of a FiftyOneDataset."""
    return isinstance(document, dict) and isinstance(document.get("samples"), list)


def sample_rows(source: LabelSource, path: Path) -> Iterator[LabelRow]:
    """A row for each sample; one that lies beside the file is known by its bytes.

    Raises:
        InputError: a sample has no path, or it can't be told which field has the labels.
    """
    samples = source.json(path)["samples"]
    field = _field(samples, path)
    for number, sample in enumerate(samples, 1):
        where = f"sample {number} of {path.name}"
        name = required(sample, "filepath", str, where)
        given = [as_kind(one, dict, where) for one in _labels(mapping_in(sample, field))]
        tags = sample.get("tags")
        confidence = next((x for one in given if (x := one.get("confidence")) is not None), None)
        yield LabelRow(
            number,
            where,
            (name,),
            answer_or_silence(required(one, "label", str, where) for one in given),
            sha256=source.sha256(path.parent / name),
            split=split_of(filter(_is_text, tags)) if isinstance(tags, list) else None,
            state=None if confidence is None else BY_MODEL,
            facts=facts_in({"score": confidence}),
        )


def _field(samples: list[Any], path: Path) -> str:
    """The field that has the labels."""
    found = {
        name: None
        for sample in samples
        if isinstance(sample, dict)
        for name, value in sample.items()
        if isinstance(value, dict) and value.get("_cls") in (ONE, SEVERAL)
    }
    if TRUTH in found or len(found) == 1:
        return TRUTH if TRUTH in found else next(iter(found))
    if not found:
        raise InputError(f"{path} has no field of the kind {ONE} or {SEVERAL}")
    fix = f"Export the one with the labels, or call it {TRUTH}."
    raise InputError(f"{path} has labels in {', '.join(found)}", fix)


def _labels(value: Mapping[str, Any]) -> list[Any]:
    if value.get("_cls") == SEVERAL:
        several = value.get("classifications")
        return several if isinstance(several, list) else []
    return [value] if value else []


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
