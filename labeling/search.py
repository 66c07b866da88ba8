"""Nearest pictures by cosine similarity, with faiss: exact up to 200,000, by cells above."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

EXACT = 200_000
"""Vectors up to which every one is compared."""
CELLS_PER_ROOT = 4
PROBED = 1 / 16
"""Share of the cells that is looked into (Jégou, Douze and Schmid, TPAMI 2011)."""
TRAINING_PER_CELL = 50
AT_ONCE = 1_000_000_000
"""Products of one block of queries in `close_pairs`: well below a second."""

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
    return _search(_index(np.ascontiguousarray(pool, dtype=np.float32)), queries, k)


def close_pairs(
    pool: Floats, new: NDArray[np.intp], threshold: float, k: int
) -> Iterator[list[tuple[int, int, float]]]:
    """Find, for some rows of a pool, those of their k nearest that are at least so similar.

    Args:
        pool: vectors [n, d], rows of length 1.
        new: the rows that are asked of.
        threshold: the least cosine.
        k: neighbours of each row that are looked at.

    Yields:
        (row, row, cosine) of each pair that a block of rows has, the lower row first; the caller
        may rest between blocks. A pair may come twice.
    """
    if not len(new):
        return
    index = _index(np.ascontiguousarray(pool, dtype=np.float32))
    step = max(1, AT_ONCE // pool.size)
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


def _search(index, queries: Floats, k: int):  # type: ignore[no-untyped-def]  # faiss has no types
    similarity, rows = index.search(np.ascontiguousarray(queries, dtype=np.float32), k)
    return rows, np.where(rows < 0, -np.inf, similarity).astype(np.float32)


def _index(pool: Floats):  # type: ignore[no-untyped-def]  # faiss has no types
    import faiss

    flat = faiss.IndexFlatIP(pool.shape[1])
    if len(pool) <= EXACT:
        flat.add(pool)
        return flat
    cells = int(CELLS_PER_ROOT * np.sqrt(len(pool)))
    index = faiss.IndexIVFFlat(flat, pool.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    some = np.random.default_rng(0).choice(len(pool), min(len(pool), TRAINING_PER_CELL * cells))
    index.train(pool[some])
    index.add(pool)
    index.nprobe = max(1, int(cells * PROBED))
    return index
