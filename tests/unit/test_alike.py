"""Groups of vectors: any two of a group are close, whatever order they come in."""

import numpy as np
import pytest

from labeling.images.alike import AlikeGroups, Close, method
from labeling.search import close_pairs
from labeling.splits import Member, joined, place


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def grouped(vectors: np.ndarray, threshold: float, parts=None, new=None) -> list[list[int]]:
    groups = AlikeGroups(vectors, parts or [None] * len(vectors), threshold)
    asked = np.arange(len(vectors)) if new is None else np.array(new)
    for block in close_pairs(vectors, asked, threshold, 10):
        groups.grow(Close(*pair) for pair in block)
    return groups.found()


def test_a_chain_is_no_group() -> None:
    ten = float(np.cos(np.radians(10.5)))
    assert grouped(at(0, 10, 20, 30), ten) == [[0, 1], [2, 3]]
    assert grouped(at(0, 4, 8, 90), ten) == [[0, 1, 2]]


@pytest.mark.parametrize("seed", range(3))
def test_any_two_of_a_group_are_close_and_nothing_close_stands_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, 16))
    vectors = np.repeat(centres, 5, axis=0) + rng.normal(0, 0.05, size=(100, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    found = grouped(vectors, 0.99)
    alone = set(range(100)) - {number for group in found for number in group}
    for group in found:
        assert (vectors[group] @ vectors[group].T).min() >= 0.99
    cosines = vectors @ vectors.T - np.eye(100)
    assert all(cosines[one, list(alone)].max() < 0.99 for one in alone)


def test_groups_grow_by_what_is_new_and_keep_their_members() -> None:
    vectors = at(0, 3, 60, 6, 61)
    found = grouped(vectors, 0.99, ["a", "a", None, None, None], new=[3, 4])
    assert found == [[0, 1, 3], [2, 4]]


def test_a_pool_without_new_rows_is_not_searched() -> None:
    assert list(close_pairs(at(0, 1), np.array([], dtype=np.intp), 0.9, 5)) == []


def test_the_method_fits_its_column() -> None:
    assert len(method(0.9875, "f" * 64)) <= 40
    assert method(0.99, "f" * 64) != method(0.99, "e" * 64)


def test_splits_keep_groups_of_either_kind_whole() -> None:
    parts = {"a": ("s1", None), "b": ("s1", "l1"), "c": (None, "l1"), "d": (None, "l2"),
             "e": ("s2", "l2"), "f": (None, None)}  # fmt: skip
    groups = joined(parts)
    assert groups["a"] == groups["b"] == groups["c"] != groups["d"] == groups["e"]
    assert "f" not in groups
    for seed in range(20):
        members = [Member(one, "cat", groups.get(one)) for one in parts]
        split = place(members, {"train": 0.5, "test": 0.5}, seed)
        assert split["a"] == split["b"] == split["c"]
        assert split["d"] == split["e"]
