"""Logins: who is logged in in which browser, by the hash of the browser's token."""

from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from db.tables import LoginSession, User


def begin(session: Session, user_id: str, token_hash: str, now: datetime, until: datetime) -> None:
    """Store a login, and forget those that have run out."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    session.add(
        LoginSession(user_id=user_id, token_hash=token_hash, created_at=now, expires_at=until)
    )


def find(session: Session, token_hash: str, now: datetime) -> LoginSession | None:
    """The login with this token, None where it has ended or the person is disabled."""
    return session.scalars(
        select(LoginSession)
        .join(User, User.id == LoginSession.user_id)
        .where(
            LoginSession.token_hash == token_hash,
            LoginSession.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).one_or_none()


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
    known = or_(User.password_hash.is_not(None), User.external_id.is_not(None))
    return bool(session.scalar(select(exists().where(known))))
