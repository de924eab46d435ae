"""Made-up notices: what official texts say around the products of our term lists, in every language.

Real notices are sentences with numbers, agencies and objectives around one product; phrases of catalogues are
not. The frames are our own sentences (config/languages and notices.toml), no notice is copied.
"""

import random
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.grams import plain
from classifier.training.data import Row
from config import taxonomy

_COMMAS = {"zh": "、", "ja": "、", "ar": "، ", "fa": "، ", "ur": "، ", "th": " "}
_SHORT = 70  # letters of a phrase that can stand for a product
_SOURCES = frozenset({"cpv", "shopify", "google", "hs", "ncm", "tnved", "taric", "ics"})


class Maker:
    """Makes notices, the same ones for the same seed."""

    def __init__(self, learned: Sequence[Row], seed: int) -> None:
        with (Path(__file__).parent / "notices.toml").open("rb") as file:
            self._frames: Mapping[str, Any] = tomllib.load(file)
        self._random = random.Random(seed)  # noqa: S311  (no secret)
        self._known = taxonomy.languages()
        self._codes = list(taxonomy.sectors())
        shares = self._frames["languages"]
        self._languages = list(self._known)
        self._often = [shares.get(code, shares["usual"]) for code in self._languages]
        self._drawn = [self._frames["sectors"].get(code, 1.0) for code in self._codes]
        self._phrases: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in learned:
            if len(row.sectors) == 1 and row.source in _SOURCES and len(row.text) <= _SHORT:
                language = "zh" if row.language == "zht" else row.language
                self._phrases[language, self._codes[row.sectors[0]]].append(row.text)

    def _sector(self) -> str:
        return self._random.choices(self._codes, self._drawn)[0]

    def _product(self, language: str, code: str) -> str:
        phrases = self._phrases.get((language, code), [])
        terms = self._known[language].terms[code]
        if phrases and (not terms or self._random.random() < 0.3):
            return self._random.choice(phrases)
        return self._random.choice(terms) if terms else code

    def _number(self, language: str) -> str:
        pick = self._random
        form = pick.choice(self._frames["numbers"].get(language, self._frames["numbers"]["en"]))
        return str(form.format(f"{pick.randint(1, 9999)}{pick.choice(['', '', '-1', '/2019', ':2022'])}"))

    def _sentence(self, language: str, products: Mapping[str, Sequence[str]]) -> str:
        pick, chance = self._random, self._random.random()
        known = self._known[language]
        frame = pick.choice(known.sentences or ("{product}",))
        if chance < 0.13 and language in self._frames["contents"] and "chemicals" not in products:
            substance = pick.choice(known.terms["chemicals"])
            frame = pick.choice(self._frames["contents"][language]).replace("{x}", substance)
        elif chance < 0.5 and language in self._frames["sentences"]:
            frame = pick.choice(self._frames["sentences"][language])
        named = [pick.choice(words) for words in products.values()]
        text = str(frame.replace("{product}", _COMMAS.get(language, ", ").join(named)))
        general = known.terms["horizontal"]
        if chance > 0.8 and general and "horizontal" not in products:
            text = pick.choice([f"{pick.choice(general)}: {text}", f"{text} ({pick.choice(general)})"])
        return text

    def one(self) -> Row:
        """A notice of one sector, sometimes two: a title, a list of products, sentences, or some of them."""
        pick = self._random
        language = pick.choices(self._languages, self._often)[0]
        codes = list(dict.fromkeys([self._sector(), *([self._sector()] if pick.random() < 0.14 else [])]))
        products = {
            code: [self._product(language, code) for _ in range(pick.choices([1, 2, 3, 5], [5, 3, 2, 1])[0])]
            for code in codes
        }
        mark = pick.choice("；，、;" if language == "zh" else ";;,")
        listed = f"{mark} ".join(word for words in products.values() for word in words)
        title = self._sentence(language, products)
        if pick.random() < 0.3:
            title = f"{self._number(language)} {title}"
        body = [self._sentence(language, products) for _ in range(pick.choice([1, 1, 2, 3]))]
        if (ignored := self._known[language].ignore) and pick.random() < 0.25:
            body.insert(pick.randrange(len(body) + 1), pick.choice(ignored))
        text = ("" if language == "zh" else " ").join(body)
        forms = [[title], [listed], [title, listed], [title, text], [title, listed, text]]
        form = pick.choices([*forms, [self._number(language), listed, text]], [6, 2, 2, 3, 5, 2])[0]
        said = "\n".join(form)
        form += [words[0] for words in products.values() if not any(word in said for word in words)]
        order = tuple(self._codes.index(code) for code in codes)
        return Row(plain("\n".join(form)).text.strip(), language, order, "notice")
