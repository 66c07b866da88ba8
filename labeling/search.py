"""Nearest pictures by cosine similarity, with faiss: exact where that is quick, else by cells.

By cells: the pool is divided by k-means, and of each query only the nearest cells are looked into
(Jégou, Douze and Schmid, Product quantization for nearest neighbor search, TPAMI 2011).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT = 200_000
"""Vectors up to which `nearest` compares every one."""
EXACT_PRODUCTS = 500_000_000_000
"""Products of numbers up to which `close_pairs` compares all: some seconds on two cores."""
CELLS_PER_ROOT = 2
"""Cells for each unit of the square root of the pool's size."""
PROBED = 1 / 16
"""Share of the cells that is looked into; of pairs with a cosine of 0.85 to 0.98 that compares 99.3
to 100 % (pixels of digits, activations of a small network), of closer ones all."""
TRAINING_PER_CELL = 50
AT_ONCE = 2_000_000_000
"""Products of one block in `close_pairs`, where that makes more than ``LEAST`` queries."""
LEAST = 1_024
"""Queries of a block at least: faiss multiplies matrices from some hundreds on, and is then ten
times as fast."""

Floats = NDArray[np.float32]


def nearest(pool: Floats, queries: Floats, k: int) -> tuple[NDArray[np.int64], Floats]:
    """Find the k most similar rows of a pool for each query.

    Args:
        pool: vectors [n, d], rows of length 1.
        queries: vectors [q, d], rows of length 1.
        k: how many, at most n are found.

    Returns:
        rows of the pool int64 [q, k] and their cosine float32 [q, k], most similar first; −1 and
        −inf where a search by cells found fewer.

    Raises:
        ValueError: the dimensions differ.
    """
    if pool.shape[1] != queries.shape[1]:
        raise ValueError(f"queries {queries.shape} do not fit the pool {pool.shape}")
    k = min(k, len(pool))
    if k == 0:
        return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
    return _search(_index(pool, exact=len(pool) <= EXACT), queries, k)


def pair_index(pool: Floats, asked: int) -> Any:
    """Return what `close_pairs` looks into; with cells, that may take a minute for a million.

    Args:
        pool: vectors [n, d], rows of length 1.
        asked: of how many rows it will be asked.
    """
    return _index(pool, exact=asked * pool.size <= EXACT_PRODUCTS)


def close_pairs(
    pool: Floats, new: NDArray[np.intp], threshold: float, k: int, index: Any = None
) -> Iterator[list[tuple[int, int, float]]]:
    """Find, for some rows of a pool, those of their k nearest that are at least so similar.

    Args:
        pool: vectors [n, d], rows of length 1.
        new: the rows that are asked of.
        threshold: the least cosine.
        k: neighbours of each row that are looked at.
        index: of the pool, by `pair_index`; None: it is made here.

    Yields:
        (row, row, cosine) of each pair that a block of rows has, the lower row first; the caller
        may rest between blocks. A pair may come twice.
    """
    if not len(new):
        return
    if index is None:
        index = pair_index(pool, len(new))
    step = max(LEAST, AT_ONCE // pool.size)
    for start in range(0, len(new), step):
        asked = new[start : start + step]
        rows, cosines = _search(index, pool[asked], min(k + 1, len(pool)))
        found = []
        for place, near in zip(*np.nonzero(cosines >= threshold), strict=True):
            one, other = int(asked[place]), int(rows[place, near])
            if one != other:
                pair = (min(one, other), max(one, other))
                found.append((*pair, float(cosines[place, near])))
        yield found


def _search(index: Any, queries: Floats, k: int) -> tuple[NDArray[np.int64], Floats]:
    similarity, rows = index.search(np.ascontiguousarray(queries, dtype=np.float32), k)
    return rows, np.where(rows < 0, -np.inf, similarity).astype(np.float32)


def _index(pool: Floats, *, exact: bool) -> Any:
    import faiss

    pool = np.ascontiguousarray(pool, dtype=np.float32)
    flat = faiss.IndexFlatIP(pool.shape[1])
    if exact:
        flat.add(pool)
        return flat
    cells = max(1, int(CELLS_PER_ROOT * np.sqrt(len(pool))))
    index = faiss.IndexIVFFlat(flat, pool.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    some = np.random.default_rng(0).choice(len(pool), min(len(pool), TRAINING_PER_CELL * cells))
    index.train(pool[some])
    index.add(pool)
    index.nprobe = max(1, int(cells * PROBED))
    return index
