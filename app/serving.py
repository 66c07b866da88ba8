"""The server with its own worker beside it, in a process of its own that is kept alive."""

import logging
import os
import subprocess
import sys
import threading
import time

from app.worker import work
from labeling.settings import Settings, load_settings

logger = logging.getLogger(__name__)

RESTART_SECONDS = 2.0
CODE = "from app.serving import run_worker; run_worker()"


def serve_with_worker(
    settings: Settings, address: str, port: int, *, with_worker: bool = True
) -> None:
    """Serve until told to stop; the worker ends with the server."""
    from app.server import serve

    keeper = WorkerKeeper(settings) if with_worker else None
    if keeper:
        keeper.start()
    try:
        serve(settings, address, port)
    finally:
        if keeper:
            keeper.stop()


class WorkerKeeper:
    """Starts a worker process and starts it again whenever it dies."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start keeping a worker alive."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker and wait for it."""
        self._stopped.set()
        if self._process:
            self._process.terminate()
        self._thread.join(timeout=15)

    def _keep(self) -> None:
        while not self._stopped.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-c", CODE], env=os.environ | self._settings.as_environment()
            )
            code = self._process.wait()
            if not self._stopped.is_set():
                logger.warning("the worker ended with code %s and is started again", code)
                time.sleep(RESTART_SECONDS)


def run_worker() -> None:
    """Entry of the worker process: settings from its environment; ends when the server is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    work(load_settings(), parent=os.getppid())
