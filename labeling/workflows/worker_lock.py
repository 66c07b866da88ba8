"""One worker a home: only it may append to embedding files."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from labeling.errors import BusyError
from labeling.settings import Settings


@contextmanager
def worker_lock(settings: Settings) -> Iterator[None]:
    """Hold the lock that only one worker of a home can hold; the kernel frees it when it dies.

    Raises:
        BusyError: a worker is alive.
    """
    with _lock_file(settings).open("ab") as file:
        if not _try_lock(file):
            raise BusyError(f"another worker is at work in {settings.root}")
        yield


def worker_is_alive(settings: Settings) -> bool:
    """Whether some process works on the jobs of this home."""
    path = _lock_file(settings)
    if not path.exists():
        return False
    with path.open("ab") as file:
        return not _try_lock(file, shared=True)


def _lock_file(settings: Settings) -> Path:
    return settings.root / "worker.lock"


def _try_lock(file: BinaryIO, *, shared: bool = False) -> bool:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
