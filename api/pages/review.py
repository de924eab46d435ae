"""`/review`: the queue of an analyst, and one screen for each notice that is settled by keys alone."""

from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from alerts.dates import closes_at, today
from api import dating, editorial, notices, reviewing, tags
from api.cards import due, spoken
from api.evidence import FIELDS, Link, Passages, elsewhere
from api.guard import policy
from api.levels import level
from api.login.rights import person_of, signed
from api.reader import Reader, language_of
from api.rendering import render
from api.reviewing import CERTAINTIES, Key, Stale
from api.values import market_codes
from config import taxonomy
from crawlers import corrections
from database import types
from database.session import reading, unit_of_work
from database.tables import Notice, Reading

router = APIRouter(dependencies=[Depends(signed)])

SHOWN = 40
SUGGESTIONS = 3
LIKELY = 0.02  # below, the machine does not think so
Number = Annotated[int, Form(ge=0, le=2**31)]


def _codes(kind: str) -> list[str]:
    known: dict[str, list[str]] = {
        "sector": list(taxonomy.sectors()),
        "market": market_codes(),
        "measure_type": list(taxonomy.measure_types()),
        "country": sorted(taxonomy.countries()),
    }
    return known[kind]


@router.get("/review")
def page(request: Request, accepted: int = -1, mine: bool = False) -> Response:
    """What waits, the most pressing doubt first; then texts in work, `mine`: only those I own."""
    reader, now = Reader(language_of(request)), types.now()
    with reading() as session:
        waiting = reviewing.queue(session, now)
        aside = reviewing.held(session)
        work = editorial.in_work(session, person_of(request).email if mine else "")
        rows = [
            {
                "one": one,
                "title": spoken(reader, one.notice, one.codes)[0],
                "due": due(reader, one.notice, now),
            }
            for one in waiting[:SHOWN]
        ]
        doubtful = reviewing.counted(session)
    shown = [notices.identity(one.notice) for one in waiting]
    bulk = [(least, sum(one.certainty >= least for one in waiting)) for least in CERTAINTIES]
    return render(
        request, "review.html", rows=rows, total=len(waiting), doubtful=doubtful, shown=shown,
        bulk=[(least, n) for least, n in bulk if n], aside=aside, accepted=accepted, most=reviewing.MOST,
        work=work, mine=mine, today=today(now),
    )  # fmt: skip


@router.post("/review")
def accept_many(
    request: Request,
    least: Annotated[float, Form(ge=0.5, le=1)],
    shown: Annotated[str, Form(max_length=8_000)] = "",
) -> Response:
    """Accept all shown notices of which the machine is sure enough."""
    numbers = {int(one) for one in shown.split(",") if one.isascii() and one.isdigit()}
    with unit_of_work() as session:
        n = reviewing.accept_all(session, person_of(request), numbers, least, types.now())
    return RedirectResponse(f"/review?accepted={n}", 303)


def _choices(reader: Reader, found: list[tags.Founded], passages: Passages, ranking: list[Any]) -> list[Any]:
    """The tags that hold, then what the machine nearly said; the first nine have a number key."""
    held = {(one.kind, one.code) for one in found}
    near = [one for one in ranking if ("sector", one["code"]) not in held and one["score"] >= LIKELY]
    rows: list[dict[str, Any]] = [
        {
            "kind": one.kind, "code": one.code, "held": True, "by": one.by, "key": one.key,
            "score": one.score,
            "mark": passages.first.get(one.key, ""), "elsewhere": elsewhere(reader, one),
        }
        for one in found
    ]  # fmt: skip
    rows += [
        {"kind": "sector", "code": one["code"], "held": False, "by": "", "score": one["score"]}
        for one in near[:SUGGESTIONS]
    ]
    rows.sort(key=lambda row: tags.KINDS.index(row["kind"]))
    return [{"number": number if number < 10 else 0, **row} for number, row in enumerate(rows, 1)]


def _others(choices: list[Any]) -> dict[str, list[str]]:
    there = {(row["kind"], row["code"]) for row in choices}
    return {kind: [code for code in _codes(kind) if (kind, code) not in there] for kind in tags.KINDS}


def _ranking(session: Session, notice: Notice) -> list[Any]:
    query = select(Reading.ranking).where(Reading.notice_id == notice.id).order_by(col(Reading.id).desc())
    return list(session.exec(query.limit(1)).first() or [])


def _next(session: Session, besides: int) -> int | None:
    waiting = reviewing.queue(session, types.now())
    return next((one for one in (notices.identity(row.notice) for row in waiting) if one != besides), None)


@router.get("/review/{notice_id:int}")
def screen(request: Request, notice_id: int) -> Response:
    """One notice: the original and its facts beside what the machine says of it."""
    reader, now = Reader(language_of(request)), types.now()
    with reading() as session:
        notice = notices.fetch(session, notice_id)
        found = tags.founded(session, notice_id)
        codes = {kind: [one.code for one in found if one.kind == kind] for kind in tags.KINDS}
        links: dict[str, list[Link]] = {}
        for place in dating.places(notice):
            links.setdefault(place.field, []).append((place.start, place.end, place.href(notice_id)))
        passages = Passages({name: getattr(notice, name) for name in FIELDS}, found, links)
        choices = _choices(reader, found, passages, _ranking(session, notice))
        answer = render(
            request,
            "review_one.html",
            notice=notice,
            title=spoken(reader, notice, codes)[0],
            who=reader.names("country", notice.members) or notice.agency or notice.source,
            level=level(notice, codes["measure_type"], today(now)),
            due=due(reader, notice, now),
            closes=closes_at(notice),
            passages=passages.html,
            groups=[(kind, list(rows)) for kind, rows in groupby(choices, lambda row: str(row["kind"]))],
            others=_others(choices),
            stamp=reviewing.stamp(session, notice),
            following=_next(session, notice_id),
            text=editorial.fetch(session, notice_id),
            roles=dating.ROLES,
            chosen=dating.NOTHING,
            fixes=corrections.standing(session, notice_id),
        )
    # The next screen is fetched while this one is read.
    answer.headers["Content-Security-Policy"] = policy(default_src="'self'")
    return answer


def _keys(given: list[str]) -> set[Key]:
    """The tags of a form that exist."""
    pairs = [one.partition(":") for one in given]
    return {(kind, code) for kind, _, code in pairs if kind in tags.KINDS and code in _codes(kind)}


def _onward(following: int) -> Response:
    return RedirectResponse(f"/review/{following}" if following else "/review", 303)


@router.post("/review/{notice_id:int}")
def decide(
    request: Request,
    notice_id: int,
    stamp: Annotated[str, Form(max_length=100)],
    tag: Annotated[list[str] | None, Form(max_length=400)] = None,
    following: Number = 0,
    act: Annotated[str, Form(max_length=10)] = "accept",
) -> Response:
    """Accept as corrected, reject all sectors, or hold; then the next."""
    person, wanted = person_of(request), _keys(tag or [])
    if act == "reject":
        wanted = {one for one in wanted if one[0] not in ("sector", "measure_type")}
    try:
        with unit_of_work() as session:
            notices.fetch(session, notice_id)
            if act == "hold":
                reviewing.put_aside(session, person, notice_id)
            else:
                reviewing.settle(session, person, notice_id, stamp, wanted)
    except Stale:
        return _stale(request, notice_id, wanted)
    return _onward(following)


def _stale(request: Request, notice_id: int, wanted: set[Key]) -> Response:
    """Both opinions side by side; nothing is overwritten."""
    with reading() as session:
        notice = notices.fetch(session, notice_id)
        theirs = {(one.kind, one.code) for one in tags.founded(session, notice_id)}
        seen = reviewing.stamp(session, notice)
    rows = sorted(theirs | wanted)
    return render(
        request, "review_stale.html", status=409, notice=notice, theirs=theirs, yours=wanted, rows=rows,
        stamp=seen,
    )  # fmt: skip
