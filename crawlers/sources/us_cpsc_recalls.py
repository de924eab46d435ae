"""Recalls of consumer products in the United States, from SaferProducts.gov."""

from crawlers.cases import Cases
from crawlers.jsonlist import JsonList

SAID = {
    **{"": "Description?", "Hazard": "Hazards[].Name", "Remedy": "Remedies[].Name"},
    **{"Injuries": "Injuries[].Name", "Units": "Products[].NumberOfUnits"},
    **{"Sold": "Retailers[].Name", "Importer": "Importers[].Name"},
    **{"Manufacturer": "Manufacturers[].Name", "Made in": "ManufacturerCountries[].Country"},
}


class UsCpscRecalls(Cases, JsonList):
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
    address, links = "URL?", {"recall": ""}
    case = "CPSC recall {RecallNumber?|RecallID}"
    rests_on = ("Title", SAID)
    made_in = "ManufacturerCountries[].Country"
    always = {"area": "TBT", "agency": "Consumer Product Safety Commission"}
    facts = {
        "source_id": "{RecallID}",
        "title": "Title",
        "published": "RecallDate",
        "objective": "Hazards[].Name",
        "products": ("Products[].Name", "Products[].Type"),
        "text": SAID,
    }
    ignored = (
        *("ConsumerContact", "LastPublishDate", "Images", "Inconjunctions", "Distributors", "SoldAtLabel"),
        *("ProductUPCs", "RemedyOptions"),
    )
