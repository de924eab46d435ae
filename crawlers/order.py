"""One crawl as it was asked for: what the parent process tells its child."""

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """One crawl as it was asked for."""

    run_id: int
    name: str
    since: dt.date
    until: dt.date
    parent: int = 0  # its process; when that is gone, the crawl ends
    base_url: str = ""
    limit: int | None = None

    def as_json(self) -> str:
        """For the command line of the child process."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def of_json(cls, words: str) -> "Order":
        """What `as_json` wrote."""
        values = json.loads(words)
        since, until = (dt.date.fromisoformat(values.pop(name)) for name in ("since", "until"))
        return cls(since=since, until=until, **values)
