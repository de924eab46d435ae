"""`/feedback/{token}`: handled, not for us, need help. The link in a letter opens it; only a POST answers."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from alerts import assistance, feedback, narrow, titles
from alerts.errors import InvalidSubscription
from alerts.facts import ANSWERS, describe
from alerts.interest import subjects
from alerts.ledger import key
from api.reader import Reader, language_of
from api.rendering import render
from api.values import LARGEST_ID
from database.session import reading, unit_of_work
from database.tables import Notice, Subscriber

router = APIRouter()

LONGEST = 1_000
Word = Annotated[str, Form(max_length=LONGEST)]
Id = Annotated[int, Form(ge=0, le=LARGEST_ID)]


def _proposals(session: Session, reader: Reader, holder: Subscriber, notice: Notice) -> list[dict[str, Any]]:
    """The proposed rules by subscription, each with its words and what it would have changed."""
    groups: dict[int, dict[str, Any]] = {}
    for one in narrow.proposals(session, holder, key(notice)):
        mine = groups.setdefault(
            key(one.subscription),
            {
                "id": key(one.subscription),
                "what": describe(one.subscription, reader.language),
                "rules": [],
            },
        )
        words = narrow.rule(one.field, one.added, reader.language)
        value = f"{one.field}={','.join(one.added)}"
        mine["rules"].append({"value": value, "words": words, "before": one.before, "after": one.after})
    return list(groups.values())


def _page(request: Request, token: str, *, chosen: str = "", error: str = "") -> HTMLResponse:
    reader = Reader(language_of(request))
    with reading() as session:
        holder, notice, said = feedback.asked(session, token)
        about = subjects(session, [key(notice)])[key(notice)]
        rules = [
            (row.id, narrow.rule(row.field, row.added, reader.language))
            for row in narrow.taken(session, holder, key(notice))
        ]
        narrower = _proposals(session, reader, holder, notice) if said == "not_for_us" and not rules else []
        return render(
            request,
            "feedback.html",
            status=422 if error else 200,
            private=True,
            token=token,
            notice=notice,
            title=titles.title(notice, about.tags, reader.language, about.edited).words,
            said=said,
            chosen=chosen if chosen in ANSWERS else "",
            answers=sorted(ANSWERS, key=lambda one: one != chosen),
            narrower=narrower,
            rules=rules,
            help=assistance.of(session, holder, notice),
            error=error,
        )


@router.get("/feedback/{token}")
def page(request: Request, token: str, answer: str = "") -> HTMLResponse:
    """What the letter was about, with the three answers; `answer` is the button that was pressed there."""
    return _page(request, token, chosen=answer)


@router.post("/feedback/{token}")
def say(
    request: Request,
    token: str,
    act: Annotated[Literal["answer", "narrow", "undo"], Form()] = "answer",
    answer: Word = "",
    note: Word = "",
    subscription: Id = 0,
    rule: Word = "",
    word: Word = "",
) -> Response:
    """Store an answer, take a narrower rule or take one back."""
    try:
        with unit_of_work() as session:
            if act == "answer":
                feedback.answer(session, token, answer, note)
            else:
                holder, notice, _ = feedback.asked(session, token)
                if act == "undo":
                    narrow.undo(session, holder, subscription)
                else:
                    field, _, codes = rule.partition("=")
                    added = [word] if field == "word" else [one for one in codes.split(",") if one]
                    field = "excludes" if field == "word" else field
                    narrow.accept(session, holder, key(notice), subscription, field, added)
    except InvalidSubscription as error:
        return _page(request, token, error=error.sentence(language_of(request)).partition(": ")[2])
    return RedirectResponse(f"/feedback/{token}", 303)
