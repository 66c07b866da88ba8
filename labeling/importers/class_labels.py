"""Names behind class numbers, as Hugging Face's ``datasets`` keeps them in a Parquet schema."""

import json
from collections.abc import Mapping
from typing import Any

from labeling.importers.fields import mapping_in

KEY = b"huggingface"


def class_labels(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Class names by column (in lower case), for columns of ``ClassLabel`` and lists of it."""
    try:
        told = json.loads(metadata.get(KEY, b"{}"))
    except ValueError:
        return {}
    features = mapping_in(mapping_in(told, "info"), "features") if isinstance(told, dict) else {}
    found = {name.lower(): _names(feature) for name, feature in features.items()}
    return {name: names for name, names in found.items() if names}


def _names(feature: Any) -> list[str]:
    if isinstance(feature, list) and feature:
        return _names(feature[0])
    if not isinstance(feature, dict):
        return []
    if feature.get("_type") == "ClassLabel":
        names = feature.get("names")
        return [str(name) for name in names] if isinstance(names, list) else []
    return _names(feature.get("feature"))
