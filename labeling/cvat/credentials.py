"""The login at a CVAT server: from the environment or the keyring; never stored, never logged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from labeling.errors import CvatLoginError

TOKEN = "PRELABEL_CVAT_TOKEN"
USER = "PRELABEL_CVAT_USER"
PASSWORD = "PRELABEL_CVAT_PASSWORD"
SERVICE = "prelabel-cvat"
"""Service under which the keyring has entries, named ``URL`` (a token) or ``URL NAME``."""

HOW = (
    f"Set {TOKEN}, or {USER} and {PASSWORD}; or store a token: "
    f"python -m keyring set {SERVICE} URL (needs: pip install 'prelabel[keyring]')."
)


@dataclass(frozen=True)
class Login:
    """An access token, or a name with its password; neither is ever shown."""

    token: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def find_login(server: str, environ: Mapping[str, str] = os.environ) -> Login:
    """The login for ``server``: a token before a password, the environment before the keyring.

    Args:
        server: address as `labeling.cvat.names.server_address` gives it.
        environ: variables to look at.

    Raises:
        CvatLoginError: there is none.
    """
    user = environ.get(USER) or None
    if token := environ.get(TOKEN):
        return Login(token=token)
    if user and (password := environ.get(PASSWORD)):
        return Login(user=user, password=password)
    if user and (password := _from_keyring(f"{server} {user}")):
        return Login(user=user, password=password)
    if token := _from_keyring(server):
        return Login(token=token)
    raise CvatLoginError(f"there is no login for CVAT at {server}", HOW)


def _from_keyring(name: str) -> str | None:
    """An entry of the keyring, None where there is none or no keyring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, name) or None
    except KeyringError:
        return None
