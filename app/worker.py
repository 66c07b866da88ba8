"""The worker: runs jobs, one committed chunk at a time, until it is told to stop.

It is a process of its own, so that torch and long computations never slow the server down. Killed
at any moment it goes on, at its next start, from the last committed chunk.
"""

import logging
import os
import signal
import time
from types import FrameType

from labeling.errors import BusyError
from labeling.settings import Settings, load_settings
from labeling.workflows.work import Runner
from labeling.workflows.worker_lock import worker_lock
from labeling.workspace import open_workspace

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
LOCK_SECONDS = 1.0


class _Stop:
    """Becomes true at the first SIGTERM or SIGINT, or when the parent process is gone."""

    def __init__(self, parent: int | None) -> None:
        self._parent = parent
        self._told = False
        signal.signal(signal.SIGTERM, self._tell)
        signal.signal(signal.SIGINT, self._tell)

    def __bool__(self) -> bool:
        orphaned = self._parent is not None and os.getppid() != self._parent
        return self._told or orphaned

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        self._told = True


def work(settings: Settings, parent: int | None = None) -> None:
    """Work until told to stop; wait while another worker holds the home or the database is busy.

    Args:
        settings: whose home it is.
        parent: stop when this process is no longer the parent (a server's own worker).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    stop, told = _Stop(parent), ""
    while not stop:
        try:
            with worker_lock(settings):
                _work_under_lock(settings, stop)
        except BusyError as error:
            if error.what != told:
                told = error.what
                logger.warning("waiting: %s", told)
            time.sleep(LOCK_SECONDS)


def _work_under_lock(settings: Settings, stop: _Stop) -> None:
    ws = open_workspace(settings)
    runner = Runner(ws)
    logger.info("worker %d is ready in %s", os.getpid(), settings.root)
    try:
        while not stop:
            if not runner.step():
                time.sleep(IDLE_SECONDS)
    finally:
        runner.close()
        ws.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    work(load_settings())
