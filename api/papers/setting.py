"""Words set as lines in every script we have a font for: shaped, in their direction, broken where one may.

FiraGO holds Latin, Cyrillic, Greek, Arabic, Hebrew, Thai, Devanagari and Georgian and goes into the file;
Chinese, Japanese and Korean are set in the fonts that readers of PDF bring. A word in any other script is
replaced by the name of its script: whoever needs it knows what stands on the page.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

import pymupdf_fonts
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont, shapeStr
from reportlab.platypus import Flowable

from config.texts import catalogue, text

OWN, CHINESE, KOREAN = "FiraGO", "STSong-Light", "HYSMyeongJo-Medium"
LEADING = 1.45
# What Adobe-GB1 holds, by first and last character.
GB1 = (
    ("\u2010", "\u26ff"), ("\u3000", "\u312f"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"),
    ("\uff00", "\uffef"),
)  # fmt: skip
HANGUL = ("\uac00", "\ud7a3")
SHAPED = re.compile("[\u0590-\u08ff\u0900-\u097f\u0e00-\u0e7f\ufb1d-\ufdff\ufe70-\ufeff]")
THAI = re.compile("[\u0e00-\u0e7f]")
LEADS = frozenset("เแโใไ")  # vowels written before their consonant: a syllable begins here
NOT_FIRST = frozenset("，。、；：？！）》〉」』】〕％…—,.;:?!)]}%”’")
NOT_LAST = frozenset("（《〈「『【〔([{“‘")
MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
RIGHT_TO_LEFT, NUMBERS, LETTERS = ("R", "AL"), ("EN", "AN"), ("L",)


@lru_cache(maxsize=1)
def own() -> Any:
    """The font that goes into the file, known to reportlab together with the others."""
    font = TTFont(OWN, io.BytesIO(pymupdf_fonts.myfont("figo")))
    pdfmetrics.registerFont(font)
    for name in (CHINESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return font


@lru_cache(maxsize=4_096)
def _font(character: str) -> str:
    """The font that has a character; empty: none."""
    if ord(character) in own().face.charToGlyph:
        return OWN
    if any(first <= character <= last for first, last in GB1):
        return CHINESE
    return KOREAN if HANGUL[0] <= character <= HANGUL[1] else ""


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _shown(word: str, language: str) -> str:
    """A word as far as there is a font for it; else as its base letters, or as the name of its script."""
    if all(map(_font, word)):
        return word
    missing = next((c for c in word if not _font(c) and unicodedata.category(c)[0] == "L"), "")
    plain = "".join(c if _font(c) else "".join(filter(_font, unicodedata.normalize("NFKD", c))) for c in word)
    if not missing or _font(unicodedata.normalize("NFKD", missing)[0]):
        return plain
    key = f"officials.script_{_script(missing)}"
    name = text(key if key in catalogue() else "officials.script_other", language)
    return text("officials.script_elsewhere", language, script=name)


def showable(words: str, language: str) -> str:
    """Words of which each character has a font; words in a row without one are named once."""
    parts = [_shown(one, language) for one in re.split(r"(\s+)", unicodedata.normalize("NFC", words))]
    found: list[str] = []
    for part in parts:
        if len(found) > 1 and part.startswith(("〔", "[")) and part == found[-2]:
            found.pop()
        else:
            found.append(part)
    return "".join(found)


@dataclass(frozen=True)
class Unit:
    """Characters that stay together: one font, one direction."""

    words: str
    font: str
    level: int  # of embedding, as in the bidirectional algorithm: odd runs from right to left
    breaks: bool  # whether a line may begin with it
    width: float = 0


def _direction(character: str) -> str:
    kind = unicodedata.bidirectional(character)
    return "R" if kind in RIGHT_TO_LEFT else "N" if kind in NUMBERS else "L" if kind in LETTERS else "-"


def _base(words: str) -> int:
    """1 for words that begin from right to left."""
    strong = (kind for kind in map(_direction, words) if kind in "LR")
    return int(next(strong, "L") == "R")


def _levels(words: str, base: int) -> list[int]:
    """The level of each character: neutral ones go with their neighbours if both agree."""
    own_direction = "R" if base else "L"
    kinds, last = list[str](), own_direction
    for character in words:
        kind = _direction(character)
        if unicodedata.category(character)[0] == "M":
            kind = kinds[-1] if kinds else kind
        last = kind if kind in "LR" else last
        kinds.append("L" if kind == "N" and last == "L" else kind)
    after = own_direction
    resolved = kinds[:]
    for place in reversed(range(len(kinds))):
        if kinds[place] == "-":
            before = next((kind for kind in reversed(kinds[:place][-80:]) if kind != "-"), own_direction)
            both = {"L" if kind == "L" else "R" for kind in (before, after)}
            resolved[place] = both.pop() if len(both) == 1 else own_direction
        else:
            after = kinds[place]
    return [{"R": 1, "N": 2, "L": 2 * base}[kind] for kind in resolved]


def _breaks(before: str, character: str) -> bool:
    if (
        before == ""
        or character in NOT_FIRST
        or before in NOT_LAST
        or unicodedata.category(character)[0] == "M"
    ):
        return False
    if before.isspace() or before in "-\u2010\u2013/":
        return not character.isspace() and not (before == "/" and character == "/")
    if THAI.match(before) and THAI.match(character):
        return character in LEADS
    eastern = CHINESE, KOREAN
    return _font(character) in eastern or _font(before) in eastern


def _units(words: str, size: float, base: int) -> Iterator[Unit]:
    levels = _levels(words, base)
    marked = [
        (character, _font(character) or OWN, level, _breaks(words[place - 1 : place], character))
        for place, (character, level) in enumerate(zip(words, levels, strict=True))
    ]
    number = 0
    keys = []
    for place, (character, font, level, breaks) in enumerate(marked):
        _, font_before, level_before, _ = marked[place - 1]
        if (
            breaks
            or font != font_before
            or level != level_before
            or character == " "
            or words[place - 1] == " "
        ):
            number += 1
        keys.append(number)
    for _, group in groupby(zip(keys, marked, strict=True), key=lambda pair: pair[0]):
        some = [one for _, one in group]
        said, font, level = "".join(one[0] for one in some), some[0][1], some[0][2]
        if level % 2 and not SHAPED.search(said):  # shaping turns brackets by itself
            said = said.translate(MIRRORED)
        yield Unit(said, font, level, some[0][3], width(said, font, size))


@lru_cache(maxsize=8_192)
def width(words: str, font: str, size: float) -> float:
    """Of words as they will be drawn."""
    own()
    if font == OWN and SHAPED.search(words):
        shaped = shapeStr(words, font, size)
        if data := getattr(shaped, "__shapeData__", None):
            return float(sum(one.x_advance for one in data) * size / 1000)
    return float(pdfmetrics.stringWidth(words, font, size))


def _pieces(unit: Unit, size: float, room: float) -> Iterator[Unit]:
    """A unit that is wider than a line, cut so that each piece fits."""
    if unit.width <= room or len(unit.words) < 2:
        yield unit
        return
    middle = len(unit.words) // 2
    for part, breaks in ((unit.words[:middle], unit.breaks), (unit.words[middle:], True)):
        piece = replace(unit, words=part, breaks=breaks, width=width(part, unit.font, size))
        yield from _pieces(piece, size, room)


def lines(words: str, size: float, room: float, base: int) -> list[list[Unit]]:
    """Words broken into lines, each in logical order."""
    found: list[list[Unit]] = []
    for paragraph in words.split("\n"):
        line: list[Unit] = []
        used, last = 0.0, -1  # last: the place in the line at which it may be broken
        for whole in _units(paragraph, size, base):
            for unit in _pieces(whole, size, room):
                if unit.breaks and line:
                    last = len(line)
                if used + unit.width > room and line and not unit.words.isspace():
                    at = last if last > 0 else len(line)
                    found.append(line[:at])
                    line, last = line[at:], -1
                    used = sum(one.width for one in line)
                line.append(unit)
                used += unit.width
        found.append(line)
    return found


def visual(line: Sequence[Unit]) -> list[Unit]:
    """A line in the order in which it is read off the paper, from the left."""
    found = list(line)
    while found and found[-1].words.isspace():
        found.pop()
    for level in range(max((one.level for one in found), default=0), 0, -1):
        turned: list[Unit] = []
        for high, some in groupby(found, key=lambda one: one.level >= level):
            units = [*some]
            turned += units[::-1] if high else units
        found = turned
    return found


class Text(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A paragraph in any script; goes on on the next page where it has to."""

    def __init__(
        self,
        words: str,
        size: float,
        color: Any,
        *,
        right: bool = False,
        after: float = 0,
        stay: bool = False,
    ) -> None:
        super().__init__()
        self.words, self.size, self.color = words, size, color
        self.base = _base(words)
        self.right = right or bool(self.base)
        self.spaceAfter, self.keepWithNext = after, int(stay)
        self.lines: list[list[Unit]] | None = None
        self._ready = False

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        """Its size in a width."""
        if self.lines is None or (not self._ready and self.width != room):
            self.lines = lines(self.words, self.size, room, self.base)
        self.width: float = room
        return room, len(self.lines) * self.size * LEADING

    def split(self, room: float, height: float) -> list[Flowable]:
        """In two, if some lines fit."""
        self.wrap(room, height)
        fit, found = int(height // (self.size * LEADING)), self.lines or []
        if not 0 < fit < len(found):
            return [] if not fit else [self]
        parts = []
        for some in (found[:fit], found[fit:]):
            part = Text("", self.size, self.color, right=self.right, after=self.spaceAfter)
            part.lines, part._ready = some, True
            parts.append(part)
        return parts

    def draw(self) -> None:
        """Onto the page."""
        canvas, step = self.canv, self.size * LEADING
        canvas.setFillColor(self.color)
        for place, line in enumerate(self.lines or [], 1):
            shown = visual(line)
            x = self.width - sum(one.width for one in shown) if self.right else 0.0
            y = (len(self.lines or []) - place) * step + (step - self.size) * 0.5 + self.size * 0.22
            pen = canvas.beginText(x, y)
            for (font, shaped), some in groupby(shown, key=_drawn):
                pen.setFont(font, self.size)
                if shaped:
                    for one in some:
                        pen.textOut(shapeStr(one.words, font, self.size))
                else:
                    pen.textOut("".join(one.words for one in some))
            canvas.drawText(pen)


def _drawn(unit: Unit) -> tuple[str, bool]:
    """The font, and whether its glyphs depend on their neighbours."""
    return unit.font, unit.font == OWN and SHAPED.search(unit.words) is not None
