"""The CVAT server for tests as a process of its own: `python -m tests.cvat.serve [PORT]`.

It prints its address and how to log in; its users are those of `tests.cvat.jobs`.
"""

import sys
import threading

from tests.cvat.server import Server
from tests.cvat.state import PASSWORD, TOKEN


def main(port: int = 0) -> None:
    """Serve until the process is stopped."""
    server = Server(port).start()
    print(f"{server.url} PRELABEL_CVAT_TOKEN={TOKEN} PRELABEL_CVAT_PASSWORD={PASSWORD}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
