"""Each lesson names tests, and they exist."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "lessons.md").read_text(encoding="utf-8")


def test_every_lesson_is_held_by_tests_that_exist():
    rows = re.findall(r"^\| (\d+) \|.*?\|(.*)\|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 19))
    for number, tests in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert named, number
        for path, name in named:
            assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), name
