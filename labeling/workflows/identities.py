"""People who log in elsewhere: what an identity provider says of them, and who they are here."""

import ipaddress
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from db import users
from db.tables import User
from labeling.errors import SettingsError
from labeling.roles import ORDER, Role
from labeling.settings import Settings
from labeling.workflows import logins
from labeling.workspace import Workspace

ANYBODY = "*"


@dataclass(frozen=True)
class Claims:
    """What an identity provider has said of a person, checked by then.

    Args:
        issuer: the provider.
        subject: the person's name at the provider, which never changes.
        all: every claim, those two among them.
    """

    issuer: str
    subject: str
    all: dict[str, Any] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        """The key of the person here: no other provider's person can have it."""
        return sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()

    @property
    def verified_email(self) -> str:
        """The e-mail address in lower case; empty unless the provider has verified it."""
        email = self.all.get("email")
        if not isinstance(email, str) or email.count("@") != 1:
            return ""
        return email.lower() if self.all.get("email_verified") is True else ""


def require_usable(settings: Settings) -> None:
    """Refuse settings of an identity provider with which nobody, or everybody, could log in.

    Raises:
        SettingsError: one is missing, or the provider would be asked in plain text.
    """
    if not settings.oidc_issuer:
        return
    parts = urlsplit(settings.oidc_issuer)
    if parts.scheme != "https" and not _is_loopback(parts.hostname):
        raise SettingsError(
            f"PRELABEL_OIDC_ISSUER {settings.oidc_issuer!r} does not begin with https://",
            "Logins over plain HTTP can be read and forged by others.",
        )
    if not settings.oidc_client_id or not settings.oidc_client_secret.get_secret_value():
        raise SettingsError(
            "an identity provider is set, but not who we are there",
            "Set PRELABEL_OIDC_CLIENT_ID and PRELABEL_OIDC_CLIENT_SECRET.",
        )
    _roles_by_claim(settings)
    if not settings.oidc_domains and not settings.oidc_claim:
        raise SettingsError(
            "nothing says who of all people at the identity provider may log in",
            "Set PRELABEL_OIDC_DOMAINS (*: everybody) or PRELABEL_OIDC_CLAIM.",
        )


def log_in(ws: Workspace, claims: Claims) -> str:
    """Return the token of a new login of a person, who is added at the first one.

    An account with the same name or address is never taken over: it may be somebody else's.

    Raises:
        LoginError: the person may not log in here, or their account is closed.
    """
    if not _is_let_in(ws.settings, claims):
        raise logins.LoginError("This identity may not log in here", "Ask an admin.")
    person = ws.db.write(lambda session: _person(session, ws.settings, claims))
    if person.disabled_at is not None:
        raise logins.LoginError("This account is closed", "Ask an admin.")
    return logins.begin(ws, person.id)


def _is_let_in(settings: Settings, claims: Claims) -> bool:
    domains = _listed(settings.oidc_domains)
    domain = claims.verified_email.rpartition("@")[2]
    if domains and ANYBODY not in domains and domain not in domains:
        return False
    name, _, wanted = settings.oidc_claim.partition("=")
    said = claims.all.get(name)
    return not name or (wanted in said if isinstance(said, list) else wanted == said)


def _person(session: Session, settings: Settings, claims: Claims) -> User:
    person = users.external(session, claims.external_id)
    if person is None:
        person = users.ensure(session, _free_name(session, claims), settings.oidc_role)
        person.external_id = claims.external_id
        person.display = _display(claims) or person.name
    person.role = _role_of(settings, claims) or person.role
    if claims.verified_email and claims.verified_email in _listed(settings.oidc_admins):
        person.role = Role.ADMIN
    session.flush()
    return person


def _role_of(settings: Settings, claims: Claims) -> str | None:
    """The highest role that the claim gives, the usual one where it gives none; None: not asked."""
    name, roles = _roles_by_claim(settings)
    if not name:
        return None
    said = claims.all.get(name)
    values = said if isinstance(said, list) else [said]
    given = [roles[value] for value in values if isinstance(value, str) and value in roles]
    return max(given, key=ORDER.index, default=settings.oidc_role)


def _roles_by_claim(settings: Settings) -> tuple[str, dict[str, Role]]:
    """The claim that tells of roles, and the role that each of its values gives.

    Raises:
        SettingsError: the setting can't be read.
    """
    if not settings.oidc_roles:
        return "", {}
    name, _, pairs = settings.oidc_roles.partition(":")
    roles: dict[str, Role] = {}
    for pair in pairs.split(","):
        value, _, role = (part.strip() for part in pair.rpartition("="))
        if not name.strip() or not value or role not in ORDER:
            raise SettingsError(
                f"PRELABEL_OIDC_ROLES {settings.oidc_roles!r} can't be read at {pair.strip()!r}",
                f"Write CLAIM:VALUE=ROLE,VALUE=ROLE; the roles are {', '.join(ORDER)}.",
            )
        roles[value] = Role(role)
    return name.strip(), roles


def _free_name(session: Session, claims: Claims) -> str:
    wanted = claims.all.get("preferred_username") or claims.all.get("email") or claims.subject
    base = re.sub(r"[^\w.@+-]", "-", str(wanted))[:90] or "person"
    name, number = base, 1
    while users.named(session, name):
        number += 1
        name = f"{base}-{number}"
    return name


def _display(claims: Claims) -> str:
    said = claims.all.get("name")
    return " ".join(said.split())[:200] if isinstance(said, str) else ""


def _listed(text: str) -> set[str]:
    return {part.strip().lower() for part in text.split(",")} - {""}


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
