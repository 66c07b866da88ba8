"""Streamlit's own options, set in code: ``.streamlit/`` does not travel with an installed wheel.

``.streamlit/config.toml`` says the same for those who run Streamlit from the source folder.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

from streamlit import config

THEME: dict[str, Any] = {
    "theme.font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
    "theme.codeFont": "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
    "theme.baseRadius": "6px",
    "theme.headingFontSizes": ["1.75rem", "1.375rem", "1.125rem", "1rem", "0.9rem", "0.85rem"],
    "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
    "theme.light.primaryColor": "#1f5fc4",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f2f4f7",
    "theme.light.textColor": "#1b2330",
    "theme.light.linkColor": "#1a56b5",
    "theme.light.borderColor": "#cfd6df",
    "theme.light.sidebar.backgroundColor": "#f7f8fa",
    "theme.dark.primaryColor": "#3a6fcb",
    "theme.dark.backgroundColor": "#14181f",
    "theme.dark.secondaryBackgroundColor": "#1f2530",
    "theme.dark.textColor": "#e4e8ee",
    "theme.dark.linkColor": "#8db6ff",
    "theme.dark.borderColor": "#3a4352",
    "theme.dark.sidebar.backgroundColor": "#101319",
}
OPTIONS: dict[str, Any] = {
    "server.address": "127.0.0.1",
    "server.headless": True,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
}


def apply(address: str, port: int, hosts: list[str], secret: str) -> None:
    """Set every option of this module, and those that only this start knows."""
    started = {
        "server.address": address,
        "server.port": port,
        "browser.serverPort": port,
        "server.allowedHosts": hosts,
        "server.cookieSecret": secret,
    }
    for name, value in {**OPTIONS, **THEME, **started}.items():
        config.set_option(name, value)


def persistent_secret(home: Path) -> str:
    """Return the secret of this home folder (64 hex digits), made and kept at the first call.

    It signs cookies and tokens, so that pages left open survive a restart of the server.
    """
    path = home / "cookie_secret"
    if not path.exists():
        draft = home / f".cookie_secret-{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        # Linked, not renamed: of two servers that start at once, the first one's secret stays.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
