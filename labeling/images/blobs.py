"""The pictures themselves, stored under their SHA-256."""

import re
import secrets
from pathlib import Path

import fsspec

from labeling.errors import NotFoundError

KINDS = ("original", "screen", "thumb")
"""What is kept of a picture; each kind has a folder of its own."""

_SHA = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """Bytes addressed by kind and the SHA-256 of the original picture.

    Layout: `ROOT/kind/ab/abcd…` (256 folders; with a second level, making folders took most of
    the time of a put). A blob appears whole or not at all, and never changes until it is removed.
    Threads and processes may share a store.

    Args:
        root: a local folder, or any URL that fsspec opens (`s3://bucket/prefix`).
    """

    def __init__(self, root: str) -> None:
        self._fs, path = fsspec.core.url_to_fs(root)
        self._root = path.rstrip("/")
        self._folder = Path(self._root) if "file" in self._fs.protocol else None

    def put(self, kind: str, sha: str, data: bytes) -> None:
        """Store bytes; does nothing if the blob is there already."""
        if self.exists(kind, sha):
            return
        if self._folder is None:
            self._fs.pipe_file(self._key(kind, sha), data)
        else:
            _write_whole(self._folder / self._name(kind, sha), data)

    def get(self, kind: str, sha: str) -> bytes:
        """Read a blob.

        Raises:
            NotFoundError: there is none.
        """
        try:
            if self._folder is not None:
                return (self._folder / self._name(kind, sha)).read_bytes()
            return bytes(self._fs.cat_file(self._key(kind, sha)))
        except FileNotFoundError as error:
            raise NotFoundError(f"No {kind} of picture {sha} is stored") from error

    def exists(self, kind: str, sha: str) -> bool:
        """Whether the blob is stored."""
        if self._folder is not None:
            return (self._folder / self._name(kind, sha)).exists()
        return bool(self._fs.exists(self._key(kind, sha)))

    def remove(self, kind: str, sha: str) -> None:
        """Remove a blob; does nothing if there is none."""
        try:
            if self._folder is not None:
                (self._folder / self._name(kind, sha)).unlink()
            else:
                self._fs.rm_file(self._key(kind, sha))
        except FileNotFoundError:
            pass

    def local_path(self, kind: str, sha: str) -> Path | None:
        """The blob as a file on this machine; None if the store is remote or has no such blob."""
        if self._folder is None or not self.exists(kind, sha):
            return None
        return self._folder / self._name(kind, sha)

    def _key(self, kind: str, sha: str) -> str:
        return f"{self._root}/{self._name(kind, sha)}"

    @staticmethod
    def _name(kind: str, sha: str) -> str:
        """Where a blob lies under the root; nothing but a checked digest becomes a path."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind of blob: {kind}")
        if not _SHA.fullmatch(sha):
            raise NotFoundError(f"{sha!r} is not the SHA-256 of a picture")
        return f"{kind}/{sha[:2]}/{sha}"


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file beside its place and rename it there, so that no reader sees half of it."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(6)}.part")
    try:
        try:
            part.write_bytes(data)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
