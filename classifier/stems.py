"""Endings and beginnings that words take in a sentence, by language: both term and text lose them.

Patterns are written for folded text (no accents, Russian й is и, Turkish ı is i) and leave a stem of at
least three letters. A language without an entry here is matched word for word, with a plain plural.
"""

import re
from functools import lru_cache

_RUSSIAN = (
    "(?:иями|ями|ами|ыми|ими|его|ого|ему|ому|иях|иям|ием|ое|ее|ие|ые|ая|яя|ую|юю|ом|ем|им|ым|их|ых|ов|ев|еи|ои|ии|ыи"
    "|ия|ию|ья|ью|ье|ах|ях|ам|ям|а|е|и|о|у|ы|э|ю|я|ь)"
)
_UKRAINIAN = (
    "(?:иями|ями|ами|ими|ого|ому|іи|ії|еи|ою|ею|ові|ів|іх|их|ах|ях|ам|ям|им|ім|ом|ем|а|е|и|і|о|у|ю|я|ь)"
)
_TURKISH = "(?:l[ae]r)?(?:i?m[iu]z|s?[iu])?(?:n?[iu]n|[yn]?[iu]|[yn]?[ae]|n?[dt][ae]n?|y?l[ae])?"
_KAZAKH = "(?:[лдт][ае]р)?(?:с?[ыі])?(?:[нтд][ыі]ң|[нтд][ыі]|[ғгкқ][ае]|н?[ае]|[дтн][ае]н?|[мбп]ен)?"
_UZBEK = "(?:lar)?(?:s?i)?(?:ning|ni|ga|ka|qa|da|dan)?"

_ENDINGS = {
    "ru": _RUSSIAN,
    "uk": _UKRAINIAN,
    "tr": _TURKISH,
    "kk": _KAZAKH,
    "uz": _UZBEK,
    "fa": "(?:ي?(?:هايي|هاي|ها|ات)|ي)",
    "ur": "(?:ون|ين|ان|ات|ي|ا)",
    "hi": "(?:ियों|ियां|ियाँ|ाओं|ाएं|ओं|ों|ें|ीं|ां|ी|ा|े|ि)",
    "bn": "(?:গুলির|গুলোর|গুলি|গুলো|সমূহের|সমূহ|দের|য়ের|ের|এর|কে|তে|র|ে)",
    "ar": "(?:يات|يون|يين|تين|ات|ون|ين|ان|يه|ها|هم|ه|ي)",
    "id": "(?:nya)",
    "ms": "(?:nya)",
}
# A vowel that other forms of the word lack: игрушек, игрушки.
_FLEETING = {"ru": "[ео](?=к{end})", "uk": "[ео](?=к{end})"}
_BEGINNINGS = {"ar": "(?:[وف]?[بك]?ال|[وف]?لل|و(?=[^ ]{4}))"}


@lru_cache(maxsize=64)
def affixes(language: str) -> re.Pattern[str] | None:
    """What folds away from the words of a language besides accents; None: nothing."""
    letter = r"(?:[^\W\d_]|[\u0900-\u0dff])"  # Indic vowel signs are letters here
    parts = []
    if beginning := _BEGINNINGS.get(language):
        parts.append(rf"\b{beginning}(?=\w\w\w)")
    if ending := _ENDINGS.get(language):
        parts.append(rf"(?<={letter * 3}){ending}(?!{letter})")
    if fleeting := _FLEETING.get(language):
        parts.append(rf"(?<={letter * 3})" + fleeting.replace("{end}", f"(?!{letter})"))
    return re.compile("|".join(parts)) if parts else None
