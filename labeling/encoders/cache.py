"""Image embeddings on disk: one append-only file of 16-bit floats per model."""

import fcntl
import mmap
import os
from pathlib import Path
from types import TracebackType

import numpy as np

from labeling.errors import BusyError, EncoderError

_fdatasync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class EmbeddingStore:
    """Rows of float16 without a header; the database knows how many rows count and whose they are.

    A row is written once, and blanked where its picture is erased.

    Written rows become real when the database commits their number. Whatever lies behind that
    number at opening was written by a process that died before its commit, and the writer cuts it
    off. Readers never touch the file and may read while the writer appends.

    Args:
        path: the file; its folder is created by the writer.
        dim: numbers per row.
        committed: rows that the database knows.
        writer: whether this process appends; one at a time.

    Raises:
        BusyError: another process is the writer.
        EncoderError: the file holds fewer rows than the database knows.
    """

    def __init__(self, path: Path, dim: int, committed: int, writer: bool = False) -> None:
        self.path = path
        self.dim = dim
        self.rows = committed
        self._row_bytes = 2 * dim
        self._map: mmap.mmap | None = None
        self._file = self._open(writer)
        self._writer = writer
        try:
            self._check_length(committed)
        except BaseException:
            self.close()
            raise

    def append(self, vectors: np.ndarray) -> int:
        """Write rows behind the last one and flush them to the disk.

        Args:
            vectors: float [n, dim], finite, within ±65,504.

        Returns:
            The number of the first new row.
        """
        if not self._writer or self._file is None:
            raise ValueError("this store was opened for reading")
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ValueError(f"rows of {self.dim} numbers are wanted, not {vectors.shape}")
        halves = np.ascontiguousarray(vectors, dtype="<f2")
        if not np.isfinite(halves).all():
            raise ValueError("a vector is not finite in float16")
        first = self.rows
        _write_all(self._file, halves.tobytes(), first * self._row_bytes)
        _fdatasync(self._file)
        self.rows = first + len(halves)
        return first

    def blank(self, rows: np.ndarray) -> None:
        """Write zeros over rows whose pictures were erased, and flush them to the disk.

        Args:
            rows: int [n]; committed.
        """
        if not self._writer or self._file is None:
            raise ValueError("this store was opened for reading")
        for row in rows:
            _write_all(self._file, bytes(self._row_bytes), int(row) * self._row_bytes)
        _fdatasync(self._file)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read rows by number, in the order asked for: float32 [n, dim].

        Args:
            rows: int [n]; committed by now, also when that was after this store was opened.

        Raises:
            EncoderError: the file does not reach that far.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if not len(rows):
            return np.empty((0, self.dim), np.float32)
        if rows.min() < 0:
            raise ValueError("row numbers start at 0")
        return self._matrix(int(rows.max()) + 1)[rows].astype(np.float32)

    def close(self) -> None:
        """Let go of the file; a writer's place becomes free."""
        if self._map is not None:
            self._map.close()
            self._map = None
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @staticmethod
    def whole_rows(path: Path, dim: int) -> int:
        """How many rows a file holds; 0 where there is none."""
        return path.stat().st_size // (2 * dim) if path.exists() else 0

    def __enter__(self) -> "EmbeddingStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self, writer: bool) -> int | None:
        if not writer:
            return os.open(self.path, os.O_RDONLY) if self.path.exists() else None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            raise BusyError(
                f"Another process is writing embeddings to {self.path}",
                "Wait until it ends, or stop the other worker.",
            ) from error
        return file

    def _check_length(self, committed: int) -> None:
        there = self._length()
        if there < committed * self._row_bytes:
            raise self._too_short(committed)
        if self._writer and self._file is not None and there > committed * self._row_bytes:
            os.ftruncate(self._file, committed * self._row_bytes)
            _fdatasync(self._file)

    def _length(self) -> int:
        return os.fstat(self._file).st_size if self._file is not None else 0

    def _matrix(self, rows: int) -> np.ndarray:
        """The first rows of the file as a view, float16 [rows, dim]; maps it anew when it grew."""
        if self._file is None:
            self._file = self._open(writer=False)
        wanted = rows * self._row_bytes
        if self._map is None or len(self._map) < wanted:
            length = self._length()
            if self._file is None or length < wanted:
                raise self._too_short(rows)
            self._map = mmap.mmap(self._file, length, prot=mmap.PROT_READ)
        return np.frombuffer(self._map, "<f2", rows * self.dim).reshape(rows, self.dim)

    def _too_short(self, rows: int) -> EncoderError:
        there = self._length() // self._row_bytes
        return EncoderError(
            f"{self.path} holds {there} embeddings and the database knows of {rows}",
            "Restore the file from the same backup as the database, or delete it and pre-label "
            "again: every picture is then encoded afresh.",
        )


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written
