"""The JavaScript of our components: small ES modules, served under their content's hash.

Streamlit loads a component's own script from a blob, which can't import its neighbours; so that
script is a loader of three lines that imports the real entry module from here.
"""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from labeling.errors import NotFoundError

_FOLDER = Path(__file__).parent
_MODULES = {
    f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(_FOLDER.glob("*/*.js"))
}
_VERSION = hashlib.sha256(
    b"".join(name.encode() + body for name, body in _MODULES.items())
).hexdigest()[:12]

LOADER = """
export default async function (component) {
  const entry = new URL(component.data.module, document.baseURI).href
  const { mount } = await import(entry)
  return mount(component)
}
"""


def module_url(component: str) -> str:
    """Return the address of a component's entry module, ``main.js``."""
    return f"/assets/{_VERSION}/{component}/main.js"


def style(*components: str) -> str:
    """Return the style sheets that components share and those of some, one after the other."""
    folders = [_FOLDER / name for name in ("shared", *components)]
    sheets = [sheet for folder in folders for sheet in sorted(folder.glob("*.css"))]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


async def module(request: Request) -> Response:
    """Answer a module; one of an older version is answered as it is today, uncached."""
    body = _MODULES.get("{component}/{file}".format(**request.path_params))
    if body is None:
        raise NotFoundError("There is no such module")
    current = request.path_params["version"] == _VERSION
    cache = "public, max-age=31536000, immutable" if current else "no-cache"
    return Response(body, media_type="text/javascript", headers={"cache-control": cache})
