"""Heads as bytes: an npz file of plain arrays and numbers, nothing that runs when it is read."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from labeling.heads.calibrated import CalibratedHead
from labeling.heads.generated import GeneratedHead
from labeling.heads.joined import JoinedHead
from labeling.heads.lda import LdaHead
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.heads.probe import MultiLabelProbeHead, ProbeHead
from labeling.heads.rare import SynthesisHead
from labeling.heads.shrinkage import Line
from labeling.heads.tip_adapter import TipAdapterHead
from labeling.heads.transductive import TransductiveHead
from labeling.heads.untaught import UntaughtHead, UntaughtMultiLabelHead

CLASSES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        CalibratedHead,
        GeneratedHead,
        JoinedHead,
        LdaHead,
        MultiLabelHead,
        MultiLabelProbeHead,
        ProbeHead,
        SynthesisHead,
        TipAdapterHead,
        TransductiveHead,
        UntaughtHead,
        UntaughtMultiLabelHead,
        ZeroShotHead,
    )
}
LINES = ("line_", "base_", "further_")
"""What heads learn as a `Line`."""
POOL = "pool"
"""Not stored: the unlabelled pictures that a head was fitted with, which it needs no more."""
SAME = 1 - 1e-5
"""Cosine from which on a key is the vector of a picture, or one that can't be told from it."""


def dump(head: Any) -> bytes:
    """Return a head, taught or not, as an npz file; the same head gives the same bytes.

    Args:
        head: one of `candidates.candidates`, or the head it came from.
    """
    parameters = head.get_params(deep=False)
    parameters.pop(POOL, None)
    learned = {name: value for name, value in vars(head).items() if name.endswith("_")}
    lines = {name: learned.pop(name, None) for name in LINES}
    arrays: dict[str, Any] = {
        f"parameter.{n}": v for n, v in parameters.items() if isinstance(v, np.ndarray)
    }
    arrays |= {f"learned.{n}": v for n, v in learned.items() if isinstance(v, np.ndarray)}
    for name, line in lines.items():
        if line is not None:
            arrays |= {f"{_key(name)}weights": line.weights}
            arrays |= {f"{_key(name)}intercept": line.intercept}
    plain = {
        "class": type(head).__name__,
        "parameters": _plain(parameters),
        "learned": _plain(learned),
    }
    file = io.BytesIO()
    np.savez(file, plain=np.array(json.dumps(plain, sort_keys=True)), **arrays)
    return file.getvalue()


def load(data: bytes) -> Any:
    """Return the head that `dump` wrote; it predicts exactly the same.

    Raises:
        ValueError: the bytes are no head.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        plain = json.loads(str(arrays.pop("plain")))
        head = CLASSES[plain["class"]](**plain["parameters"] | _part(arrays, "parameter."))
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"these bytes are no stored head: {error}") from error
    for name, value in (plain["learned"] | _part(arrays, "learned.")).items():
        setattr(head, name, value)
    for name in LINES:
        line = _part(arrays, _key(name))
        if line:
            setattr(head, name, Line(**line))
    return head


def forget(data: bytes, vector: np.ndarray) -> bytes | None:
    """Return a stored head without a picture that it holds as such; None where it holds it not.

    Heads whose labelled pictures vote keep the vectors of these, each with its votes; both become
    zeros, so that the picture votes for nothing any more. What other heads hold is fitted to all
    pictures.

    Args:
        data: what `dump` wrote.
        vector: of the picture [d], under the texts' model.

    Raises:
        ValueError: the bytes are no head.
    """
    head = load(data)
    keys = getattr(head, "keys_", None)
    length = float(np.linalg.norm(vector))
    if keys is None or keys.shape[1] != len(vector) or length == 0:
        return None
    held = keys @ (vector / length).astype(keys.dtype) > SAME
    if not held.any():
        return None
    head.keys_, head.votes_ = keys.copy(), head.votes_.copy()
    head.keys_[held], head.votes_[held] = 0, 0
    return dump(head)


def _key(name: str) -> str:
    """The beginning of the names under which a `Line` is stored."""
    return f"{name.removesuffix('_')}."


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in values.items()
        if not isinstance(value, np.ndarray)
    }


def _part(arrays: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
