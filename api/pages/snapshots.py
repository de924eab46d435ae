"""`/snapshots/{sha256}`: the bytes a notice was read from, for whoever wants to see or to check them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from api.errors import NotThere
from api.gate import gate
from crawlers import snapshots

router = APIRouter()

KEPT = "public, max-age=31536000, immutable"


@router.get("/snapshots/{sha256}", dependencies=[Depends(gate)])
def snapshot(request: Request, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> Response:
    """As the publisher sent them: text as plain text, so that nothing in it acts; anything else as a file."""
    headers = {"ETag": f'"{sha256}"', "Cache-Control": KEPT}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        body = snapshots.body(sha256)
    except LookupError as error:
        raise NotThere("there is no snapshot with this SHA-256") from error
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        headers["Content-Disposition"] = f'attachment; filename="{sha256[:16]}.bin"'
        return Response(body, media_type="application/octet-stream", headers=headers)
    return Response(body, media_type="text/plain; charset=utf-8", headers=headers)
