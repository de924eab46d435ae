"""Adding a source: its file, its recorded page, and a test that fails until a person has looked."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crawlers import form as forms
from crawlers import recorded, sources
from pipeline.cli import app

RUNNER = CliRunner()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for new sources and pages that is not the project's own."""
    assert set(sources.names()) == set(forms.forms())  # read once, from the project's own
    (tmp_path / "tests" / "sources").mkdir(parents=True)
    (tmp_path / "sources").mkdir()
    template = sources.HOME / "_template.py"
    (tmp_path / "sources" / "_template.py").write_bytes(template.read_bytes())
    monkeypatch.setattr(recorded, "HOME", tmp_path / "tests" / "sources")
    monkeypatch.setattr(sources, "HOME", tmp_path / "sources")
    return tmp_path


def test_a_page_is_recorded_with_what_is_read_from_it(checkout: Path):
    page = Path(__file__).parent.parent / "sources" / "kz_adilet" / "page.html"
    url = "https://adilet.zan.kz/rus/search/docs/page=1"
    for _ in range(2):  # recording it again replaces it
        done = RUNNER.invoke(app, ["record", "kz_adilet", url, "--file", str(page)])
        assert done.exit_code == 0, done.output
    folder = checkout / "tests" / "sources" / "kz_adilet"
    assert sorted(path.name for path in folder.iterdir()) == [
        "1-page-1.html",
        "addresses.json",
        "notices.json",
    ]
    assert json.loads((folder / "addresses.json").read_text()) == {"1-page-1.html": url}
    written = json.loads((folder / "notices.json").read_text())
    assert written[0] == recorded.UNSEEN, "a person must look, and remove this line"
    assert written[1:] == json.loads(json.dumps(list(recorded.read("kz_adilet"))))
    assert len(written) == 5


def test_a_new_source_is_a_form_to_fill_in(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    done = RUNNER.invoke(app, ["new-source", "th_tisi"])
    assert done.exit_code == 0, done.output
    assert "tbt record th_tisi URL" in done.output
    words = (checkout / "sources" / "th_tisi.py").read_text()
    assert "class ThTisi(HtmlList):" in words
    compile(words, "th_tisi.py", "exec")
    monkeypatch.setattr(forms, "HOME", sources.HOME)
    assert forms._read("th_tisi").name == "th_tisi"
    assert (checkout / "tests" / "sources" / "th_tisi").is_dir()


@pytest.mark.parametrize(("name", "why"), [("Bad Name", "is called by"), ("kz_adilet", "is there already")])
def test_a_source_of_a_wrong_name_is_not_made(checkout: Path, name: str, why: str):
    done = RUNNER.invoke(app, ["new-source", name])
    assert done.exit_code != 0
    assert why in str(done.exception)
    assert list((checkout / "sources").glob("*.py")) == [checkout / "sources" / "_template.py"]
