"""Enforcement cases: recalls, alerts and border rejections, each under the measure that it rests on."""

from contextlib import suppress
from typing import Any, ClassVar

from crawlers import measures
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.filled import Place
from crawlers.record import RawNotice, member, origin, origins_in
from crawlers.source import Source


class Cases(Source):
    """What sources of cases fill in besides; stands before the class that reads their answers."""

    case: ClassVar[str]  # the number that a case is cited by: "RASFF {NOTIFICATION_REFERENCE}"
    rests_on: ClassVar[tuple[Place, ...]] = ()  # places of the words that may name a measure
    made_in: ClassVar[Place] = ()  # the place of where the goods come from, or of several countries
    told_in: ClassVar[Place] = ()  # the place of words that may say it: "Product of China"
    made_by: ClassVar[Place] = ()  # the place of the firm's country, which may be where it sells only
    found_by: ClassVar[str] = ""  # the place of the member that found it, where that is not the publisher's

    def notice(self, fields: Fields, **more: Any) -> RawNotice:
        """A case by the form: its numbers, where the goods come from, who found them."""
        words = [said for place in self.rests_on if (said := self.said(fields, place))]
        keys = measures.case(fields.words(self.case) or "", words)
        found: dict[str, Any] = {"kind": "alert", "keys": keys, "origin": origin(self._origins(fields))}
        if self.found_by:
            found["agency"] = fields.take(self.found_by)
            found["members"] = (self.country, found["agency"])
        return super().notice(fields, **{**found, **more})

    def _origins(self, fields: Fields) -> list[str]:
        """Where the goods come from, what is surest first; a firm at home tells nothing."""
        places = (self.made_in, self.told_in, self.made_by)
        stated, told, firm = (self.said(fields, place) or "" for place in places)
        with suppress(UnreadableRecord):
            firm = "" if firm and member(firm) == self.country else firm
        return list(filter(None, (*stated.split("; "), *origins_in(told), firm)))
