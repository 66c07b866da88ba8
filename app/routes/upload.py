"""Uploads: files streamed to a staging folder one by one, then handed to an import job.

A file appears under its name only when it is complete, so a broken connection leaves nothing half
written; what has arrived can be asked for, and a second try sends only the rest.
"""

import re
import secrets
import shutil
import threading
import unicodedata
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.errors import BodyTooLargeError
from app.routes.request import json_object, text, user_of, workspace_of
from labeling.errors import BusyError, InputError, NotFoundError
from labeling.workflows import ingest, label_upload

FILE_LIMIT = 50_000_000_000  # bytes; an archive may be large, the pictures in it are checked later
FREE_RESERVE = 500_000_000  # bytes left on the disk for the database

_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_DRIVE = re.compile(r"[A-Za-z]:")
_BLOCK = 1_000_000  # bytes written in one trip to a thread
_PART = ".part-"
_one_start = threading.Lock()


async def put_file(request: Request) -> Response:
    """Store one file of an upload; answer its size."""
    folder = staging_folder(request)
    _require_open(folder)
    target = folder / safe_name(request.path_params["name"])
    _require_room(folder, int(request.headers.get("content-length") or 0))
    part = folder / f"{_PART}{secrets.token_hex(8)}"
    try:
        size = await _stream_to(part, request)
        await run_in_threadpool(_publish, part, target)
    finally:
        await run_in_threadpool(part.unlink, True)
    return JSONResponse({"bytes": size})


async def arrived(request: Request) -> Response:
    """Answer the files of an upload that are complete: name → size."""
    folder = staging_folder(request)
    return JSONResponse({"files": await run_in_threadpool(_complete_files, folder)})


async def done(request: Request) -> Response:
    """Start the import of what has arrived; asked again, answer the same job.

    ``labels`` in the body names a file of labels that was handed in before.
    """
    body = await json_object(request)
    project = text(body.get("project"), "project")
    folder = staging_folder(request)
    labels = text(body["labels"], "labels") if body.get("labels") else None
    job = await run_in_threadpool(
        _start_import, request, project, folder, body.get("files"), labels
    )
    return JSONResponse({"job": job})


async def cancel(request: Request) -> Response:
    """Throw away what has arrived, unless its import has begun."""
    folder = staging_folder(request)
    _require_open(folder)
    await run_in_threadpool(shutil.rmtree, folder, True)
    return JSONResponse({"cancelled": True})


def staging_folder(request: Request) -> Path:
    """Return the folder of an upload inside the home folder; each person has their own uploads.

    Raises:
        InputError: the id is not 8 to 64 letters, digits, ``-`` or ``_``.
    """
    upload = request.path_params["upload"]
    if not _UPLOAD_ID.fullmatch(upload):
        raise InputError("This is no id of an upload")
    return workspace_of(request).settings.root / "uploads" / f"{user_of(request)}-{upload}"


def safe_name(name: str) -> PurePosixPath:
    """Return a client's relative path if it stays inside the folder it is put into.

    Raises:
        InputError: it climbs out, is absolute, names a drive, holds control characters or a
            backslash, begins a part with a dot, or is too long for a file system.
    """
    parts = name.split("/")
    if len(name) > 1000 or len(parts) > 20 or not all(map(_harmless, parts)):
        raise InputError(f"The file name {name[:200]!r} can't be used", "Rename the file.")
    return PurePosixPath(*parts)


def _harmless(part: str) -> bool:
    return (
        part.strip() != ""
        and not part.startswith(".")
        and len(part.encode(errors="replace")) <= 255
        and not _DRIVE.fullmatch(part)
        and not any(sign == "\\" or unicodedata.category(sign) in {"Cc", "Cs"} for sign in part)
    )


def _job_of(folder: Path) -> Path:
    """Where the job of an upload is noted; it outlives the folder, which goes with the import."""
    return folder.with_suffix(".job")


def _require_open(folder: Path) -> None:
    if _job_of(folder).exists():
        raise BusyError("The import of this upload has begun", "Cancel its job instead.")


def _require_room(folder: Path, coming: int) -> None:
    if coming > FILE_LIMIT:
        raise BodyTooLargeError(f"The file is larger than {FILE_LIMIT} bytes")
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < coming + FREE_RESERVE:
        raise BusyError("The server's disk is full", "Free some space, then send the rest.")


async def _stream_to(part: Path, request: Request) -> int:
    """Write the body to ``part`` in blocks; return its size in bytes."""
    size = 0
    file: BinaryIO = await run_in_threadpool(part.open, "xb")
    block = bytearray()
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > FILE_LIMIT:
                raise BodyTooLargeError(f"The file is larger than {FILE_LIMIT} bytes")
            block += chunk
            if len(block) >= _BLOCK:
                await run_in_threadpool(file.write, bytes(block))
                block.clear()
        await run_in_threadpool(file.write, bytes(block))
    finally:
        await run_in_threadpool(file.close)
    return size


def _publish(part: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(
            f"{target.name!r} is both a file and a folder in this upload", "Rename one of them."
        ) from error


def _complete_files(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def _start_import(
    request: Request, project: str, folder: Path, expected: object, labels: str | None
) -> str:
    marker = _job_of(folder)
    with _one_start:
        if not marker.exists():
            job = _enqueue(request, project, folder, expected, labels)
            draft = folder.with_suffix(".job-draft")
            draft.write_text(job)
            draft.replace(marker)
        return marker.read_text()


def _enqueue(
    request: Request, project: str, folder: Path, expected: object, labels: str | None
) -> str:
    arrived_files = len(_complete_files(folder))
    if not arrived_files:
        raise NotFoundError("Nothing has arrived under this upload", "Send the files again.")
    if isinstance(expected, int) and expected != arrived_files:
        raise BusyError(f"{arrived_files} of {expected} files have arrived", "Send the rest.")
    ws, person = workspace_of(request), user_of(request)
    return ingest.enqueue(
        ws,
        project,
        [str(folder)],
        user_id=person,
        upload=folder,
        labels_upload=label_upload.kept(ws, person, labels) if labels else None,
    )
