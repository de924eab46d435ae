"""Recalls of consumer products in the United States, from SaferProducts.gov."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from crawlers import measures
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import RawNotice, origin
from crawlers.words import lines

RECALLS = "https://www.saferproducts.gov/RestWebServices/Recall"


class UsCpscRecalls(JsonList):
    """One row per recall. The answer is a bare array, without pages, and an empty one if nothing happened."""

    name = "us_cpsc_recalls"
    delay = 2.0
    named_by = ("RecallNumber", "RecallID")

    # Form
    publisher = "U.S. Consumer Product Safety Commission"
    country = "USA"
    markets = ("US",)
    homepage = "https://www.cpsc.gov/Recalls"
    hosts = ("www.saferproducts.gov",)
    schedule = "10 3,15,21 * * *"
    expect = (1, 400)
    deadline_zone = "America/New_York"
    languages = ("en",)
    # most recalls come out on Thursdays
    overlap_days = 14
    quiet_days = 14

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """By day of publication, which an amended recall gets anew."""
        yield f"{RECALLS}?format=json&LastPublishDateStart={since}&LastPublishDateEnd={until}"

    def read(self, row: Any) -> RawNotice:
        """One recall."""
        fields = Fields(row)
        identity, number = fields.take("RecallID", int), fields.known("RecallNumber")
        title, url = fields.take("Title"), fields.known("URL") or ""
        hazards = _named(fields, "Hazards")
        origins = _named(fields, "ManufacturerCountries", "Country")
        text = {
            "": fields.known("Description"),
            "Hazard": "; ".join(hazards),
            "Remedy": _together(fields, "Remedies"),
            "Injuries": _together(fields, "Injuries"),
            "Units": _together(fields, "Products", "NumberOfUnits"),
            "Sold": _together(fields, "Retailers"),
            "Importer": _together(fields, "Importers"),
            "Manufacturer": _together(fields, "Manufacturers"),
            "Made in": "; ".join(origins),
        }
        return RawNotice(
            source_id=str(identity),
            url=url,
            area="TBT",
            kind="alert",
            members=("USA",),
            agency="Consumer Product Safety Commission",
            title=title,
            text=lines(text),
            products="; ".join((*_named(fields, "Products"), *_named(fields, "Products", "Type"))),
            objective="\n".join(hazards),
            origin=origin(origins),
            links=(("recall", url),) if url else (),
            published=fields.take("RecallDate"),
            language="en",
            keys=measures.case(f"CPSC recall {number or identity}", [title, lines(text)]),
            unread=fields.unread(
                ignore=[
                    *("ConsumerContact", "LastPublishDate", "Images", "Inconjunctions", "Distributors"),
                    *("SoldAtLabel", "ProductUPCs", "RemedyOptions"),
                ]
            ),
        )


def _named(fields: Fields, name: str, part: str = "Name") -> list[str]:
    """One part of each row of a list, those that say something."""
    found = [Fields(row, name).known(part) for row in fields.take(name, list)]
    return [words for words in found if words]


def _together(fields: Fields, name: str, part: str = "Name") -> str:
    return "; ".join(_named(fields, name, part))
