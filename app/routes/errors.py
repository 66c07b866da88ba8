"""Errors on their way out: the one place where an error becomes an HTTP status."""

import logging
import secrets
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from labeling import errors

Endpoint = Callable[[Request], Awaitable[Response]]

STATUSES: dict[type[errors.PrelabelError], int] = {
    errors.InputError: 422,
    errors.ClassNameError: 422,
    errors.NotFoundError: 404,
    errors.SettingsError: 500,
    errors.SourceError: 422,
    errors.ImageRejected: 415,
    errors.EncoderError: 503,
    errors.ModelUnreachableError: 503,
    errors.ModelSelfTestError: 503,
    errors.ExportError: 500,
    errors.CvatError: 502,
    errors.CvatLoginError: 502,
    errors.CvatGoneError: 502,
    errors.CvatAwayError: 503,
    errors.SchemaVersionError: 503,
    errors.BusyError: 409,
    errors.StoreBusyError: 503,
    errors.ForbiddenError: 403,
}

_LOG = logging.getLogger("prelabel.routes")


class BodyTooLargeError(errors.InputError):
    """A request carries more bytes than this route takes."""


STATUSES[BodyTooLargeError] = 413


def status_of(error: errors.PrelabelError) -> int:
    """Return the HTTP status of an error: that of its class or of its nearest base class."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def error_response(
    status: int, what: str, fix: str | None = None, code: str | None = None
) -> JSONResponse:
    """Return ``{"error": {"what", "fix"}}``, with ``code`` where a program acts on it."""
    body = {"what": what, "fix": fix} | ({"code": code} if code else {})
    return JSONResponse({"error": body}, status_code=status)


def answering_errors(endpoint: Endpoint) -> Endpoint:
    """Wrap an endpoint so that whatever it raises is answered as JSON, without a traceback."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except errors.PrelabelError as error:
            return error_response(status_of(error), error.what, error.fix)
        except HTTPException as error:
            return error_response(error.status_code, error.detail)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            incident = secrets.token_hex(4)
            _LOG.exception("incident %s: %s %s", incident, request.method, request.url.path)
            return error_response(
                500,
                f"Something went wrong on the server (incident {incident})",
                "Try again. The server's log tells more under this number.",
            )

    return answered
