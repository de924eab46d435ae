"""The standards a text cites, each spelled one way: "IEC 60335-2-40:2022", "GB/T 4706.1-2005"."""

import re
import unicodedata

# spelled → as texts write it; where one is the beginning of another, the longer stands first
PUBLISHERS = (
    ("ISO/IEC", r"ISO ?/ ?IEC"),
    ("EN ISO", r"EN ISO(?! ?/ ?IEC)"),
    ("EN IEC", r"EN IEC"),
    ("IEC", r"(?:IEC|МЭК)"),
    ("ISO", r"(?:ISO|ИСО)"),
    ("CISPR", r"CISPR"),
    ("EN", r"(?:ETSI )?EN"),
    ("ASTM", r"ASTM"),
    ("UL", r"UL"),
    ("ANSI", r"ANSI"),
    ("NFPA", r"NFPA"),
    ("ASME", r"ASME"),
    ("SAE", r"SAE"),
    ("CSA", r"CSA(?: C22\.2 No\.)?"),
    ("IEEE", r"IEEE"),
    ("GB/T", r"GB ?/ ?T"),
    ("GB", r"GB"),
    ("GOST R", r"(?:GOST ?R|ГОСТ ?Р)"),
    ("GOST", r"(?:GOST|ГОСТ)"),
    ("ST RK", r"(?:ST RK|СТ РК)"),
    ("STB", r"(?:STB|СТБ)"),
    ("TCVN", r"TCVN"),
    ("QCVN", r"QCVN"),
    ("SASO", r"SASO"),
    ("GSO", r"GSO"),
    ("UAE.S", r"UAE\.?S"),
    ("ES", r"(?<=Egyptian )ES"),
    ("SNI", r"SNI"),
    ("MS", r"MS(?= (?:ISO|IEC|\d{3,}))"),
    ("TIS", r"(?:TIS|มอก\.?)"),
    ("JIS", r"JIS"),
    ("KS", r"KS(?: C(?= IEC))?"),
    ("IS", r"IS(?= \d{3,})"),
    ("TS", r"TS(?= (?:EN|ISO|\d{3,}))"),
    ("BS", r"BS"),
    ("DIN", r"DIN"),
    ("NF", r"NF"),
    ("NOM", r"NOM"),
    ("ABNT NBR", r"(?:ABNT )?NBR"),
    ("AS/NZS", r"AS ?/ ?NZS"),
    ("KEBS KS", r"KEBS KS"),
    ("EAS", r"EAS"),
    ("CODEX", r"(?:CODEX STAN|CXS|CXC|CXG)"),
)
# one name after another is an adopted standard: "GOST IEC 60335-1", "SASO ISO 8124-1", "BS EN ISO 4210-2"
NAMES = "|".join(f"(?:{written})" for _, written in PUBLISHERS)
NUMBER = (
    r"(?:(?:TS|TR|PAS|Guide|NM|[A-Z]) ?)?[A-Z]{0,2} ?"  # technical specifications; letters of JIS, ASTM, KS
    r"(?:[34]\d\d \d{3}(?:-\d{1,2})*"  # ETSI: 300 328
    r"|\d{1,6}(?:[./]\d{1,4}){0,3}(?:-(?!(?:19|20)\d\d(?!\d))\d{1,4}(?:\.\d{1,2})?(?!\d)|-[A-Z]{3,6}\d?(?!\w))*)"
)
YEAR = r"(?: ?[:\-–] ?(?P<year>(?:19|20)\d\d|\d\d[a-z]?(?!\d)))?"
AMENDED = r"(?P<amended>(?: ?\+ ?(?:A|AC|AMD|Amd\.?) ?\d{0,2}(?:[:/]\d{4})?)*)"
TAIL = r"(?P<tail>/[A-ZĐ]{2,8}(?:-[A-ZĐ]{2,8})?)?"
CITED = re.compile(
    rf"(?<![\w/])(?P<name>(?:{NAMES})(?:[ /-](?:{NAMES}))*)[ .:-]{{0,2}}"
    rf"(?P<number>{NUMBER}){YEAR}{AMENDED}{TAIL}(?![\w])"
)
REGULATION = re.compile(
    r"(?<!\w)(?:ТР (?P<union>ТС|ЕАЭС)|TR (?P<latin>CU|EAEU)) ?(?P<number>\d{3}/\d{4})(?!\d)"
)
MOST = 100


def find(words: str) -> list[str]:
    """Standards and EAEU technical regulations that a text cites, each once, in order, at most 100."""
    text = unicodedata.normalize("NFC", words).replace("\u00a0", " ").replace("–", "-").replace("‑", "-")
    text = re.sub(r"\s+", " ", text)
    found: dict[int, str] = {match.start(): _regulation(match) for match in REGULATION.finditer(text)}
    for match in CITED.finditer(text):
        if spelled := _spelled(match):
            found[match.start()] = spelled
    return list(dict.fromkeys(found[place] for place in sorted(found)))[:MOST]


def _regulation(match: re.Match[str]) -> str:
    union = "CU" if "ТС" in (match["union"] or "") or match["latin"] == "CU" else "EAEU"
    return f"TR {union} {match['number']}"


def _publisher(written: str) -> str:
    """The publisher's name, of a chain each in its spelling."""
    left, names = written, []
    while left := left.strip(" /-"):
        for name, pattern in PUBLISHERS:
            if match := re.match(rf"(?:{pattern})(?!\w)", left):
                names.append(name)
                left = left[match.end() :]
                break
        else:
            return ""
    return " ".join(names)


def _spelled(match: re.Match[str]) -> str:
    name = _publisher(match["name"])
    number, year = " ".join(match["number"].split()), match["year"]
    if re.fullmatch(r"(?:19|20)\d\d", number) and not year:
        return ""  # "EN 2026" is a language and a year
    if not name or (
        name in ("GB", "EN", "UL", "IS", "MS", "TS", "BS", "KS", "NF") and len(re.sub(r"\D", "", number)) < 2
    ):
        return ""
    for letters in ("C", "B", "F", "D", "E"):
        number = re.sub(rf"^{letters}(?=\d)", f"{letters} " if name in ("JIS", "KS") else letters, number)
    if not year and (split := re.fullmatch(r"(.*\d)-((?:19|20)\d\d)", number)):
        number, year = split.groups()
    # a year is joined as its publisher does: GB, GOST and ASTM with a dash, the others with a colon
    dash = name.split(" ")[0] in ("GB", "GB/T", "GOST", "ASTM", "ST", "STB", "NOM", "SNI")
    amended = re.sub(r"\s+", "", match["amended"] or "")
    return f"{name} {number}{('-' if dash else ':') + year if year else ''}{amended}{match['tail'] or ''}"
