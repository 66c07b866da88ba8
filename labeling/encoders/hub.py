"""Files on the Hugging Face hub: the cache first, then a short question, then the download."""

import fnmatch
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

PROBE_SECONDS = 2.5
ETAG_SECONDS = 4.0


class HubError(Exception):
    """The hub can't give what was asked; the message says why. ``shelf`` maps it."""


def endpoint() -> str:
    """Address of the hub, ``HF_ENDPOINT`` honoured."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def cache_dir() -> Path:
    """The Hugging Face cache, ``HF_HUB_CACHE`` and ``HF_HOME`` honoured at every call."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return Path(cache)
    cache_home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("HF_HOME", f"{cache_home}/huggingface")
    return Path(home).expanduser() / "hub"


def cached(repo: str, patterns: Sequence[str]) -> Path | None:
    """The newest snapshot folder of a repository that has a file for each pattern.

    Args:
        repo: "org/name".
        patterns: file names, wildcards allowed; "a|b" asks for one of the two.
    """
    snapshots = cache_dir() / f"models--{repo.replace('/', '--')}" / "snapshots"
    if not snapshots.is_dir():
        return None
    newest_first = sorted(snapshots.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    return next((folder for folder in newest_first if has_all(folder, patterns)), None)


def has_all(folder: Path, patterns: Sequence[str]) -> bool:
    """Whether a folder has a readable file for each pattern ("a|b": for one of the two)."""
    names = {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    return all(
        any(fnmatch.filter(names, choice) for choice in pattern.split("|")) for pattern in patterns
    )


def unreachable(url: str) -> str | None:
    """Why an address can't be reached, or None when it answers; within ``PROBE_SECONDS``.

    Proxies of the environment are honoured. A thread of its own bounds what a socket's timeout
    leaves unbounded: name resolution and a proxy that answers drop by drop.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return "HF_HUB_OFFLINE is set"
    answer: list[str | None] = []
    thread = threading.Thread(target=lambda: answer.append(_ask(url)), daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return answer[0] if answer else f"no answer within {PROBE_SECONDS:g} s"


def _ask(url: str) -> str | None:
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        refused = error.code in {403, 407} or error.code >= 500
        return f"it answers {error.code} {error.reason}" if refused else None
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, ValueError) as error:
        return str(error)


def fetch(repo: str, patterns: Sequence[str]) -> Path:
    """Download the files of a repository into the cache and return their snapshot folder.

    Raises:
        HubError: a file is missing there, or the connection fails.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        names = HfApi(endpoint=endpoint()).list_repo_files(repo)
        wanted = [_best(pattern, names, repo) for pattern in patterns]
        folder = snapshot_download(
            repo,
            allow_patterns=wanted,
            cache_dir=cache_dir(),
            endpoint=endpoint(),
            etag_timeout=ETAG_SECONDS,
        )
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise HubError(str(error).strip().splitlines()[0]) from error
    return Path(folder)


def _best(pattern: str, names: Sequence[str], repo: str) -> str:
    for choice in pattern.split("|"):
        if fnmatch.filter(names, choice):
            return choice
    raise HubError(f"{repo} has no file {pattern.replace('|', ' or ')}")
