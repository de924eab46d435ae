"""Sessions: a signed cookie for the browser, a row for us, so that a log-in can be ended from here."""

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer
from sqlmodel import Session, col, select

from api.login import codes, passwords, throttle
from api.login.errors import Refused
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Audit, LoginAttempt, LoginSession, User

COOKIE = "tbt_session"
LASTS = dt.timedelta(hours=12)
IDLE = dt.timedelta(hours=2)
NOTED = dt.timedelta(minutes=5)  # how exactly it is kept when a session was last used


@dataclass(frozen=True)
class Person:
    """Who is logged in, in this request."""

    id: int
    email: str
    role: str
    session_id: int
    csrf: str

    def may(self, *roles: str) -> bool:
        """Whether the person has one of these roles; an administrator has all."""
        return self.role == "admin" or self.role in roles


def _signer() -> Signer:
    return Signer(settings().signing_key, salt="session", digest_method=hashlib.sha256)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _csrf(token: str) -> str:
    return hmac.new(settings().signing_key.encode(), f"csrf {token}".encode(), hashlib.sha256).hexdigest()


def log_in(email: str, password: str, code: str, address: str) -> str:
    """Begin a session; gives the cookie. Raises Refused or TooMany."""
    email = email.strip().lower().replace("\0", "")  # no address has one, and PostgreSQL takes none
    # The try is stored by itself: it counts also if this process dies over it.
    with unit_of_work() as session:
        tried = throttle.attempt(session, email, address).id
    with reading() as session:
        user = session.exec(select(User).where(User.email == email)).first()
    right = passwords.fits(user, password)  # outside any transaction: it takes its time
    if user is None or not right or user.disabled_at is not None:
        raise Refused
    renewed = passwords.renewed(user, password)
    with unit_of_work() as session:
        user = session.get_one(User, user.id, with_for_update=True)
        if not codes.accepts(user, code):
            raise Refused
        if renewed:
            user.password_hash = renewed
        session.add(user)
        session.get_one(LoginAttempt, tried).ok = True
        return _begin(session, user)


def knows_password(person: Person, password: str, address: str) -> bool:
    """Whether somebody who is logged in knows their password; tries count as at log-in. Raises TooMany."""
    with unit_of_work() as session:
        tried = throttle.attempt(session, person.email, address).id
    with reading() as session:
        user = session.get(User, person.id)
    if not passwords.fits(user, password):
        return False
    with unit_of_work() as session:
        session.get_one(LoginAttempt, tried).ok = True
    return True


def log_in_as(subject: str, email: str, role: str) -> str:
    """Begin a session for whom an identity provider vouches; gives the cookie. Raises Refused.

    A person is known by their subject there; who was added here before, by their address, once.
    """
    with unit_of_work() as session:
        known = select(User).with_for_update()
        user = session.exec(known.where(User.oidc_subject == subject)).first()
        if user is None:
            user = session.exec(known.where(User.email == email, col(User.oidc_subject).is_(None))).first()
        if user is None:
            if session.exec(select(User).where(User.email == email)).first() is not None:
                raise Refused  # the address is somebody else's, who came from there before
            user = User(email=email, role="")
        if user.disabled_at is not None:
            raise Refused
        if (user.oidc_subject, user.role) != (subject, role):
            before = {"role": user.role, "provider": bool(user.oidc_subject)}
            user.oidc_subject, user.role = subject, role
            session.add(user)
            session.flush()
            after = {"role": role, "provider": True}
            about = f"user {user.id}"
            session.add(Audit(who=email, what="user.vouched", object=about, before=before, after=after))
        return _begin(session, user)


def _begin(session: Session, user: User) -> str:
    token = secrets.token_urlsafe(32)
    session.add(LoginSession(user_id=user.id or 0, token_sha256=_digest(token)))
    return _signer().sign(token).decode("ascii")


def find(cookie: str) -> Person | None:
    """Who a cookie belongs to, while the session holds."""
    try:
        token = _signer().unsign(cookie).decode("ascii")
    except (BadSignature, UnicodeDecodeError):
        return None
    moment = types.now()
    with reading() as session:
        query = select(LoginSession, User).where(
            LoginSession.token_sha256 == _digest(token),
            col(LoginSession.ended_at).is_(None),
            col(LoginSession.created_at) > moment - LASTS,
            col(LoginSession.seen_at) > moment - IDLE,
            LoginSession.user_id == User.id,
            col(User.disabled_at).is_(None),
        )
        found = session.exec(query).first()
    if found is None:
        return None
    row, user = found
    if row.seen_at < moment - NOTED:
        with unit_of_work() as session:
            session.get_one(LoginSession, row.id).seen_at = moment
    return Person(user.id or 0, user.email, user.role, row.id or 0, _csrf(token))


def end(session_id: int) -> None:
    """Log out."""
    with unit_of_work() as session:
        session.get_one(LoginSession, session_id).ended_at = types.now()


def end_all(session: Session, user_id: int, besides: int = 0) -> None:
    """End the sessions of a user, all but one."""
    running = select(LoginSession).where(
        LoginSession.user_id == user_id, col(LoginSession.ended_at).is_(None), LoginSession.id != besides
    )
    for row in session.exec(running):
        row.ended_at = types.now()
