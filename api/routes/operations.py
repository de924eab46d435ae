"""For those who run it: /healthz, /readyz, /metrics."""

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from api import sources
from api.errors import problem
from database import migrate, types
from database.session import reading
from database.tables import Alert, Letter, Notice, Subscription

router = APIRouter(tags=["operations"])

WAITING = "waiting"


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The database is not there, or has other tables"}})
def ready() -> Response:
    """The database is there and has this program's tables."""
    try:
        current = migrate.is_current()
    except SQLAlchemyError:
        return problem(503, "the database cannot be reached")
    if not current:
        return problem(503, "the database has other tables than this program; run: tbt db upgrade")
    return JSONResponse({"status": "ok"})


class _Stored(Collector):
    """What the database says at the moment of asking."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        yield from (self._notices(), self._owed(), self._letters(), self._subscriptions(), self._ages())

    def _notices(self) -> Metric:
        found = GaugeMetricFamily("tbt_notices", "Notices stored", labels=["source"])
        rows = self.session.exec(select(Notice.source, func.count()).group_by(Notice.source))
        for source, n in rows:
            found.add_metric([source], n)
        return found

    def _owed(self) -> Metric:
        query = select(func.count()).select_from(Alert)
        query = query.where(
            col(Alert.letter_id).is_(None), Alert.dropped == "", col(Alert.due_at) <= types.now()
        )
        n = self.session.exec(query).one()
        return GaugeMetricFamily("tbt_alerts_owed", "Alerts due and in no letter yet", value=n)

    def _letters(self) -> Metric:
        found = GaugeMetricFamily("tbt_letters", "Letters by outcome", labels=["outcome"])
        for outcome, n in self.session.exec(select(Letter.outcome, func.count()).group_by(Letter.outcome)):
            found.add_metric([outcome or WAITING], n)
        return found

    def _subscriptions(self) -> Metric:
        query = select(func.count()).select_from(Subscription)
        query = query.where(col(Subscription.confirmed_at).is_not(None), col(Subscription.ended_at).is_(None))
        n = self.session.exec(query).one()
        return GaugeMetricFamily("tbt_subscriptions", "Confirmed subscriptions that run", value=n)

    def _ages(self) -> Metric:
        found = GaugeMetricFamily(
            "tbt_source_success_age_seconds", "Since a source was last read with success", labels=["source"]
        )
        for one in sources.states(self.session):
            if one.last_success is not None:
                found.add_metric([one.name], (types.now() - one.last_success).total_seconds())
        return found


@router.get("/metrics", response_class=PlainTextResponse)
def metrics() -> Response:
    """Figures for Prometheus."""
    registry = CollectorRegistry()
    with reading() as session:
        registry.register(_Stored(session))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
