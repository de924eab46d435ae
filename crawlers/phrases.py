"""What a follow-up says of its measure: withdrawn, adopted, extended; in English, French and Spanish."""

import re

MATTER = (
    r"(?:notif\w*|measures?|drafts?|propos\w+|regulations?|bill|decree|orders?|standards?|resolution|rules?|"
    r"circular|document|guidelines?|instruction|requirements?)"
)
STOP = r"(?:bans?|suspensions?|prohibitions?|restrictions?|stop)"
WITHDRAWN = re.compile(
    rf"\b{MATTER}\b[^.;]{{0,120}}?\b(?:is|was|are|were|been|being|hereby)\s+(?:\w+ly\s+)?"
    r"(?:withdrawn|revoked|repealed)"
    rf"|\b(?:withdraw(?:s|n|ing|al of)?|revokes?)\s+(?:of\s+)?(?:the\s+|its\s+|this\s+|that\s+)?"
    rf"(?:[\w/.-]+\s+){{0,3}}?{MATTER}\b"
    rf"|\b{STOP}\b[^.;]{{0,80}}?\b(?:is|was|are|were|been) lifted|\blifts the {STOP}\b"
    r"|\bwithdrawn or revoked\b"
    r"|\b(?:a|ont|est|sont) (?:été )?(?:retirée?s?|abrogée?s?)\b"
    r"|\bretrait (?:de la|du) (?:notification|projet|mesure)"
    r"|\b(?:ha sido|han sido|fue|fueron|queda) (?:retirad[oa]s?|derogad[oa]s?|anulad[oa]s?)\b"
    r"|\b(?:retiro|retirada|retira) (?:de )?(?:la|del|el) (?:notificación|proyecto|medida)",
    re.IGNORECASE,
)
ADOPTED = re.compile(
    rf"\b{MATTER}\b[^.;]{{0,120}}?\b(?:was|were|been)\s+(?:\w+ly\s+)?"
    r"(?:adopted|approved|issued|signed|promulgated|enacted|gazetted)\b"
    r"|\b(?:adopt|promulgat|enact)(?:s|es|ed) (?:the|its|this)\b|\badopted on\b|\bfinal rule\b"
    r"|\b(?:enters?|entered|will enter|came|comes|will come) into (?:force|effect)\b"
    r"|\b(?:takes|took|will take) effect\b"
    r"|\b(?:a|ont) été (?:adoptée?s?|approuvée?s?|promulguée?s?)"
    r"|\b(?:entre|entrera|est entrée?) en vigueur"
    r"|\b(?:fue|ha sido|fueron) (?:adoptad[oa]s?|aprobad[oa]s?|promulgad[oa]s?)"
    r"|\bentr(?:a|ará|ó|an|arán) en vigor",
    re.IGNORECASE,
)
EXTENDED = re.compile(
    r"\b(?:extend|re-?open|prolong|lengthen)\w*\b[^.;]{0,60}\b(?:comment|consultation)"
    r"|\b(?:extension|re-?opening) of (?:the )?(?:\w+ )?(?:comment|consultation)"
    r"|\b(?:comment|consultation)\w*(?: period| deadline)?\b[^.;]{0,60}"
    r"\b(?:extended|changed|re-?opened|prolonged|lengthened)"
    r"|\bprolong\w+[^.;]{0,60}\bobservations|\bprórroga"
    r"|\b(?:amplía|amplió|ampliación|prorroga|prorrogó)\b[^.;]{0,40}\b(?:plazo|consulta)",
    re.IGNORECASE,
)
# Forms list every reason with a box before it; those not ticked say nothing.
UNTICKED = re.compile(r"(?:\[\s*\]|☐|□)[^\[☐☒□\n]*")


def says(words: str) -> str:
    """What the words announce: withdrawn, adopted, extended, or empty."""
    words = UNTICKED.sub(" ", words)
    for name, phrases in (("withdrawn", WITHDRAWN), ("extended", EXTENDED), ("adopted", ADOPTED)):
        if phrases.search(words):
            return name
    return ""
