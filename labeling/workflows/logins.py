"""Logins: from a name and a password, or from an identity provider, to a token and back."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from db import login_sessions, users
from labeling import passwords
from labeling.errors import ForbiddenError
from labeling.workspace import Workspace

RENEWED_AFTER = timedelta(days=1)


class LoginError(ForbiddenError):
    """Somebody could not be logged in; says no more than they may know."""


@dataclass(frozen=True)
class Login:
    """A login of a person in one browser.

    Args:
        user_id: whose it is.
        renewed: whether its time has just begun anew, so that the cookie's must too.
    """

    user_id: str
    renewed: bool = False


def are_asked(ws: Workspace) -> bool:
    """Whether people must log in: somebody has an account, or an identity provider is set."""
    if ws.settings.oidc_issuer:
        return True
    with ws.db.read() as session:
        return login_sessions.somebody_can_log_in(session)


def have_passwords(ws: Workspace) -> bool:
    """Whether anybody logs in with a password."""
    with ws.db.read() as session:
        return any(person.password_hash is not None for person in users.active(session))


def log_in(ws: Workspace, name: str, password: str) -> str:
    """Return the token of a new login; takes as long for a name that nobody has.

    Raises:
        LoginError: there is no such person with this password, or they are disabled.
    """
    with ws.db.read() as session:
        person = users.named(session, name)
    stored = person.password_hash if person and person.disabled_at is None else None
    if not passwords.fits(password, stored) or person is None:
        raise LoginError("The name or the password is wrong", "Try again, or ask an admin.")
    return begin(ws, person.id)


def begin(ws: Workspace, user_id: str) -> str:
    """Return the token of a new login of somebody who has shown who they are."""
    token, now = token_urlsafe(32), ws.clock()
    until = now + timedelta(days=ws.settings.login_days)
    ws.db.write(lambda session: login_sessions.begin(session, user_id, hash_of(token), now, until))
    return token


def find(ws: Workspace, token: str) -> Login | None:
    """The login that a token stands for, None where it has ended; being used it lasts on."""
    now, lasts = ws.clock(), timedelta(days=ws.settings.login_days)
    with ws.db.read() as session:
        row = login_sessions.find(session, hash_of(token), now)
        if row is None:
            return None
        user_id, until = row
        renewing = until - now < lasts - RENEWED_AFTER
    if renewing:
        ws.db.write(lambda session: login_sessions.extend(session, hash_of(token), now + lasts))
    return Login(user_id, renewed=renewing)


def log_out(ws: Workspace, token: str) -> None:
    """End one login; its token is worth nothing from now on."""
    ws.db.write(lambda session: login_sessions.end(session, hash_of(token)))


def log_out_everywhere(ws: Workspace, user_id: str) -> None:
    """End every login of a person, in all browsers."""
    ws.db.write(lambda session: login_sessions.end_all(session, user_id))


def hash_of(token: str) -> str:
    """What is stored of a token: nobody who reads the database can log in with it."""
    return sha256(token.encode()).hexdigest()
