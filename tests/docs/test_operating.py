"""What the documentation lists is what there is."""

import ast
import re
from pathlib import Path

import pytest

from config.settings import Settings

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "database", "crawlers", "classifier", "alerts", "api", "pipeline")
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def _events() -> set[str]:
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                    words = [
                        a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                    ]
                    found |= {words[0].split()[0]} if words else set()
    return found


def test_every_log_event_has_its_line_in_the_operating_guide_and_no_line_is_stale():
    section = OPERATING.split("## Log events")[1]
    first = "\n".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))
    listed = set(re.findall(r"`([a-z_]+)`", first))
    assert listed == _events()


def test_every_setting_stands_in_the_operating_guide():
    listed = set(re.findall(r"`(TBT_[A-Z_]+)`", OPERATING))
    assert listed == {"TBT_" + name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    "path", [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
)
def test_links_between_documents_lead_somewhere(path):
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
