"""What is published there, for whom, in one line."""

from typing import Any

from crawlers.fields import Fields
from crawlers.htmllist import HtmlList


class Template(HtmlList):
    """How the publisher's answers come: rows, pages, order, what it leaves out."""

    name = "_template"
    # Say why, and when it was seen, if it is not one second.
    delay = 1.0
    # {since} and {until} stand for the window of days, where the publisher knows one.
    start_urls = ["https://example.org/list"]
    # Lists of web pages: HtmlList; answers in JSON: JsonList; other forms: Source, and `page`.
    rows = "table.list tr"
    cells = {"title": "a", "address": "a::attr(href)", "day": "td:first-child"}

    # Form
    publisher = "Who publishes it"
    country = "CHN"
    markets = ("*",)
    homepage = "https://example.org"
    hosts = ("example.org",)
    schedule = "15 */6 * * *"
    expect = (1, 1000)
    deadline_zone = "UTC"
    languages = ("en",)

    # Records
    # The words by which config/doors.toml refuses what is no business of this service; refusals are counted.
    relevant = ("title",)
    number = r"(\w+)$"
    links = {"document": ""}
    # name: must have a value; name?: may be empty; name??: may be missing
    facts = {"title": "title", "published": "day"}

    def more(self, fields: Fields) -> dict[str, Any]:
        """What no place tells by itself; leave it out if there is nothing."""
        return {}
