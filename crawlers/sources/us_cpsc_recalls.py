"""Recalls of consumer products in the United States, from SaferProducts.gov."""

from typing import Any

from crawlers import measures
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import origin


class UsCpscRecalls(JsonList):
    """One row per recall. The answer is a bare array, without pages, and an empty one if nothing happened."""

    name = "us_cpsc_recalls"
    delay = 2.0
    # by day of publication, which an amended recall gets anew
    start_urls = [
        "https://www.saferproducts.gov/RestWebServices/Recall"
        "?format=json&LastPublishDateStart={since}&LastPublishDateEnd={until}"
    ]

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
    overlap_days = 14  # most recalls come out on Thursdays

    # Records
    named_by = ("RecallNumber", "RecallID")
    always = {"area": "TBT", "kind": "alert", "agency": "Consumer Product Safety Commission"}
    facts = {
        **{"title": "Title", "url": "URL?", "published": "RecallDate", "objective": "Hazards[].Name"},
        "products": ("Products[].Name", "Products[].Type"),
        "text": {
            **{"": "Description?", "Hazard": "Hazards[].Name", "Remedy": "Remedies[].Name"},
            **{"Injuries": "Injuries[].Name", "Units": "Products[].NumberOfUnits"},
            **{"Sold": "Retailers[].Name", "Importer": "Importers[].Name"},
            **{"Manufacturer": "Manufacturers[].Name", "Made in": "ManufacturerCountries[].Country"},
        },
    }
    ignored = (
        *("ConsumerContact", "LastPublishDate", "Images", "Inconjunctions", "Distributors", "SoldAtLabel"),
        *("ProductUPCs", "RemedyOptions"),
    )

    def more(self, fields: Fields) -> dict[str, Any]:
        """Its number, and the measures that its words name."""
        identity, url = fields.take("RecallID", int), fields.known("URL")
        words = [fields.take("Title"), self.said(fields, self.facts["text"]) or ""]
        origins = fields.each("ManufacturerCountries[].Country")
        keys = measures.case(f"CPSC recall {fields.known('RecallNumber') or identity}", words)
        links = {"recall": url or ""}
        return {"source_id": str(identity), "links": links, "origin": origin(origins), "keys": keys}
