"""Exports appear whole or not at all: written beside their place, then renamed into it."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Literal, TypeVar

from labeling.errors import ExportError, PrelabelError
from labeling.exporters.rows import ExportRow, row_name

MANIFEST = "manifest.json"
WRITTEN_BY = "prelabel"

LinkMode = Literal["copy", "hardlink", "symlink"]
Closing = TypeVar("Closing", bound=AbstractContextManager)


class PictureMissing(Exception):  # noqa: N818 - says what is the case; the export decides
    """The original of an item is gone, or is no longer the picture that was imported."""


def remove_abandoned(out: Path) -> None:
    """Remove what killed exports to ``out`` left beside it; one that is at work stays."""
    Staging(out).remove_abandoned()


@contextmanager
def as_export_error(out: Path) -> Iterator[None]:
    """Turn what the file system refuses (rights, space, mount points) into an ExportError."""
    try:
        yield
    except OSError as error:
        raise ExportError(
            f"The export to {out} failed: {error.strerror or error} ({error.filename or out})",
            "Check space and rights, or choose another folder",
        ) from error


class Staging:
    """The folder an export is written to before it is shown.

    It is a hidden sibling of ``out``, locked while in use; `open` removes siblings that a killed
    process left behind.
    """

    def __init__(self, out: Path) -> None:
        self.out = Path(out).absolute()
        if not self.out.name:
            raise ExportError(f"{self.out} is no place for an export", "Choose a new folder")
        self._prefix = f".{self.out.name}.partial-"
        self.folder = self.out.with_name(self._prefix + secrets.token_hex(8))
        self._files: list[dict[str, Any]] = []
        self._lock: int | None = None
        self._open = ExitStack()

    def open(self) -> None:
        """Make the folder.

        Raises:
            ExportError: ``out`` holds something that is no export of ours, or can't be written.
        """
        require_replaceable(self.out)
        with as_export_error(self.out):
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self.remove_abandoned()
            self.folder.mkdir()
            self._lock = os.open(self.folder, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def discard(self) -> None:
        """Remove what was not published and let go of the lock."""
        with suppress(OSError):
            self._open.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def spool(self) -> IO[str]:
        """Return a file without a name for what has to wait; it ends with the export."""
        return self._open.enter_context(TemporaryFile("w+", encoding="utf-8", dir=self.folder))

    def stream(self, name: str) -> IO[str]:
        """Open a file as `text` does, until `close_streams`."""
        return self._open.enter_context(self.text(name))

    def kept(self, file: Closing) -> Closing:
        """Close what a library opened together with the streams."""
        return self._open.enter_context(file)

    def close_streams(self) -> None:
        """Complete what `stream` opened."""
        self._open.close()

    @contextmanager
    def text(self, name: str) -> Iterator[IO[str]]:
        """Open a UTF-8 file of the export for writing and list it in the manifest.

        Bytes of file names that are no UTF-8 are written as escapes (\\udcff).
        """
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
        self.record(path)

    def add_picture(self, row: ExportRow, folder: str, mode: LinkMode) -> str:
        """Copy or link the original of an item: its path relative to the export.

        Raises:
            PictureMissing: it can't be read, or its bytes are not those of ``row.sha256``.
            ExportError: a link is asked for, but the original is no file of this machine.
        """
        directory = self.folder / folder
        directory.mkdir(parents=True, exist_ok=True)
        target = directory / row.file_name
        if target.parent != directory:
            raise ValueError(f"{row.file_name!r} is no plain file name")
        if os.path.lexists(target):
            target = target.with_name(f"{target.stem}-{row.sha256}{target.suffix}")
        if mode == "copy":
            target.write_bytes(_original(row))
        else:
            self._link(row, target, mode)
        self.record(target, row.sha256)
        return target.relative_to(self.folder).as_posix()

    def record(self, path: Path, sha256: str | None = None) -> None:
        """List a complete file in the manifest; its SHA-256 is computed where it is not given."""
        if sha256 is None:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        relative = path.relative_to(self.folder).as_posix()
        self._files.append({"path": relative, "sha256": sha256, "bytes": path.stat().st_size})

    def write_manifest(self, summary: dict[str, Any]) -> str:
        """Write ``manifest.json`` with the SHA-256 and size of every file: its own SHA-256."""
        manifest = {
            "written_by": WRITTEN_BY,
            "version": _version(),
            **summary,
            "files": sorted(self._files, key=lambda file: file["path"]),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1, default=str) + "\n"
        data = text.encode("utf-8", errors="backslashreplace")
        (self.folder / MANIFEST).write_bytes(data)
        return hashlib.sha256(data).hexdigest()

    def publish(self) -> tuple[str, ...]:
        """Rename the folder to ``out``, in place of an earlier export: the files it holds."""
        require_replaceable(self.out)
        if self.out.exists():
            earlier = self.out.with_name(self._prefix + secrets.token_hex(8))
            self.out.rename(earlier)
            try:
                self.folder.rename(self.out)
            except OSError:
                earlier.rename(self.out)
                raise
            shutil.rmtree(earlier, ignore_errors=True)
        else:
            self.folder.rename(self.out)
        return (*sorted(file["path"] for file in self._files), MANIFEST)

    def _link(self, row: ExportRow, target: Path, mode: LinkMode) -> None:
        if row.local is None:
            raise ExportError(
                f"{row_name(row)} is no file of this machine, so it can't be linked",
                "Export copies instead",
            )
        try:
            with row.local.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise PictureMissing(f"{row_name(row)} can't be read: {error.strerror}") from error
        _require_same(row, found)
        if mode == "hardlink":
            os.link(row.local.resolve(), target)
        else:
            target.symlink_to(row.local.resolve())

    def remove_abandoned(self) -> None:
        """Remove siblings that killed processes left behind; one that is at work is locked."""
        for folder in self.out.parent.iterdir():
            if not folder.name.startswith(self._prefix):
                continue
            with suppress(OSError):
                lock = os.open(folder, os.O_RDONLY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                finally:
                    os.close(lock)


def require_replaceable(out: Path) -> None:
    """Refuse a place that holds anything but an earlier export nobody has touched.

    Raises:
        ExportError: ``out`` is a file, or a folder with files that the manifest does not list or
            whose size has changed.
    """
    with as_export_error(out):
        if not out.exists():
            return
        if not out.is_dir():
            raise ExportError(f"{out} is a file", "Choose a new folder")
        if not (out / MANIFEST).exists():
            if any(out.iterdir()):
                raise ExportError(f"{out} is not empty", "Choose a new or empty folder")
            return
        listed = _listed(out)
        for path in sorted(out.rglob("*")):
            relative = path.relative_to(out).as_posix()
            if relative == MANIFEST or (path.is_dir() and not path.is_symlink()):
                continue
            if relative not in listed:
                fault = f'{out} is in use: "{relative}" is from no export of Prelabel'
                raise ExportError(fault, "Choose a new or empty folder, or move that file away")
            if not path.is_symlink() and path.stat().st_size != listed[relative]:
                fault = f'"{relative}" in {out} was changed after the export'
                raise ExportError(fault, "Choose a new folder, or move that file away")


def _listed(out: Path) -> dict[str, int]:
    try:
        manifest = json.loads((out / MANIFEST).read_text("utf-8"))
        if manifest["written_by"] == WRITTEN_BY:
            return {file["path"]: file["bytes"] for file in manifest["files"]}
    except (ValueError, KeyError, TypeError):
        pass
    raise ExportError(f"{out / MANIFEST} is from no export of Prelabel", "Choose a new folder")


def _original(row: ExportRow) -> bytes:
    try:
        data = row.read()
    except (OSError, PrelabelError) as error:
        raise PictureMissing(f"{row_name(row)} can't be read: {error}") from error
    _require_same(row, hashlib.sha256(data).hexdigest())
    return data


def _require_same(row: ExportRow, found: str) -> None:
    if found != row.sha256:
        raise PictureMissing(f"{row_name(row)} is no longer the picture that was imported")


def _version() -> str:
    try:
        return version("prelabel")
    except PackageNotFoundError:
        return "unknown"
