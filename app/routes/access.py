"""Who may call a route: the role that it needs, in the project that the request is about.

The table of routes gives every endpoint a role and a way to find the project; nothing is called
before the person's role there is known to suffice. Where a request is about no project, the
highest role that the person has anywhere counts.
"""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.routes.errors import Endpoint
from app.routes.request import json_object, text, user_of, workspace_of
from labeling.roles import Role
from labeling.workflows import accounts, jobs

Place = Callable[[Request], Awaitable[str | None]]
"""Finds the name of the project that a request is about; None where it is about none."""


async def require(request: Request, needed: Role, project: str | None = None) -> None:
    """Refuse a person whose role in ``project`` (None: anywhere) is below ``needed``.

    Raises:
        ForbiddenError: the role does not suffice.
        NotFoundError: there is no such project.
    """
    await run_in_threadpool(
        accounts.require, workspace_of(request), user_of(request), needed, project
    )


async def anywhere(_request: Request) -> None:
    """The request is about no project."""


async def in_query(request: Request) -> str:
    """The project is named in the query (``?project=NAME``)."""
    return text(request.query_params.get("project"), "project")


async def in_body(request: Request) -> str:
    """The project is named in the JSON body (``{"project": NAME}``)."""
    return text((await json_object(request)).get("project"), "project")


async def of_job(request: Request) -> str | None:
    """The project is that of the job in the path."""
    name = text(request.path_params["job"], "job")
    return await run_in_threadpool(jobs.project_name, workspace_of(request), name)


def needing(endpoint: Endpoint, needed: Role, place: Place) -> Endpoint:
    """Wrap an endpoint so that only those reach it whose role suffices."""

    async def checked(request: Request) -> Response:
        await require(request, needed, await place(request))
        return await endpoint(request)

    return checked
