"""The only door to cvat-sdk: every call has a timeout, every error is ours.

What a real server did, fault by fault, decides what happens here: GETs are tried again, writes
never blindly; 429 is obeyed within a bound; nothing is waited for without end; answers are read as
raw JSON (models of the SDK are slower, and stumble over answers that they do not expect).

This module imports cvat_sdk; others import it where they talk to a server, not before.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from cvat_sdk.api_client.exceptions import ApiException, OpenApiException
from cvat_sdk.api_client.rest import RESTClientObject
from cvat_sdk.core.client import Client, Config
from cvat_sdk.core.exceptions import CvatSdkException
from cvat_sdk.core.helpers import make_request_headers
from cvat_sdk.core.uploading import DataUploader

from labeling.cvat.credentials import HOW, Login
from labeling.cvat.refusals import refusal, retry_after, unreachable
from labeling.errors import CvatAwayError, CvatError, CvatLoginError

OLDEST, MAJOR = (2, 73), 2
"""The oldest server that this was tried with, and the series."""
PAGE = 100
REQUEST_BYTES = 16 * 2**20
"""Pictures sent in one request; a larger one is sent in pieces (TUS)."""
READS = ("GET", "HEAD")
"""Methods that change nothing: tried again."""
QUIET = logging.getLogger("labeling.cvat.sdk")
"""What the SDK logs goes here, at most as a warning."""


@dataclass(frozen=True)
class Patience:
    """How long what is waited for, in seconds.

    Attributes:
        connect: for a connection.
        read, write: for each piece of the answer to a GET, and to what changes something.
        tries: how often a GET is tried again; half as often after a silence.
        throttled: obeying 429 for one request, all in all.
        processing: for the server to take in the pictures of a task.
        poll: between two questions whether it has.
        sleep: waits.
    """

    connect: float = 10.0
    read: float = 30.0
    write: float = 60.0
    tries: int = 3
    throttled: float = 120.0
    processing: float = 900.0
    poll: float = 1.0
    sleep: Callable[[float], None] = time.sleep


class _Rest(RESTClientObject):
    """The SDK's HTTP client with a timeout on each request, which obeys 429 within a bound."""

    def __init__(self, configuration: Any, patience: Patience) -> None:
        configuration.retries = urllib3.Retry(
            total=patience.tries,
            read=patience.tries // 2,
            redirect=0,
            status_forcelist=(502, 503, 504),
            allowed_methods=READS,
            backoff_factor=0.3,
            respect_retry_after_header=False,
            raise_on_status=False,
            raise_on_redirect=False,
        )
        super().__init__(configuration)
        self._patience = patience

    def request(self, method: str, url: str, *given: Any, **named: Any) -> Any:
        """Send a request; again where the server asks for a pause that is not too long."""
        headers, waited = named.pop("headers", None) or {}, 0.0
        silence = self._patience.read if method in READS else self._patience.write
        named["_request_timeout"] = (self._patience.connect, silence)
        while True:
            try:
                return super().request(method, url, *given, headers=dict(headers), **named)
            except ApiException as error:
                pause = retry_after(error.headers) if error.status == 429 else None
                if pause is None or waited + pause > self._patience.throttled:
                    raise
                waited += pause
                self._patience.sleep(pause)


class CvatClient:
    """A connection to one CVAT server, logged in.

    Args:
        server: address as `names.server_address` gives it.
        login: what `credentials.find_login` has found.
        organization: short name of the organisation to work in; None: the personal workspace.
        patience: how long what is waited for.

    Raises:
        CvatLoginError: the server does not accept the login.
        CvatAwayError: it does not answer.
        CvatError: it is no CVAT server, or one of a version that this was not made for.
    """

    def __init__(
        self,
        server: str,
        login: Login,
        *,
        organization: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.server = server
        self.patience = patience or Patience()
        config = Config(status_check_period=self.patience.poll)
        with self._told("connecting"):
            self._sdk = Client(server, config=config, logger=QUIET, check_server_version=False)
            api = self._sdk.api_client
            api.rest_client = _Rest(api.configuration, self.patience)
        self.version = self._checked_version()
        self._log_in(login)
        self._sdk.organization_slug = organization if organization is not None else ""
        me = self.get("/api/users/self", doing="asking who we are")
        self.user = str(me.get("username", ""))

    def get(self, path: str, *, doing: str, **query: Any) -> dict[str, Any]:
        """The JSON object at ``path``; ``doing`` says in messages what we were at."""
        return self._json("GET", path, query, None, doing)

    def get_all(self, path: str, *, doing: str, **query: Any) -> list[dict[str, Any]]:
        """All results of a list, whatever the number of pages."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.get(path, doing=doing, **query, page_size=PAGE, page=page)
            results = answer.get("results")
            if not isinstance(results, list):
                raise self._strange(doing)
            found += results
            if not answer.get("next") or not results:
                return found
            page += 1

    def send(
        self, method: str, path: str, body: Any = None, *, doing: str, **query: Any
    ) -> dict[str, Any]:
        """Write: one attempt. After CvatAwayError it may have arrived: look before trying again."""
        return self._json(method, path, query, body, doing)

    def upload(self, task_id: int, files: Sequence[Path], *, doing: str) -> str:
        """Send the pictures of a task, which keep the order of ``files``; the request's id.

        The server takes them in meanwhile: ask for the request until it is finished.
        """
        url = f"{self.server}/api/tasks/{task_id}/data/"
        with self._told(doing):
            uploader = DataUploader(self._sdk, max_request_size=REQUEST_BYTES)
            answer = uploader.upload_files(
                url, list(files), image_quality=70, sorting_method="predefined"
            )
            return str(json.loads(answer.data)["rq_id"])

    def close(self) -> None:
        """Let go of the connections."""
        self._sdk.api_client.rest_client.pool_manager.clear()

    def _json(
        self, method: str, path: str, query: dict[str, Any], body: Any, doing: str
    ) -> dict[str, Any]:
        with self._told(doing):
            headers = make_request_headers(self._sdk.api_client)
            headers["Accept"] = "application/vnd.cvat+json"
            answer = self._sdk.api_client.rest_client.request(
                method,
                self.server + path,
                query_params=list(query.items()),
                headers=headers,
                body=body,
            )
            found = json.loads(answer.data) if answer.data else {}
        if not isinstance(found, dict):
            raise self._strange(doing)
        return found

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Turn whatever the SDK and what it stands on raise into errors of ours.

        The chain is cut: headers in a foreign message may hold a cookie.
        """
        try:
            yield
        except ApiException as error:
            raise refusal(self.server, doing, error.status, error.body, error.headers) from None
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.server, doing, error) from None
        except CvatSdkException as error:
            raise CvatAwayError(
                f"CVAT at {self.server} broke off {doing}: {error}", "Start it again."
            ) from None
        except (OpenApiException, ValueError, KeyError, TypeError, AttributeError, AssertionError):
            raise self._strange(doing) from None

    def _strange(self, doing: str) -> CvatError:
        return CvatError(
            f"{self.server} answers what CVAT does not, {doing}",
            "Check the address; a proxy before the server may answer in its place.",
        )

    def _checked_version(self) -> str:
        version = str(self.get("/api/server/about", doing="asking for the version").get("version"))
        numbers = [int(n) for n in version.split(".")[:2] if n.isdigit()]
        if len(numbers) < 2 or numbers[0] != MAJOR or tuple(numbers) < OLDEST:
            raise CvatError(
                f"{self.server} runs CVAT {version}, which is not supported",
                f"Needed: {OLDEST[0]}.{OLDEST[1]} or a newer one of series {MAJOR}.",
            )
        return version

    def _log_in(self, login: Login) -> None:
        """A token shows only at its first use whether it is good; a wrong password answers 400."""
        configuration = self._sdk.api_client.configuration
        if login.token:
            configuration.access_token = login.token
            return
        try:
            with self._told("logging in"):
                self._sdk.login((login.user or "", login.password or ""))
        except CvatLoginError:
            raise
        except CvatAwayError:
            raise
        except CvatError:
            raise CvatLoginError(
                f"CVAT at {self.server} does not accept the password of {login.user}", HOW
            ) from None
