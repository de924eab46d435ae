"""The process one crawl runs in: python -m crawlers.child ORDER. Started by `crawlers.crawl` only."""

import asyncio
import logging
import os
import sys
from typing import Any

from scrapy.crawler import CrawlerProcess
from sqlmodel import select

from crawlers import form, manners, refusals, store
from crawlers.order import Order
from crawlers.source import Answer, Source
from crawlers.sources import source
from database.session import reading, unit_of_work
from database.tables import Fault, Run
from database.types import now

log = logging.getLogger(__name__)


class Keep:
    """Stores what the source read, and closes the run."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler
        self.watch: asyncio.Task[None] | None = None
        self.met: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> "Keep":
        """As Scrapy makes it."""
        return cls(crawler)

    @property
    def source(self) -> Source:
        """The source that runs."""
        found: Source = self.crawler.spider
        return found

    def open_spider(self) -> None:
        """Begin to watch the process that started this one; what people let in passes the door."""
        with reading() as session:
            self.source.admitted = refusals.admitted(session, self.source.name)
        self.watch = asyncio.get_event_loop().create_task(self._end_with_parent())

    async def _end_with_parent(self) -> None:
        while os.getppid() == self.source.order.parent:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.5)
        log.warning("orphaned source=%s", self.source.name)
        self.source.leave("orphaned")

    def process_item(self, item: Answer) -> Answer:
        """Store an answer; a database that refuses fails the run."""
        try:
            store.keep(self.source.order.run_id, form.form(self.source.name), item, self.met)
        except Exception as error:
            log.exception("not_stored source=%s", self.source.name)
            self.source.fail(f"{item.address}: could not be stored ({type(error).__name__}: {error})"[:500])
        if self.source.enough:
            self.source.leave("limit")
        return item

    def close_spider(self) -> None:
        """Stop watching."""
        if self.watch is not None:
            self.watch.cancel()


def in_one_line(record: logging.LogRecord) -> bool:
    """Let Scrapy say what is no fault of ours without the way it took through Scrapy."""
    record.exc_info = None
    return True


def close(order: Order, spider: Source, reason: str) -> None:
    """Write how the run ended, unless it was ended from outside."""
    with unit_of_work() as session:
        run = session.get_one(Run, order.run_id)
        if run.status == "running":
            fault = session.exec(select(Fault).where(Fault.run_id == run.id).limit(1)).first()
            example = f"{fault.record or 'a record without number'}: {fault.message}" if fault else ""
            run.status, run.message = spider.outcome(reason, run.read, run.faults, example)
            run.ended_at = now()


def main(words: str) -> int:
    """Run one order to its end; 0 if the run was closed."""
    order = Order.of_json(words)
    kind = source(order.name)
    process = CrawlerProcess(manners.scrapy_settings(order.base_url, kind.delay))
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").addFilter(in_one_line)
    crawler = process.create_crawler(kind)
    process.crawl(crawler, order=order)
    process.start()
    if not isinstance(crawler.spider, Source):
        return 1
    stats = crawler.stats.get_value("finish_reason", "shutdown") if crawler.stats else "shutdown"
    close(order, crawler.spider, str(stats))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
