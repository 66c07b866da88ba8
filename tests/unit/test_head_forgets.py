"""A stored head that holds pictures as such forgets one of them; others are left as they are."""

import numpy as np
from numpy.testing import assert_allclose

from labeling.heads.linear import ZeroShotHead
from labeling.heads.storage import dump, forget, load
from labeling.heads.tip_adapter import TipAdapterHead


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    rows = rng.normal(size=(count, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_tip_adapter_votes_as_if_it_had_never_seen_the_picture() -> None:
    rng = np.random.default_rng(3)
    X, y = unit(rng, 12), np.arange(12) % 3
    head = TipAdapterHead(unit(rng, 3), 10.0).fit(X, y)
    head.alpha_, head.beta_ = 3.0, 5.5
    stored = dump(head)
    data = forget(stored, X[4].astype(np.float16).astype(np.float32))
    assert data is not None
    left = load(data)
    assert not left.keys_[4].any()
    assert not left.votes_[4].any()
    without = load(stored)
    without.keys_, without.votes_ = np.delete(head.keys_, 4, 0), np.delete(head.votes_, 4, 0)
    others = unit(rng, 5)
    assert_allclose(left.logits(others), without.logits(others), rtol=1e-5)
    assert forget(data, X[4]) is None


def test_what_holds_no_picture_is_left_alone() -> None:
    rng = np.random.default_rng(3)
    X, y = unit(rng, 12), np.arange(12) % 3
    assert forget(dump(ZeroShotHead(unit(rng, 3), 10.0).fit(X, y)), X[0]) is None
    head = TipAdapterHead(unit(rng, 3), 10.0).fit(X, y)
    assert forget(dump(head), unit(rng, 1)[0]) is None
    assert forget(dump(head), np.ones(5, np.float32)) is None
    assert forget(dump(head), np.zeros(8, np.float32)) is None
