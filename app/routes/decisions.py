"""POST /api/decisions: store a batch of decisions, in order, each failing alone."""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.routes.request import json_object, text, user_of, workspace_of
from labeling.errors import InputError
from labeling.workflows import review

BATCH_LIMIT = 500


async def decisions(request: Request) -> Response:
    """Answer which decisions are stored, which were known already and which are refused."""
    body = await json_object(request)
    project = text(body.get("project"), "project")
    batch = body.get("decisions")
    if not isinstance(batch, list) or not all(isinstance(one, dict) for one in batch):
        raise InputError("decisions is not a list of objects")
    if len(batch) > BATCH_LIMIT:
        raise InputError(f"More than {BATCH_LIMIT} decisions in one request")
    answer = await run_in_threadpool(
        review.decide, workspace_of(request), user_of(request), project, batch
    )
    # Escaped: a refused id may hold half of a surrogate pair, which no UTF-8 can carry.
    return Response(json.dumps(answer), media_type="application/json")
