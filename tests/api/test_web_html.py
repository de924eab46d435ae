"""Every page is HTML without a fault."""

from collections.abc import Callable

import html5lib
import pytest
from fastapi.testclient import TestClient

Make = Callable[..., int]


@pytest.mark.backends("sqlite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_pages_parse_without_an_error(client: TestClient, make: Make, language: str) -> None:
    tags = {"sectors": ["toys-children"], "markets": ["EU"], "countries": ["DEU"]}
    number = make('Toys <b>&amp; " more', text="a < b & c\n\n'x'", tags=tags)
    make("玩具", tags=tags)
    for path in (
        "/",
        "/?q=玩具",
        "/?sector=x",
        f"/notices/{number}",
        "/subscribe",
        "/risk",
        "/sources",
        "/quality",
        "/x",
    ):
        page = client.get(path, headers={"Accept-Language": language}).text
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(page)
        assert [(place, name) for place, name, _ in parser.errors] == [], path
        identities = [part.split('"')[0] for part in page.split(' id="')[1:]]
        assert len(identities) == len(set(identities)), path
