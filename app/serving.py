"""The server with its own worker beside it, in a process of its own that is kept alive."""

import ipaddress
import logging
import os
import socket
import subprocess
import sys
import threading
import time

from app.worker import work
from labeling.errors import SettingsError
from labeling.settings import Settings, load_settings
from labeling.workflows import identities, logins
from labeling.workspace import open_workspace

logger = logging.getLogger(__name__)

RESTART_SECONDS = 2.0
CODE = "from app.serving import run_worker; run_worker()"


def serve_with_worker(
    settings: Settings, address: str, port: int, *, with_worker: bool = True
) -> None:
    """Serve until told to stop; the worker ends with the server.

    Raises:
        SettingsError: nobody has an account to tell people by and ``address`` is not a loopback
            one, the identity provider is not set up, or the port is taken.
        SchemaVersionError: the database belongs to another version.
    """
    from app.server import serve

    identities.require_usable(settings)
    workspace = open_workspace(settings)
    try:
        if not logins.are_asked(workspace):
            require_loopback(address)
    finally:
        workspace.close()
    require_free_port(address, port)

    keeper = WorkerKeeper(settings) if with_worker else None
    if keeper:
        keeper.start()
    try:
        serve(settings, address, port)
    finally:
        if keeper:
            keeper.stop()


def require_loopback(address: str) -> None:
    """Refuse to listen where others could reach a server without accounts.

    Raises:
        SettingsError: ``address`` is not a loopback one.
    """
    try:
        inside = ipaddress.ip_address(address).is_loopback
    except ValueError:
        inside = address == "localhost"
    if not inside:
        raise SettingsError(
            f"the server does not listen on {address}: without accounts, anybody who reaches it "
            "could decide and export",
            "Make accounts first (prelabel users add NAME --role admin), or use 127.0.0.1.",
        )


def require_free_port(address: str, port: int) -> None:
    """Refuse a port that another program listens on.

    Raises:
        SettingsError: the port is taken, or this user may not open it.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise SettingsError(
                f"port {port} can't be opened: {error.strerror}",
                f"Choose another one, such as --port {port + 1 if port < 65535 else 8502}.",
            ) from None


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
