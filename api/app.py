"""The web: JSON routes and pages in one application."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api import errors, pages, routes, suggest
from api.description import PROBLEM, describe, name_of
from api.gate import gate
from api.guard import Guard
from api.login.rights import Rights
from api.rendering import STATIC
from config.settings import settings

ABOUT = "Notices of technical trade measures, by product sector and market. Lists answer items and next."

_PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}}}
# What every route may answer besides; as the errors of api/errors.py really look.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": words, **_PROBLEM}
    for code, words in {
        400: "The body cannot be read as JSON",
        404: "There is nothing at this address",
        413: "The body is too large",
        422: "A parameter or the body cannot be used; `errors` names each",
    }.items()
}
GATED: dict[int | str, dict[str, Any]] = {
    401: {"description": "The key opens nothing", **_PROBLEM},
    403: {"description": "The key lacks the scope", **_PROBLEM},
    429: {
        "description": "Too many requests; `Retry-After` says in how many seconds to try again",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
        **_PROBLEM,
    },
}


def _routers(package: ModuleType) -> Iterator[APIRouter]:
    """The router of every module of a package: a new page or route is one new file."""
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        yield importlib.import_module(module.name).router


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # The word lists take a second to read: not while somebody waits for the first answer.
    Thread(target=suggest.warm, name="word-lists", daemon=True).start()
    yield


def create_app(*, mailbox: Path | None = None) -> FastAPI:
    """The application. `mailbox`: a Maildir whose letters are shown at /mailbox (demo only)."""
    app = FastAPI(
        title="TBT Early Warning",
        version="1",
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=name_of,
        lifespan=_lifespan,
    )
    app.state.mailbox = mailbox
    for router in _routers(routes):
        gated = router.prefix.startswith("/api/")
        app.include_router(
            router,
            dependencies=[Depends(gate)] if gated else [],
            responses=PROBLEMS | (GATED if gated else {}),
        )
    for router in _routers(pages):
        app.include_router(router, include_in_schema=False)
    describe(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    errors.add_to(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Rights)
    if settings().cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings().cors_origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", "X-API-Key"],
            expose_headers=["ETag", "Last-Modified", "RateLimit-Limit", "RateLimit-Remaining", "Retry-After"],
            max_age=3600,
        )
    app.add_middleware(Guard)
    return app
