"""CELEX numbers of the EU's acts (sector 3) and proposals (sector 5), as its publishers write them."""

import re
from urllib.parse import unquote

NUMBER = re.compile(r"(?<![0-9A-Z])([35]\d{4}[A-Z]{1,2}\d{4})((?:R?\(\d{1,2}\))?)(?![0-9A-Z(])")
# Since October 2023 each act is an issue of its own, OJ:L_202602088, numbered as its title is.
ISSUE = re.compile(r"OJ(?::|%3A)L_(\d{4})(\d{5})(?!\d)")
ACT = re.compile(
    r"(Regulation|Directive|Decision|Recommendation) \([A-Za-z, ]+\) (\d{4})/(\d{1,5})\b", re.IGNORECASE
)
OF_DAY = re.compile(r"\bof (\d{1,2} [A-Z][a-z]+ \d{4})\b")
LETTERS = {"regulation": "R", "directive": "L", "decision": "D", "recommendation": "H"}


def of_item(identity: str, link: str, title: str) -> tuple[str, str]:
    """The number of a feed's item, and which corrigendum it is; both empty where none can be told."""
    link = unquote(link)
    if match := NUMBER.search(identity) or NUMBER.search(link):
        return match[1], match[2]
    issue, act = ISSUE.search(f"{identity} {link}"), ACT.search(title)
    if issue and act and (issue[1], int(issue[2])) == (act[2], int(act[3])):
        return f"3{act[2]}{LETTERS[act[1].casefold()]}{int(act[3]):04}", ""
    return "", ""


def adopted(title: str) -> str | None:
    """The day of adoption as the title of an act names it: "Regulation … of 5 November 2026 on …"."""
    found = OF_DAY.search(title)
    return found[1] if found else None


def page(number: str) -> str:
    """The page for people."""
    return f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{number}"
