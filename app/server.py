"""The web server: Streamlit's pages, our routes beside them, and the guard in front of both."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.middleware import Middleware
from starlette.types import ASGIApp
from streamlit.web.server.starlette import App

from app import session, streamlit_options
from app.routes.guard import Guard, GuardRules
from app.routes.identity import Identity
from app.routes.table import OwnRoutes
from labeling.settings import Settings
from labeling.workflows import identities
from labeling.workspace import Workspace, open_workspace

MAIN = Path(__file__).with_name("main.py")
WILDCARDS = frozenset({"0.0.0.0", "::"})


def create_app(
    settings: Settings, address: str = "127.0.0.1", port: int = 8501, main: Path = MAIN
) -> ASGIApp:
    """Build the ASGI app over the workspace of ``settings``; one a process.

    Args:
        settings: where the home folder is and what is allowed.
        address: the address that will be bound.
        port: the port that will be bound.
        main: the Streamlit script with the page table.

    Raises:
        SettingsError: the home folder or the database can't be opened, or the identity provider
            is not set up.
        SchemaVersionError: the database belongs to another version.
    """
    identities.require_usable(settings)
    workspace = open_workspace(settings)
    session.share(workspace)
    secret = streamlit_options.persistent_secret(settings.root)
    hosts = _host_names(settings, address)
    streamlit_options.apply(
        address, port, sorted({*hosts, "localhost", "127.0.0.1", "::1"}), secret
    )
    rules = GuardRules(
        secret=bytes.fromhex(secret),
        hosts=hosts,
        secure_cookies=settings.public_url.lower().startswith("https://"),
    )
    return App(main, middleware=middleware(workspace, rules))


def middleware(workspace: Workspace, rules: GuardRules) -> list[Middleware]:
    """Return what stands before Streamlit: the guard, then who is asking, then our own routes."""
    return [
        Middleware(Guard, rules=rules),
        Middleware(Identity, workspace=workspace, rules=rules),
        Middleware(OwnRoutes, workspace=workspace),
    ]


def serve(
    settings: Settings, address: str = "127.0.0.1", port: int = 8501, main: Path = MAIN
) -> None:
    """Serve until the process is told to stop; the arguments are those of ``create_app``."""
    app = create_app(settings, address, port, main)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    uvicorn.run(
        app,
        host=address,
        port=port,
        log_level="info",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        ws_max_size=64_000_000,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


def _host_names(settings: Settings, address: str) -> frozenset[str]:
    """Return the names, besides the loopback ones, under which browsers may address us."""
    named = {name.strip().lower() for name in settings.allowed_hosts.split(",")}
    named.add((urlsplit(settings.public_url).hostname or "").lower())
    bound = set() if address in WILDCARDS else {address.lower()}
    return frozenset((named | bound) - {""})
