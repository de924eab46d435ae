"""`/admin`: users, sources and their schedules, addresses not written to, and the audit trail."""

import secrets
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from alerts.ledger import address_hash, suppress
from api import audit, sources
from api.errors import InvalidParameter, NotThere
from api.login import passwords, sessions
from api.login.rights import person_of, signed
from api.reader import language_of
from api.rendering import render
from api.values import LARGEST_ID
from crawlers.form import forms
from crawlers.switches import BadSchedule, asked, checked
from database import types
from database.session import reading, unit_of_work
from database.tables import Audit, Claim, SourceSwitch, Suppression, User

router = APIRouter(dependencies=[Depends(signed)])

ROLES = ("analyst", "official", "admin")
SOURCE_ACTS = {
    "on": "source.switched", "off": "source.switched", "run": "source.asked",
    "schedule": "source.rescheduled",
}  # fmt: skip
PAGE = 100
Word = Annotated[str, Form(max_length=254)]
Number = Annotated[int, Form(ge=1, le=LARGEST_ID)]


def _page(
    request: Request,
    *,
    status: int = 200,
    error: str = "",
    first: tuple[str, str] = ("", ""),
    typed: tuple[str, str] = ("", ""),
) -> Response:
    with reading() as session:
        switches = {row.source: row for row in session.exec(select(SourceSwitch))}
        return render(
            request,
            "admin.html",
            status=status,
            private=True,
            users=session.exec(select(User).order_by(User.email)).all(),
            roles=ROLES,
            sources=sources.states(session),
            alarms=sources.told(session, language_of(request)),
            turned=switches,
            asked=asked(session),
            suppressed=session.exec(
                select(Suppression.reason, func.count()).group_by(Suppression.reason)
            ).all(),
            audit=session.exec(select(Audit).order_by(col(Audit.id).desc()).limit(10)).all(),
            error=error,
            first=first,
            typed=typed,
            own={name: form.schedule for name, form in forms().items()},
            jobs=_jobs(session),
        )


def _jobs(session: Session) -> list[Claim]:
    """The last run of each job of the clock that reads no source."""
    newest = select(func.max(Claim.id)).where(~col(Claim.job).startswith("crawl:")).group_by(Claim.job)
    return list(session.exec(select(Claim).where(col(Claim.id).in_(newest)).order_by(Claim.job)))


@router.get("/admin")
def page(request: Request) -> Response:
    """All of it at a glance."""
    return _page(request)


@router.post("/admin/users")
def add(request: Request, email: Word, role: Word) -> Response:
    """A new person; the first password is shown once."""
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
        if role not in ROLES:
            raise InvalidParameter("role", "is none", ROLES)
        password = secrets.token_urlsafe(12)
        hashed = passwords.hashed(password)
        with unit_of_work() as session:
            user = User(email=address, role=role, password_hash=hashed)
            session.add(user)
            session.flush()
            after = {"email": address, "role": role}
            audit.write(session, person_of(request), "user.added", f"user {user.id}", after=after)
    except (EmailNotValidError, IntegrityError):
        return _page(request, status=422, error="user_there")
    return _page(request, first=(address, password))


def _user(session: Session, number: int) -> User:
    user = session.get(User, number, with_for_update=True)
    if user is None:
        raise NotThere
    return user


@router.post("/admin/users/{number:int}")
def change(request: Request, number: int, act: Word, role: Word = "") -> Response:
    """Disable, enable, change the role or set a new password; never of oneself."""
    person, password = person_of(request), ""
    if number == person.id:
        return _page(request, status=422, error="not_yourself")
    if not 0 < number <= LARGEST_ID:
        raise NotThere
    if act == "role" and role not in ROLES:
        raise InvalidParameter("role", "is none", ROLES)
    if act == "reset":
        password = secrets.token_urlsafe(12)
    hashed = passwords.hashed(password) if password else ""
    with unit_of_work() as session:
        user = _user(session, number)
        before = {"role": user.role, "disabled": user.disabled_at is not None}
        if act in ("disable", "enable"):
            user.disabled_at = types.now() if act == "disable" else None
        elif act == "role":
            user.role = role
        elif act == "reset":
            user.password_hash, user.totp_secret, user.totp_last = hashed, "", 0
        else:
            raise InvalidParameter("act", "is none", ("disable", "enable", "role", "reset"))
        if act != "enable":
            sessions.end_all(session, number)
        after = {"role": user.role, "disabled": user.disabled_at is not None, "act": act}
        audit.write(session, person, "user.changed", f"user {number}", before, after)
        email = user.email
    return _page(request, first=(email, password)) if password else RedirectResponse("/admin", 303)


@router.post("/admin/sources/{name}")
def switch(request: Request, name: str, act: Word, schedule: Word = "") -> Response:
    """On, off, run now, or another schedule (empty: its own); the clock reads it at its next look."""
    if name not in forms():
        raise NotThere
    if act not in SOURCE_ACTS:
        raise InvalidParameter("act", "is none", list(SOURCE_ACTS))
    person = person_of(request)
    try:
        with unit_of_work() as session:
            row = session.get(SourceSwitch, name, with_for_update=True) or SourceSwitch(source=name)
            before = {"enabled": row.enabled, "schedule": row.schedule}
            if act == "run":
                row.run_asked_at = types.now()
            elif act == "schedule":
                row.schedule = checked(schedule) if schedule.strip() else ""
            else:
                row.enabled = act == "on"
            row.by, row.at = person.email, types.now()
            session.add(row)
            after = {"enabled": row.enabled, "schedule": row.schedule}
            audit.write(session, person, SOURCE_ACTS[act], f"source {name}", before, after)
    except BadSchedule:
        return _page(request, status=422, error="schedule_bad", typed=(name, schedule))
    return RedirectResponse(f"/admin#source-{name}", 303)


@router.post("/admin/suppression")
def address(request: Request, email: Word, act: Word) -> Response:
    """Never write to an address again, or take that back. The trail names only the keyed hash."""
    person, email = person_of(request), email.strip()
    hashed = address_hash(email)
    with unit_of_work() as session:
        row = session.get(Suppression, hashed)
        if act == "suppress":
            suppress(session, email, "operator")
            audit.write(session, person, "address.suppressed", f"address {hashed[:12]}")
        elif row is not None:
            session.delete(row)
            audit.write(session, person, "address.released", f"address {hashed[:12]}", {"reason": row.reason})
    if act != "suppress" and row is None:
        return _page(request, status=422, error="release_unknown")
    return RedirectResponse("/admin", 303)


@router.get("/admin/audit")
def trail(request: Request, before: int = LARGEST_ID, about: str = "") -> Response:
    """The whole trail, newest first."""
    with reading() as session:
        query = select(Audit).where(col(Audit.id) < min(max(before, 1), LARGEST_ID))
        if about:
            query = query.where(Audit.object == about[:100])
        rows = session.exec(query.order_by(col(Audit.id).desc()).limit(PAGE + 1)).all()
    older = rows[PAGE - 1].id if len(rows) > PAGE else None
    return render(request, "audit.html", private=True, rows=rows[:PAGE], older=older, about=about)
