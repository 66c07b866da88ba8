"""The real server (and, where there is work for one, the real worker) on a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.server import MAIN

REPOSITORY = Path(__file__).parents[2]
STARTS_WITHIN = 60.0  # seconds
SERVE = """
import sys
from pathlib import Path
from app.server import serve
from labeling.settings import load_settings
serve(load_settings(), port=int(sys.argv[1]), main=Path(sys.argv[2]))
"""


class Server:
    """A server process over a home folder; ``kill`` and ``start`` again keep port and home.

    Args:
        home: the home folder; whatever the test prepared in it is served.
        log: where the process writes what it has to say.
        main: the Streamlit script to serve.
    """

    def __init__(self, home: Path, log: Path, main: Path = MAIN) -> None:
        self.home = home
        self.main = main
        self.port = free_port()
        self._log = log
        self._processes: list[subprocess.Popen] = []

    @property
    def url(self) -> str:
        """The address of the first page, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._processes[0].pid

    def start(self, *, worker: bool = False) -> None:
        """Start the server and wait until it answers."""
        self._run("-c", SERVE, str(self.port), str(self.main))
        if worker:
            self._run("-m", "app.worker")
        wait_for(self._answers, STARTS_WITHIN, lambda: self._log.read_text()[-4000:])

    def kill(self) -> None:
        """Kill every process as a power cut would (SIGKILL)."""
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes.clear()

    def _run(self, *arguments: str) -> None:
        environment = {
            **os.environ,
            "PRELABEL_HOME": str(self.home),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(REPOSITORY),
        }
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.home,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)

    def _answers(self) -> bool:
        dead = [process for process in self._processes if process.poll() is not None]
        assert not dead, self._log.read_text()[-4000:]
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(
    condition: Callable[[], object], seconds: float, explain: Callable[[], str] = str
) -> None:
    """Wait until ``condition`` holds; after ``seconds`` the test fails with ``explain``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {explain()}"
        time.sleep(0.05)
