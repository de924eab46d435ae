"""Commands run as a user runs them: processes of their own, with the fresh data dir and database."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

Tbt = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(data_dir: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a `tbt` that goes on by itself; whatever still runs when the test ends is killed."""
    running: list[subprocess.Popen[str]] = []

    def run(*words: str) -> subprocess.Popen[str]:
        log = (data_dir / f"process-{len(running)}.log").open("w")
        one = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
        )
        log.close()
        running.append(one)
        return one

    yield run
    for one in running:
        if one.poll() is None:
            one.kill()
        one.wait()


@pytest.fixture
def tbt(data_dir: Path) -> Tbt:
    """Run `tbt` to its end."""

    def run(*words: str, code: int = 0, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *words],
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, done.stderr or done.stdout
        return done

    return run
