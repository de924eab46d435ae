"""Which of several products in one phrase is meant, and which only describes it.

"Detergents for dishwashers" are detergents, "lead in toys" concerns toys, 燃料泵 is a pump. Each language has
words that, standing between two products, say that the later or the earlier one describes.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from classifier.terms import Match

_BREAK = re.compile(r"[,;:()\[\]\n、，；：。（）【】“”\"|]|\. | [-–—] ")
_SPACELESS = frozenset({"zh", "ja", "ko"})

_LATER_DESCRIBES = {
    "en": r"for|with|intended|used|using|containing|powered|suitable|without",
    "es": r"para|con|destinad\w+|utilizad\w+|sin",
    "pt": r"para|com|destinad\w+|utilizad\w+|sem",
    "fr": r"pour|avec|destiné\w*|utilisé\w*|sans|à usage",
    "ru": r"для|с|со|предназначенн\w+|без",
    "vi": r"dùng cho|sử dụng cho|cho|với",
    "id": r"untuk|dengan",
    "zh": r"中|内|中的|用于",
}
_EARLIER_DESCRIBES = {
    "en": r"in|from|on",
    "es": r"en|sobre",
    "pt": r"em|no|na|nos|nas",
    "fr": r"dans|sur|en",
    "ru": r"в|на",
    "vi": r"trong|trên",
    "id": r"dalam|pada",
}
_AND = re.compile(r"\b(?:and|or|y|o|e|et|ou|и|или|và|hoặc|dan|atau)\b|[和与及或等、/&+]|以及", re.IGNORECASE)


def _says(words: dict[str, str], language: str, between: str) -> bool:
    pattern = words.get(language)
    if not pattern:
        return False
    if language in _SPACELESS:
        return re.match(rf"(?:{pattern})", between) is not None
    return re.search(rf"\b(?:{pattern})\b", between, re.IGNORECASE) is not None


def _compound(language: str, between: str) -> bool:
    """Whether two products run on as one word, of which the last is meant (hair shampoo, 燃料泵)."""
    if language in _SPACELESS:
        return not _AND.search(between)
    return language == "en" and not between.strip(" -")


def shares(text: str, matches: Sequence[Match], describing: float) -> list[float]:
    """For each match, in their order, what it counts: 1.0 if it is meant, `describing` if it describes."""
    counts = [1.0] * len(matches)
    for number, (one, other) in enumerate(pairwise(matches)):
        between = text[one.end : other.start]
        if one.code == other.code or len(between) > 60 or _BREAK.search(between):
            continue
        language = other.language
        if _says(_LATER_DESCRIBES, language, between):
            counts[number + 1] = min(describing, counts[number])
        elif _says(_EARLIER_DESCRIBES, language, between) or _compound(language, between):
            counts[number] = describing
    return counts
