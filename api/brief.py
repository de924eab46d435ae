"""The weekly brief and the monthly report: the question stands in the address, for anybody to ask again."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from api import graded, period, watching
from api.cards import cards
from api.papers.blocks import Bars, Block, Heading, Items, Paper, Table, Words
from api.period import Period
from api.reader import Reader, address
from api.summary import counted, heat, weighty
from api.values import market_codes
from config import taxonomy
from config.settings import settings

MOST_DAYS = 366
MOST_LISTED = 100
KINDS = ("brief", "report")


def path(kind: str, suffix: str = "") -> str:
    """Where a brief or report is, as page or file."""
    return f"/risk/{kind}{suffix}"


def question(period: Period, lists: str) -> dict[str, str]:
    """What the address of a brief holds."""
    return {
        "published_from": period.first.isoformat(),
        "published_to": period.last.isoformat(),
        "seen": period.seen.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lists": lists,
    }


def number(kind: str, asked: dict[str, str]) -> str:
    """The query id: the same question has the same."""
    return hashlib.sha256(address(path(kind), asked).encode()).hexdigest()[:12]


def method(reader: Reader, period: Period) -> str:
    """How the numbers came to be."""
    return reader.say(
        "people.brief_method_words",
        first=reader.day(period.first),
        last=reader.day(period.last),
        seen=reader.moment(period.seen),
        taxonomy=taxonomy.fingerprint(),
    )


def parts(session: Session, reader: Reader, chosen: Period, kind: str) -> dict[str, Any]:
    """What a brief shows, on whatever it is shown."""
    now, before = graded.graded(session, chosen), graded.graded(session, chosen.before)
    figures = period.figures(session, chosen, besides=graded.FIGURE)
    figures.insert(1, graded.figure(now, before))
    listed = graded.notices(session, now.pressing[:MOST_LISTED])
    found = {
        **heat(session, chosen),
        "figures": figures,
        "weighty": weighty(session, reader, chosen, now.raised),
        "pressing": cards(session, reader, listed, chosen.moment),
        "pressing_more": len(now.pressing) - len(listed),
        "countries": counted(session, reader, chosen, "country"),
        "types": counted(session, reader, chosen, "measure_type"),
        "moved": graded.moved(session, chosen),
        "report": None,
    }
    if kind == "report":
        found["report"] = {
            "weeks": period.weeks(session, chosen),
            "sectors": _against(session, reader, chosen, "sector", list(taxonomy.sectors())),
            "by_market": _against(session, reader, chosen, "market", market_codes()),
            "watched": watching.totals(session, chosen),
            "lag": period.lag(session, chosen),
        }
    return found


def _against(
    session: Session, reader: Reader, chosen: Period, kind: str, codes: Sequence[str]
) -> list[tuple[str, int, int, str]]:
    """Each code of a kind: name, number, number of the period before, and the list."""
    now, before = (dict(period.tagged(session, one, kind, most=200)) for one in (chosen, chosen.before))
    within = {"published_from": chosen.first, "published_to": chosen.last}
    return [
        (reader.name(kind, code), now.get(code, 0), before.get(code, 0), address("/", {kind: code, **within}))
        for code in codes
        if code in now or code in before
    ]


def paper(reader: Reader, chosen: Period, asked: dict[str, str], found: dict[str, Any], kind: str) -> Paper:
    """The brief as a document; `found` is what the page shows."""
    say = reader.say
    own = settings().public_url.rstrip("/") + address(path(kind), asked)
    query = say("people.brief_id", id=number(kind, asked))
    blocks: list[Block] = [Heading(say("people.brief_glance")), _glance(reader, found)]
    if found["report"]:
        blocks += _report(reader, found["report"])
    blocks += [Heading(say("people.heat_heading")), _heat(reader, found)]
    blocks += [Heading(say("people.top_heading")), *_weighty(reader, found)]
    blocks += _pressing(reader, found)
    for key, rows in (("countries", found["countries"]), ("types", found["types"])):
        table = Table(["", say("people.number")], [[name, reader.number(n)] for name, n, _ in rows])
        blocks += [Heading(say(f"people.{key}_heading")), table if rows else Words(say("people.none"))]
    blocks += [Heading(say("people.brief_method")), Words(method(reader, chosen))]
    blocks += [Words(say("officials.moved", n=found["moved"]))] if found["moved"] else []
    blocks.append(Words(f"{query}\n{own}", quiet=True))
    return Paper(
        title=say(f"officials.{kind}_heading"),
        subtitle=say("people.brief_period", first=reader.day(chosen.first), last=reader.day(chosen.last)),
        author=say("brand"),
        language=reader.language,
        foot=f"{say('brand')} · {query}",
        blocks=blocks,
    )


def _glance(reader: Reader, found: dict[str, Any]) -> Table:
    head = ["", reader.say("people.now_col"), reader.say("people.before_col"), "±"]
    rows = [
        [reader.say(f"people.{one.key}"), str(one.n), str(one.before), one.change] for one in found["figures"]
    ]
    return Table(head, rows)


def _heat(reader: Reader, found: dict[str, Any]) -> Block:
    cells, markets = found["cells"], found["markets"]
    if not found["sectors"]:
        return Words(reader.say("risk_none"))
    head = [reader.say("filter_sector"), *(reader.name("market", one) for one in markets)]
    rows = [
        [
            reader.name("sector", sector),
            *(str(cells[sector, one].notices) if (sector, one) in cells else "0" for one in markets),
        ]
        for sector in found["sectors"]
    ]
    return Table(head, rows)


def _weighty(reader: Reader, found: dict[str, Any]) -> list[Block]:
    rows = [
        (
            one["title"],
            " · ".join([*one["why"], *([" ".join(one["notice"].symbols)] if one["notice"].symbols else [])]),
        )
        for one in found["weighty"]
    ]
    return (
        [Words(reader.say("people.top_lead"), quiet=True), Items(rows)]
        if rows
        else [Words(reader.say("people.none"))]
    )


def _pressing(reader: Reader, found: dict[str, Any]) -> list[Block]:
    """All that the number of pressing ones counts, so that it can be checked in the document itself."""
    if not found["pressing"]:
        return []
    rows = [
        (
            card.title,
            " · ".join(
                part
                for part in (
                    reader.say(f"letters.level_{card.level}"),
                    " ".join(card.notice.symbols),
                    card.due.head,
                    card.due.foot,
                )
                if part
            ),
        )
        for card in found["pressing"]
    ]
    more = (
        [Words(reader.say("officials.pressing_more", n=found["pressing_more"]))]
        if found["pressing_more"]
        else []
    )
    return [Heading(reader.say("officials.pressing_heading")), Items(rows), *more]


def _report(reader: Reader, more: dict[str, Any]) -> list[Block]:
    say = reader.say
    blocks: list[Block] = [
        Heading(say("people.trend_heading")),
        Bars((say("officials.week"), say("people.number")), more["weeks"]),
    ]
    head = ["", say("people.now_col"), say("people.before_col"), "±"]
    for key, rows in (("filter_sector", more["sectors"]), ("filter_market", more["by_market"])):
        table = Table(head, [[name, str(n), str(before), f"{n - before:+,}"] for name, n, before, _ in rows])
        blocks += [Heading(say(f"officials.against_{key}")), table]
    blocks.append(Heading(say("people.regularity_heading")))
    blocks.append(Words(watching.told(reader, more["lag"])))
    if more["watched"]:
        head = [say("col_source"), *(say(f"officials.{key}") for key in ("runs", "failed", "missed"))]
        rows = [[reader.name("source", source), *(str(n) for n in some)] for source, *some in more["watched"]]
        blocks.append(Table(head, rows))
    return blocks
