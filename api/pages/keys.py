"""`/admin/keys`: keys of programs that use the API: made, shown once, taken back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import audit, keys
from api.errors import NotThere
from api.login.rights import person_of, signed
from api.rendering import render
from api.values import LARGEST_ID
from database.session import reading, unit_of_work

router = APIRouter(dependencies=[Depends(signed)])

USUAL = 600
MOST = 60_000


def _page(request: Request, *, made: str = "", error: str = "") -> Response:
    with reading() as session:
        return render(
            request,
            "keys.html",
            status=422 if error else 200,
            private=True,
            rows=keys.every(session),
            scopes=keys.SCOPES,
            usual=USUAL,
            most=MOST,
            made=made,
            error=error,
        )


@router.get("/admin/keys")
def page(request: Request) -> Response:
    """All keys, without the keys themselves."""
    return _page(request)


@router.post("/admin/keys")
def make(
    request: Request,
    name: Annotated[str, Form(max_length=100)],
    scope: Annotated[list[str] | None, Form(max_length=20)] = None,
    per_minute: Annotated[int, Form(ge=1, le=MOST)] = USUAL,
) -> Response:
    """A new key; this answer is the only one that holds it."""
    chosen, name = [one for one in keys.SCOPES if one in (scope or [])], " ".join(name.split())
    if not chosen or not name:
        return _page(request, error="key_wants")
    with unit_of_work() as session:
        made = keys.make(session, name, chosen, per_minute)
        after = {"name": name, "scopes": chosen, "per_minute": per_minute}
        audit.write(session, person_of(request), "key.made", f"key {name}", after=after)
    return _page(request, made=made)


@router.post("/admin/keys/{number:int}")
def revoke(request: Request, number: int) -> Response:
    """Take a key back."""
    if not 0 < number <= LARGEST_ID:
        raise NotThere
    with unit_of_work() as session:
        row = keys.revoke(session, number)
        if row is None:
            raise NotThere
        before = {"name": row.name, "scopes": row.scopes, "per_minute": row.per_minute}
        audit.write(session, person_of(request), "key.revoked", f"key {row.name}", before)
    return RedirectResponse("/admin/keys", 303)
