"""POST /api/pack: the thumbnails of a whole grid in one binary answer.

The answer is ``PLP1``, then how many pictures there are (uint32), then for each in the order of
the request: uint8 ok (1, or 0 where there is none for this person), uint8 type (``TYPES``), uint32
length in bytes, the bytes. Numbers are little-endian.
"""

import struct
from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.routes.request import is_sha256, json_object, user_of, workspace_of
from labeling.errors import InputError
from labeling.workflows import pictures, thumbnails

MAGIC = b"PLP1"
TYPES = {
    "image/webp": 0,
    "image/png": 1,
    "image/jpeg": 2,
    "image/gif": 3,
    "image/bmp": 4,
    "image/avif": 5,
}
_COUNT = struct.Struct("<I")
_HEAD = struct.Struct("<BBI")


async def pack(request: Request) -> Response:
    """Answer the thumbnails of at most 240 pictures."""
    body = await json_object(request)
    shas = body.get("shas")
    if not isinstance(shas, list) or not all(is_sha256(sha) for sha in shas):
        raise InputError("shas is not a list of SHA-256 digests")
    if len(shas) > thumbnails.MAX_PACK:
        raise InputError(f"More than {thumbnails.MAX_PACK} pictures in one request")
    if body.get("size", "thumb") != "thumb":
        raise InputError("Only thumbnails can be packed")
    found = await run_in_threadpool(thumbnails.read, workspace_of(request), user_of(request), shas)
    headers = {"cache-control": "no-store"}
    return Response(packed(found), media_type="application/octet-stream", headers=headers)


def packed(found: Iterable[bytes | None]) -> bytes:
    """Pictures as the answer carries them; None for one that is missing."""
    parts = []
    for data in found:
        kind = TYPES[pictures.media_type_of(data)] if data is not None else 0
        parts.append(_HEAD.pack(data is not None, kind, len(data or b"")) + (data or b""))
    return MAGIC + _COUNT.pack(len(parts)) + b"".join(parts)
