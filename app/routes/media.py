"""GET /media/{size}/{sha}: the pictures, which never change under their name."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.routes.request import is_sha256, user_of, workspace_of
from labeling.errors import NotFoundError
from labeling.workflows import accounts, pictures
from labeling.workspace import Workspace

_HEADERS = {
    "cache-control": "private, max-age=31536000, immutable",
    # A picture opened on its own runs no script, whatever somebody put into it.
    "content-security-policy": "default-src 'none'; frame-ancestors 'self'; sandbox",
}


async def media(request: Request) -> Response:
    """Answer the bytes of a picture, 304 where the browser has them."""
    size, sha = request.path_params["size"], request.path_params["sha"]
    if size not in pictures.SIZES or not is_sha256(sha):
        raise NotFoundError("There is no such picture")
    tag = f'"{size}-{sha}"'
    headers = {**_HEADERS, "etag": tag}
    known = request.headers.get("if-none-match") == tag
    ws, user_id = workspace_of(request), user_of(request)
    found = await run_in_threadpool(_read, ws, user_id, size, sha, known=known)
    if found is None:
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)


def _read(
    ws: Workspace, user_id: str, size: str, sha: str, *, known: bool
) -> pictures.Media | None:
    """A picture that a person may see, None where their browser has it."""
    if not accounts.may_see_picture(ws, user_id, sha):
        raise NotFoundError("There is no such picture")
    return None if known else pictures.media(ws, size, sha)
