"""Files at a URL: `file:` on this machine, `s3:` through fsspec."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec

from labeling.errors import ImageRejected, RejectReason, SourceError
from labeling.images.decode import Limits, check_size

_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+):/")
_REMOTE = {"s3", "s3a"}


def scheme(name: str) -> str | None:
    """The scheme of a URL in lower case; None for a path (C:/… is a path)."""
    match = _URL.match(name)
    return match.group(1).lower() if match else None


def is_remote(name: str) -> bool:
    """Whether a name is a URL on a remote store that can be read."""
    return scheme(name) in _REMOTE


def local_path(name: str) -> Path | None:
    """The path that a plain name or a `file:` URL means; None for other URLs."""
    if scheme(name) == "file":
        return Path(unquote(urlsplit(name).path))
    return Path(name) if scheme(name) is None else None


def read_remote(url: str, limits: Limits) -> bytes:
    """Fetch one object, unless it is too large.

    Raises:
        ImageRejected: missing, unreadable, too_large, or unsupported without the extra `s3`.
    """
    try:
        fs, path = _open(url)
        check_size(int(fs.info(path)["size"] or 0), limits)
        return bytes(fs.cat_file(path))
    except (ImageRejected, SourceError):
        raise
    except FileNotFoundError as error:
        raise ImageRejected(RejectReason.MISSING, "no such object") from error
    except ImportError as error:
        detail = "reading s3: needs the extra: pip install 'prelabel[s3]'"
        raise ImageRejected(RejectReason.UNSUPPORTED, detail) from error
    except Exception as error:  # botocore has a tree of its own, which is not installed everywhere
        raise ImageRejected(RejectReason.UNREADABLE, str(error) or type(error).__name__) from error


def list_remote(url: str) -> Iterator[str]:
    """The URLs of all objects under a prefix, sorted; the URL itself if it is one object.

    Raises:
        SourceError: there is nothing, or the store does not answer.
    """
    try:
        fs, path = _open(url)
        found = sorted(fs.find(path))
    except ImportError as error:
        raise SourceError(f"{url} can't be read", "Install the extra: prelabel[s3]") from error
    except Exception as error:  # as in read_remote
        raise SourceError(f"{url} can't be listed: {error}", "Check address and keys") from error
    if not found:
        raise SourceError(f"Nothing is stored at {url}", "Check the bucket and the prefix")
    return (f"{scheme(url)}://{name}" for name in found)


def _open(url: str) -> tuple[Any, str]:
    return fsspec.core.url_to_fs(url)
