"""Which process does a piece of work, so that what a dead one left can be taken up."""

import os
import socket
from functools import lru_cache

import psutil


@lru_cache(maxsize=1)
def _start(pid: int) -> int:
    return int(psutil.Process(pid).create_time())


def me() -> str:
    """This process as host:pid:start, unlike any other that ever ran here."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start(os.getpid())}"


def is_dead(worker: str) -> bool:
    """Whether that process surely ended. Of another host nothing is known: False."""
    host, _, rest = worker.rpartition(":")[0].rpartition(":")
    start = worker.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdigit() or not start.isdigit():
        return False
    try:
        process = psutil.Process(int(rest))
        # Another process may have got the number since; the clocks differ by less than two seconds.
        return abs(int(process.create_time()) - int(start)) > 2 or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
