"""`/warnings`: red warnings that wait for a person; what each would bring to whom; words on a level.

Nothing leaves before somebody saw how many it reaches and how the letter reads.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from alerts import approvals, standing
from alerts.dates import today
from alerts.errors import InvalidSubscription
from alerts.grounds import grounds
from alerts.interest import subjects
from alerts.proof import proof
from alerts.sample import sample
from alerts.standing import WARNING
from alerts.titles import title
from api import audit, notices
from api.cards import due
from api.framed import framed
from api.login.rights import person_of, signed
from api.reader import Reader, language_of
from api.rendering import render
from config.settings import settings
from config.texts import LANGUAGES
from database import types
from database.session import reading, unit_of_work
from database.tables import Event, LevelWord

router = APIRouter(dependencies=[Depends(signed)])

RECENT = 20
SAMPLE_KEPT = 4_000
Words = Annotated[str, Form(max_length=1_000)]


def _line(session: Session, reader: Reader, number: int) -> dict[str, object]:
    about = subjects(session, [number], red=True)[number]
    return {
        "id": number,
        "title": title(about.notice, about.tags, reader.language, about.edited).words,
        "level": about.level("direct", today(types.now())),
        "notice": about.notice,
        "due": due(reader, about.notice, types.now()),
    }


@router.get("/warnings")
def page(request: Request) -> Response:
    """What waits, the nearest date first, then what went lately and whether it arrived."""
    reader = Reader(language_of(request))
    with reading() as session:
        waiting = [
            {**_line(session, reader, number), "people": people}
            for number, people in approvals.unjudged(session)
        ]
        newest = select(Event).where(Event.reason == WARNING).order_by(col(Event.id).desc())
        sent = [
            {**_line(session, reader, one.notice_id), "at": one.at, "proof": proof(session, one)}
            for one in session.exec(newest.limit(RECENT))
        ]
        return render(
            request, "warnings.html", private=True, sent=sent, needed=settings().red_approvals,
            waiting=[one for one in waiting if one["people"]],
            unread=[one for one in waiting if not one["people"]],
        )  # fmt: skip


def _one(request: Request, number: int, *, error: str = "") -> Response:
    reader, person = Reader(language_of(request)), person_of(request)
    chosen = request.query_params.get("letter", "zh")
    with unit_of_work() as session:
        notices.fetch(session, number)
        seen = approvals.dry_run(session, number)
        mail = sample(session, number, chosen if chosen in LANGUAGES else "zh")
        about = subjects(session, [number])[number]
        level = about.level("direct", today(types.now()))
        words = session.exec(
            select(LevelWord).where(LevelWord.notice_id == number).order_by(col(LevelWord.id).desc())
        ).all()
        is_red = level.awaits and not seen.refused_by
        frame, allowed = framed(mail.html)
        answer = render(
            request,
            "warning.html",
            status=422 if error else 200,
            private=True,
            notice=seen.notice,
            title=title(about.notice, about.tags, reader.language, about.edited).words,
            level=level,
            grounds=grounds(level, reader.language),
            steps=about.standing.steps,
            words=words,
            seen=seen,
            is_red=is_red,
            may=is_red and person.email != seen.proposed_by and person.email not in seen.approved_by,
            needed=settings().red_approvals,
            mail=mail,
            frame=frame,
            languages=LANGUAGES,
            error=error,
        )
    answer.headers["Content-Security-Policy"] = allowed
    return answer


@router.get("/warnings/{number:int}")
def one(request: Request, number: int) -> Response:
    """The dry run of one: level and why, how many persons, and the letter."""
    return _one(request, number)


@router.post("/warnings/{number:int}")
def decide(
    request: Request,
    number: int,
    act: Annotated[str, Form(max_length=10)],
    recipients: Annotated[int, Form(ge=0)] = 0,
    steps: Annotated[int, Form(ge=-1, le=1)] = 0,
    why: Words = "",
) -> Response:
    """Approve what was seen, refuse it, or move the level with a reason."""
    person = person_of(request)
    try:
        with unit_of_work() as session:
            notices.fetch(session, number)
            if act == "approve":
                mail = sample(session, number)
                kept = f"{mail.subject}\n\n{mail.text}"[:SAMPLE_KEPT]
                approvals.approve(session, number, person.email, recipients=recipients, sample=kept)
                audit.write(
                    session, person, "red.approved", f"notice {number}", {}, {"recipients": recipients}
                )
            elif act == "refuse":
                approvals.refuse(session, number, person.email)
                audit.write(session, person, "red.refused", f"notice {number}")
            else:
                said = standing.say(session, number, steps, why, person.email)
                audit.write(session, person, "level.said", f"notice {number}", {}, _said(said))
    except InvalidSubscription as error:
        return _one(request, number, error=error.sentence(language_of(request)).partition(": ")[2])
    return RedirectResponse(f"/warnings/{number}" if act == "level" else "/warnings", 303)


def _said(word: LevelWord) -> dict[str, object]:
    return {"steps": word.steps, "why": word.why}
