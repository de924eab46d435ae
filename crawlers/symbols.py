"""WTO document symbols: G/TBT/N/USA/2311/Rev.1/Add.2."""

import re

SYMBOL = re.compile(
    r"G\s*/\s*(SPS|TBT)\s*/\s*N\s*/\s*([A-Z]{2,4})\s*/\s*(\d+)((?:\s*/\s*(?:Rev|Add|Corr|Suppl)\.?\s*\d+)*)",
    re.I,
)
STEP = re.compile(r"(Rev|Add|Corr|Suppl)\.?\s*(\d+)", re.IGNORECASE)
KINDS = {"Rev": "revision", "Add": "addendum", "Corr": "corrigendum", "Suppl": "supplement"}


def _spell(match: re.Match[str]) -> str:
    area, member, number, steps = match.groups()
    tail = "".join(f"/{name.capitalize()}.{int(n)}" for name, n in STEP.findall(steps))
    return f"G/{area.upper()}/N/{member.upper()}/{int(number)}{tail}"


def find(words: str) -> tuple[str, ...]:
    """The symbols in a text, spelled as the WTO does, each once, in order."""
    return tuple(dict.fromkeys(_spell(match) for match in SYMBOL.finditer(words)))


def split(field: str) -> tuple[str, ...]:
    """The symbols of a field that lists them; an older form ("G/TBT/Notif.00/5") is kept as written."""
    found: dict[str, None] = {}
    for part in re.split(r"[,;\n]", field):
        if part := " ".join(part.split()):
            known = find(part)
            found.update(dict.fromkeys(known or (part[:1].upper() + part[1:],)))
    return tuple(found)


def base(symbol: str) -> str:
    """The symbol of the notification that one belongs to."""
    return re.split(r"/(?:Rev|Add|Corr|Suppl)\.", symbol, maxsplit=1)[0]


def kind(symbol: str) -> str:
    """What the document is to its measure; of a chain (Rev.1/Add.2) the last step says it."""
    steps = STEP.findall(symbol)
    return KINDS[steps[-1][0].capitalize()] if steps else "regular"


def member(symbol: str) -> str:
    """The member's code in a symbol (USA, EU, TPKM), or empty."""
    match = SYMBOL.match(symbol)
    return match[2].upper() if match else ""
