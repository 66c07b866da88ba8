"""Logins: who is logged in in which browser, by the hash of the browser's token."""

from datetime import datetime

from sqlalchemy import bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from db.engine import table_of
from db.tables import LoginSession, User, UtcTime

# Built once: asked with each request.
_user, _login = table_of(User).c, table_of(LoginSession).c
_LIVING = (
    select(_login.user_id, _login.expires_at)
    .select_from(table_of(LoginSession).join(table_of(User), _user.id == _login.user_id))
    .where(_login.token_hash == bindparam("token"))
    .where(_login.expires_at > bindparam("now", type_=UtcTime), _user.disabled_at.is_(None))
)
_SOMEBODY = select(
    exists().where(or_(_user.password_hash.is_not(None), _user.external_id.is_not(None)))
)


def begin(session: Session, user_id: str, token_hash: str, now: datetime, until: datetime) -> None:
    """Store a login, and forget those that have run out."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    session.add(
        LoginSession(user_id=user_id, token_hash=token_hash, created_at=now, expires_at=until)
    )


def find(session: Session, token_hash: str, now: datetime) -> tuple[str, datetime] | None:
    """Whose login has this token and until when; None where it has ended or they are disabled."""
    row = session.execute(_LIVING, {"token": token_hash, "now": now}).one_or_none()
    return None if row is None else (row.user_id, row.expires_at)


def extend(session: Session, token_hash: str, until: datetime) -> None:
    """Let a login last until a later time."""
    session.execute(
        update(LoginSession).where(LoginSession.token_hash == token_hash).values(expires_at=until)
    )


def end(session: Session, token_hash: str) -> None:
    """End one login."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))


def end_all(session: Session, user_id: str) -> None:
    """End every login of a person."""
    session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


def somebody_can_log_in(session: Session) -> bool:
    """Whether anybody was ever given a way to log in: a password, or a login elsewhere."""
    return bool(session.scalar(_SOMEBODY))
