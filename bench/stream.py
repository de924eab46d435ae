"""One long stream through `tbt classify`: notices a second, first answer, and memory on the way.

Run: python -m bench.stream NOTICES.jsonl [HOW_MANY]   (the notices are repeated until there are enough)
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

MARKS = (1_000, 10_000, 25_000, 50_000, 75_000, 100_000)
TEXTS = ("title", "products", "text")


def lines(path: Path) -> list[bytes]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    kept = [{key: row.get(f"{key}_without_codes", row.get(key)) or "" for key in TEXTS} for row in rows]
    return [json.dumps({"id": n, **row}).encode() + b"\n" for n, row in enumerate(kept)]


def main() -> None:
    notices = lines(Path(sys.argv[1]))
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "classify", "--no-codes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    incoming, outgoing = child.stdin, child.stdout

    def feed() -> None:
        for number in range(wanted):
            incoming.write(notices[number % len(notices)])
        incoming.close()

    threading.Thread(target=feed, daemon=True).start()
    process = psutil.Process(child.pid)
    for number, _ in enumerate(outgoing, 1):
        if number == 1:
            print(f"first answer after {time.perf_counter() - start:.1f} s", flush=True)
        if number in MARKS or number == wanted:
            took = time.perf_counter() - start
            used, cpu = process.memory_info().rss / 1e6, sum(process.cpu_times()[:2])
            print(
                f"{number:7} notices {used:5.0f} MB, {number / took:5.1f} a second, "
                f"{number / cpu:5.1f} a second of processor time",
                flush=True,
            )
    assert child.wait() == 0


if __name__ == "__main__":
    main()
