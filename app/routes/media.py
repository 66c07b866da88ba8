"""GET /media/{size}/{sha}: the pictures, which never change under their name."""

import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.routes.request import user_of, workspace_of
from labeling.errors import NotFoundError
from labeling.workflows import review

SIZES = frozenset({"thumb", "screen", "original"})

_SHA256 = re.compile(r"[0-9a-f]{64}")
# Below this a picture goes out in one piece: one trip to a thread instead of one a block.
_ONE_PIECE = 4_000_000
_HEADERS = {
    "cache-control": "private, max-age=31536000, immutable",
    # A picture opened on its own runs no script, whatever somebody put into it.
    "content-security-policy": "default-src 'none'; frame-ancestors 'self'; sandbox",
}


async def media(request: Request) -> Response:
    """Answer the bytes of a picture, 304 where the browser has them."""
    size, sha = request.path_params["size"], request.path_params["sha"]
    if size not in SIZES or not _SHA256.fullmatch(sha):
        raise NotFoundError("There is no such picture")
    tag = f'"{size}-{sha}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={**_HEADERS, "etag": tag})
    body, media_type = await run_in_threadpool(_body, request, size, sha)
    headers = {**_HEADERS, "etag": tag}
    if isinstance(body, Path):
        return FileResponse(body, media_type=media_type, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _body(request: Request, size: str, sha: str) -> tuple[bytes | Path, str]:
    found = review.media(workspace_of(request), user_of(request), size, sha)
    if found.path is None:
        return found.data, found.media_type
    path = Path(found.path)
    body = path.read_bytes() if path.stat().st_size <= _ONE_PIECE else path
    return body, found.media_type
