"""A notice in three lines of the reader's language: who does what, by when, and what to do.

Composed from facts only. No line is shown that holds a number or date which does not stand in the notice.
"""

import datetime as dt
import logging
import re
import unicodedata
from collections.abc import Sequence

from alerts.dates import days_to_comment, days_to_force
from alerts.interest import Subject
from config import taxonomy
from config.settings import settings
from config.texts import text
from database.tables import Notice

log = logging.getLogger(__name__)

MOST_CODES = 3
FIGURE = re.compile(r"\d{4}-\d\d-\d\d|\d+(?:[.,]\d+)*")


def figures(words: str) -> set[str]:
    """The numbers and dates of a text, whatever digits they are written in."""
    plain = "".join(
        str(unicodedata.digit(c)) if c.isdigit() else c for c in unicodedata.normalize("NFKC", words)
    )
    return {found.rstrip(".,") for found in FIGURE.findall(plain)}


def source_figures(notice: Notice) -> set[str]:
    """The numbers and dates a notice states: in its words, its codes and its dates."""
    words = [
        notice.title, notice.text, notice.products, notice.objective, notice.agency, *notice.symbols,
        notice.comment_deadline_raw, notice.in_force_raw, notice.adoption_raw,
    ]  # fmt: skip
    dates = (notice.published_on, notice.comment_deadline, notice.adoption_on, notice.in_force_on)
    found = set(notice.hs) | set(notice.ics) | {day.isoformat() for day in dates if day is not None}
    return found.union(*map(figures, words))


def gist(about: Subject, who: str, sectors: str, measure: str, language: str, now: dt.datetime) -> list[str]:
    """At most three lines. `who`, `sectors` and `measure` are names in the reader's language."""
    lines = [
        _what(about, who, sectors, measure, language),
        _when(about.notice, language),
        _do(about, language, now),
    ]
    return checked(lines, about)


def checked(lines: Sequence[str], about: Subject) -> list[str]:
    """The lines whose every figure stands in the notice, or in the notices it follows up."""
    stated = source_figures(about.notice) | set(about.hs)
    kept = [line for line in lines if figures(line) <= stated]
    if len(kept) < len(lines):
        log.warning("gist_unverified notice=%s lines=%d", about.notice.id, len(lines) - len(kept))
    return kept


def _what(about: Subject, who: str, sectors: str, measure: str, language: str) -> str:
    notice = about.notice
    codes = text("letters.join", language).join(dict.fromkeys(about.hs[:MOST_CODES]))
    products = sectors
    if codes:
        products = text(
            "letters.gist_hs" if sectors else "letters.gist_hs_alone", language, sectors=sectors, codes=codes
        )
    return text(
        "letters.gist_what" if products else "letters.gist_what_unnamed",
        language,
        who=who,
        kind=text(f"letters.kind_{notice.kind}", language),
        measure=measure,
        products=products,
    )


def _when(notice: Notice, language: str) -> str:
    close, force = notice.comment_deadline, notice.in_force_on
    return text(
        f"letters.gist_when{'' if close else '_no_deadline'}{'' if force else '_no_force'}",
        language,
        close=close and close.isoformat(),
        force=force and force.isoformat(),
    )


def _do(about: Subject, language: str, now: dt.datetime) -> str:
    """What to do follows from where the measure stands and what it does."""
    notice = about.notice
    if notice.withdrawn:
        return text("letters.gist_do_nothing", language)
    if (days := days_to_comment(notice, now)) is not None:
        ours_passed = days < settings().internal_lead_days
        return text("letters.gist_do_comment_now" if ours_passed else "letters.gist_do_comment", language)
    if notice.kind == "alert":
        return text("letters.gist_do_case", language)
    known = taxonomy.measure_types()
    stops = any(known[code].severity == 3 for code in about.measure_types if code in known)
    if days_to_force(notice, now) is not None:
        return text("letters.gist_do_stop" if stops else "letters.gist_do_prepare", language)
    return text("letters.gist_do_check", language)
