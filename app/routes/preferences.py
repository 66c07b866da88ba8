"""GET and PUT /api/preferences: what a person has set for themselves, such as their keys."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.routes.request import json_object, text, user_of, workspace_of
from labeling.errors import InputError
from labeling.workflows import preferences


async def read(request: Request) -> Response:
    """Answer a preference: ``{"name", "value"}``."""
    query = request.query_params
    project = text(query.get("project"), "project")
    name = text(query.get("name"), "name")
    value = await run_in_threadpool(
        preferences.get, workspace_of(request), user_of(request), project, name
    )
    return JSONResponse({"name": name, "value": value})


async def write(request: Request) -> Response:
    """Store a preference: ``{"project", "name", "value"}``; answer it."""
    body = await json_object(request)
    project = text(body.get("project"), "project")
    name, value = text(body.get("name"), "name"), body.get("value")
    if not isinstance(value, dict):
        raise InputError("value is not an object")
    stored = await run_in_threadpool(
        preferences.put, workspace_of(request), user_of(request), project, name, value
    )
    return JSONResponse({"name": name, "value": stored})
