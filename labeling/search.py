"""Nearest pictures by cosine similarity, with faiss: exact up to 200,000, by cells above."""

import numpy as np
from numpy.typing import NDArray

EXACT = 200_000
"""Vectors up to which every one is compared."""
CELLS_PER_ROOT = 4
PROBED = 1 / 16
"""Share of the cells that is looked into (Jégou, Douze and Schmid, TPAMI 2011)."""
TRAINING_PER_CELL = 50

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
    index = _index(np.ascontiguousarray(pool, dtype=np.float32))
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
