"""Somebody makes a client of the description with a public tool: it type-checks, and calls what is served."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from mypy import api as mypy
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from api.app import create_app

Make = Callable[..., int]
Call = Callable[[str], ModuleType]

NAME = "tbt_client_of_a_test"
# The tool reads JSON and text; for Atom its functions answer nothing and say so when they are made.
NO_WORDS_FOR = ("/feeds/search.atom", "/feeds/{token}.atom")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("client")
    (place / "openapi.json").write_text(json.dumps(create_app().openapi()), encoding="utf-8")
    settings = ConfigFile(post_hooks=[], package_name_override=NAME)
    said = generate(
        config=Config.from_sources(
            settings, MetaType.NONE, place / "openapi.json", "utf-8", True, place / NAME
        )
    )
    assert len(said) == len(NO_WORDS_FOR), said
    for one, path in zip(said, NO_WORDS_FOR, strict=True):
        assert path in one.header
        assert "application/atom+xml" in (one.detail or "")
    sys.path.insert(0, str(place))
    yield place / NAME
    sys.path.remove(str(place))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


@pytest.mark.backends("sqlite")
def test_the_client_type_checks_strictly(made: Path) -> None:
    said, faults, code = mypy.run(["--strict", "--cache-dir", str(made.parent / "cache"), str(made)])
    assert (code, faults) == (0, ""), said


@pytest.fixture
def call(made: Path) -> Call:
    return lambda name: importlib.import_module(f"{NAME}.api.{name}")


@pytest.mark.backends("sqlite")
def test_the_client_reads_lists_details_and_problems(made: Path, call: Call, live: str, make: Make) -> None:
    tags = {"sectors": ["toys-children"], "markets": ["EU"], "measure_types": ["recall"]}
    numbers = [make(f"玩具 {n}", tags=tags) for n in range(3)]
    package = importlib.import_module(NAME)
    models = importlib.import_module(f"{NAME}.models")
    sectors = [models.NoticesListingSectorItem("toys-children")]
    with package.Client(base_url=live) as client:
        listing, found, cursor = call("notices.notices_listing"), [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = listing.sync(client=client, sector=sectors, q="玩具", limit=2, **more)
            assert isinstance(page, models.NoticePage)
            found += [one.id for one in page.items]
            if page.next_ is None:
                break
            cursor = httpx.URL(page.next_).params["cursor"]
        assert sorted(found) == numbers
        notice = call("notices.notices_one").sync(numbers[0], client=client)
        assert isinstance(notice, models.Detail)
        assert [one.code for one in notice.sectors] == ["toys-children"]
        measure = call("measures.measures_one").sync(notice.measure_id, client=client)
        assert [one.id for one in measure.items] == [numbers[0]]
        assert call("overview.overview_risk").sync(client=client).items[0].notices == 3
        sources = call("overview.overview_all_sources").sync(client=client)
        assert "wto_eping" in {one.name for one in sources.items}
        assert isinstance(call("overview.overview_figures").sync(client=client), models.Quality)
        missing = call("notices.notices_one").sync_detailed(999_999, client=client)
        assert (missing.status_code, missing.parsed.status) == (404, 404)
        assert isinstance(missing.parsed, models.Problem)


@pytest.mark.backends("sqlite")
def test_the_client_subscribes_and_a_wrong_key_is_a_problem(made: Path, call: Call, live: str) -> None:
    package = importlib.import_module(NAME)
    models = importlib.import_module(f"{NAME}.models")
    add = call("subscriptions.subscriptions_add")
    wish = models.Wish(email="li@example.org", sectors=[models.WishSectorsItem("toys-children")])
    with package.Client(base_url=live) as client:
        assert isinstance(add.sync(client=client, body=wish), models.Accepted)
        nobody = add.sync(client=client, body=models.Wish(email="nobody"))
        assert (nobody.status, nobody.errors[0]["parameter"]) == (422, "email")
    with package.AuthenticatedClient(base_url=live, token="tbt_guessed") as client:
        assert call("overview.overview_risk").sync(client=client).status == 401
