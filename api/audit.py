"""The audit trail: every change a logged-in person makes, in the same transaction as the change."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from api.login.sessions import Person
from database.tables import Audit


def write(
    session: Session,
    person: Person,
    what: str,
    about: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append what was done. There is no way to change or remove an entry; the database refuses."""
    session.add(
        Audit(who=person.email, what=what, object=about, before=dict(before or {}), after=dict(after or {}))
    )
