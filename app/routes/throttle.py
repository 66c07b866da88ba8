"""A brake on guessing passwords: who has failed too often must wait before the next try."""

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW = 900.0  # seconds in which failures count
PAIR_LIMIT, ADDRESS_LIMIT, NAME_LIMIT = 5, 50, 100
MOST_KEYS = 20_000

_Key = tuple[str, str]


class Throttle:
    """Counts failed tries by address and name, by address, and by name.

    A name alone has a wide limit, so that nobody can lock a colleague out from one address.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[_Key, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str, name: str) -> float:
        """Return how many seconds somebody must wait before the next try; 0: none."""
        with self._lock:
            waits = [self._wait(key, limit) for key, limit in _keys(address, name)]
        return max(waits)

    def begin(self, address: str, name: str) -> None:
        """Count a try as failed until ``succeed`` says otherwise: tries in parallel count too."""
        now = self._clock()
        with self._lock:
            if len(self._failures) >= MOST_KEYS:
                self._forget_old(now)
            for key, limit in _keys(address, name):
                self._failures.setdefault(key, deque(maxlen=limit)).append(now)

    def succeed(self, address: str, name: str) -> None:
        """Forget the failures of a person at an address, and the last try everywhere else."""
        with self._lock:
            pair, *others = (key for key, _ in _keys(address, name))
            self._failures.pop(pair, None)
            for key in others:
                if self._failures.get(key):
                    self._failures[key].pop()

    def _wait(self, key: _Key, limit: int) -> float:
        failures = self._failures.get(key)
        if failures is None or len(failures) < limit:
            return 0.0
        return max(0.0, failures[0] + WINDOW - self._clock())

    def _forget_old(self, now: float) -> None:
        self._failures = {
            key: times for key, times in self._failures.items() if times[-1] + WINDOW > now
        }
        while len(self._failures) >= MOST_KEYS:
            self._failures.pop(next(iter(self._failures)))


def _keys(address: str, name: str) -> tuple[tuple[_Key, int], ...]:
    network = _network(address)
    return (
        ((network, name), PAIR_LIMIT),
        ((network, ""), ADDRESS_LIMIT),
        (("", name), NAME_LIMIT),
    )


def _network(address: str) -> str:
    """Return the address, or the /64 around an IPv6 one: its owner has all of them."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((int(ip), 64), strict=False))
