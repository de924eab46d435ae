"""Why a crawl or a record failed.

CrawlError
├─ UnknownSource      no such file under crawlers/sources
├─ UnreadableAnswer   an answer as a whole: the run fails
└─ UnreadableRecord   one record: it is written down as a fault, those beside it are kept
"""


class CrawlError(ValueError):
    """Something about a crawl is wrong; the message names the input."""


class UnknownSource(CrawlError):
    """There is no source of that name."""


class UnreadableAnswer(CrawlError):
    """An answer is not in the form this source is known to give."""


class UnreadableRecord(CrawlError):
    """A record lacks a field, or holds a value of a kind that is not known."""
