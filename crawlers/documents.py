"""The full texts behind notices: fetched, archived, their words taken out and made searchable.

Has the form of a stage, but waits for the network: it runs after a crawl, not in the line, so that no
warning waits for a slow server. A notice without links gets a row too, or it would stay pending for ever.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from config.settings import settings
from crawlers import snapshots
from crawlers.addresses import joined
from crawlers.extract import Extracted, extract
from crawlers.fetch import Fetched, Library, NotFetched
from crawlers.form import Form, forms
from crawlers.words import language as told
from database import search
from database.session import reading, unit_of_work
from database.tables import Document, Notice, Reading
from database.types import now

log = logging.getLogger(__name__)

BATCH = 5
AFTER_CRAWL = 100  # notices looked at after each crawl; what is left comes after the next
LOOK_BACK = dt.timedelta(days=60)  # older notices keep the texts they have
MOST_LINKS = 6
TRIES = 5
FIRST_WAIT = dt.timedelta(hours=1)  # four times as long after each try
TEXTS = "application/xhtml+xml, text/html"
LITTLE = 1500  # characters; a page that holds no more is the cover of its files


@dataclass(frozen=True)
class Had:
    """One document as it came, or did not."""

    url: str
    title: str
    found: Extracted
    answer: Fetched | None = None
    again: bool = False


def pending(session: Session, limit: int, source: str = "") -> list[int]:
    """Notices whose links were not looked at since they last changed, or are to be tried again; newest first.

    Enforcement cases are left out: their links lead to pictures and shops.
    """
    looked = select(Document.id).where(
        Document.notice_id == col(Notice.id), Document.version == col(Notice.version)
    )
    again = select(Document.notice_id).where(col(Document.again_at) <= now())
    query = select(Notice.id).where(
        Notice.first_seen_at >= now() - LOOK_BACK,
        Notice.kind != "alert",
        or_(~looked.exists(), col(Notice.id).in_(again)),
    )
    if source:
        query = query.where(Notice.source == source)
    return [i for i in session.exec(query.order_by(col(Notice.id).desc()).limit(limit)) if i is not None]


def _never() -> bool:
    return False


def handle(ids: Sequence[int], stop: Callable[[], bool] = _never) -> None:
    """Fetch what the notices link to, and store it notice by notice; one broken off is left pending."""
    with reading() as session:
        notices = session.exec(select(Notice).where(col(Notice.id).in_(ids))).all()
        rows = session.exec(select(Document).where(col(Document.notice_id).in_(ids))).all()
    for notice in notices:
        done = {
            row.url
            for row in rows
            if row.notice_id == notice.id and (row.again_at is None or row.again_at > now())
        }
        had = asyncio.run(_fetch(notice, done, stop))
        if had is not None:
            _store(notice, had)


def fetch(source: str = "", *, limit: int = 500, stop: Callable[[], bool] = _never) -> int:
    """Work on what is pending, of one source or of all; how many notices were looked at."""
    done: set[int] = set()
    while len(done) < limit and not stop():
        with reading() as session:
            ids = [i for i in pending(session, BATCH + len(done), source) if i not in done][:BATCH]
        if not ids:
            break
        for number in ids:
            try:
                handle([number], stop)
            except Exception:
                log.exception("documents_failed notice=%d", number)
        done.update(ids)
    return len(done)


async def _fetch(notice: Notice, done: set[str], stop: Callable[[], bool]) -> list[Had] | None:
    form = forms().get(notice.source)
    languages = form.text_languages if form else ()
    links = {link["url"]: link["title"] for link in _wanted(notice, form) if link["url"] not in done}
    found: list[Had] = []
    async with Library(settings().source_urls.get(notice.source, "")) as library:
        for url, title in list(links.items())[:MOST_LINKS]:
            if stop():
                return None
            one = await _in_some_language(library, url, title, languages)
            found.append(one)
            if one.found.kind == "html" and len(one.found.text) < LITTLE and one.answer is not None:
                # the page of a document: its files are what is meant
                base = one.answer.address
                files = [(joined(base, to), said) for to, said in one.found.files]
                near = [(to, said) for to, said in files if urlsplit(to).hostname == urlsplit(base).hostname]
                found.extend(
                    [await _one(library, to, said) for to, said in near if to not in {*links, *done}]
                )
    return found


def _wanted(notice: Notice, form: Form | None) -> Sequence[dict[str, str]]:
    """The links that lead to texts: all, or the first of the names that the source gives."""
    for name in form.texts if form else ():
        if named := [link for link in notice.links if link["title"] == name]:
            return named
    return () if form and form.texts else notice.links


async def _in_some_language(library: Library, url: str, title: str, languages: Sequence[str]) -> Had:
    """The text in the first of the languages in which there is one."""
    for language in languages[:-1]:
        one = await _one(library, url, title, language)
        if one.found.status not in ("gone", "refused"):
            return one
    return await _one(library, url, title, languages[-1] if languages else "")


async def _one(library: Library, url: str, title: str, language: str = "") -> Had:
    asked = {"Accept": TEXTS, "Accept-Language": language} if language else None
    try:
        answer = await library.get(url, asked)
    except NotFetched as error:
        return Had(url, title, Extracted(error.status, message=str(error)), again=error.status == "failed")
    found = await asyncio.to_thread(extract, answer.body)
    if found.kind == "html" and urlsplit(url).path.casefold().endswith((".pdf", ".docx")):
        # a server that is busy, or shields itself, answers with a page of its own
        missing = Extracted("failed", "html", message=f"{url}: a web page came in place of the file")
        return Had(url, title, missing, answer, again=True)
    return Had(url, title, found, answer)


def _store(notice: Notice, had: Sequence[Had]) -> None:
    with unit_of_work() as session:
        known = {
            row.url: row for row in session.exec(select(Document).where(Document.notice_id == notice.id))
        }
        if not had and not known:
            known[""] = Document(notice_id=notice.id or 0, url="", status="none")
        for one in had:
            row = known.setdefault(one.url, Document(notice_id=notice.id or 0, url=one.url, status=""))
            _fill(row, one)
            if one.answer is not None:
                row.snapshot_id = snapshots.keep(
                    session,
                    notice.source,
                    one.url,
                    one.answer.body,
                    content_type=one.answer.content_type,
                    etag=one.answer.etag,
                    last_modified=one.answer.last_modified,
                ).id
            log.info("document source=%s notice=%d status=%s", notice.source, notice.id, row.status)
        for row in known.values():
            row.version = notice.version
            session.add(row)
        session.flush()
        if any(one.found.text for one in had):
            stored = session.exec(select(Notice).where(Notice.id == notice.id).with_for_update()).one()
            search.index(session, stored)
            # what was read of the notice was read without these texts: it is to be read again
            session.execute(
                delete(Reading).where(
                    col(Reading.notice_id) == notice.id, col(Reading.version) == stored.version
                )
            )


def _fill(row: Document, one: Had) -> None:
    row.title, row.fetched_at, row.tries = one.title, now(), row.tries + 1
    row.status, row.kind, row.message = one.found.status, one.found.kind, one.found.message
    row.text, row.cut, row.pages = one.found.text, one.found.cut, one.found.pages
    row.language = told(one.found.text)
    wait = FIRST_WAIT * 4 ** (row.tries - 1)
    row.again_at = now() + wait if one.again and row.tries < TRIES else None
