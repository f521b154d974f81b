"""Which country, and where known which grid, a cloud region's name stands for.

A cloud bill says `us-west-1` and a grid factor says `US-CAMX`. The providers print city, state or country
of every region, so those are facts. The street is theirs to keep: the eGRID subregion follows from an assumed
data-centre ZIP code and is marked `assumed`, so that an answer can say so.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from common import Document, ImportRefused, Source

FACTS = "https://github.com/Green-Software-Foundation/real-time-cloud"
EGRID = Source("derived/cloud-regions/us-region-egrid.csv",
               "90ea1835840f597831ededd78106afaaed1781b64fbcb7534fdad3f5a8c0d3e1", FACTS)

# region, place as the provider prints it, country or ISO 3166-2 subdivision where the place is in one for certain
AWS = """
af-south-1 Cape Town|ZA;ap-east-1 Hong Kong|HK;ap-east-2 Taipei|TW;ap-northeast-1 Tokyo|JP;ap-northeast-2 Seoul|KR
ap-northeast-3 Osaka|JP;ap-south-1 Mumbai|IN;ap-south-2 Hyderabad|IN;ap-southeast-1 Singapore|SG
ap-southeast-2 Sydney|AU-NSW;ap-southeast-3 Jakarta|ID;ap-southeast-4 Melbourne|AU-VIC;ap-southeast-5 Malaysia|MY
ap-southeast-6 New Zealand|NZ;ap-southeast-7 Thailand|TH;ca-central-1 Canada (Central), Montréal|CA-QC
ca-west-1 Canada West, Calgary|CA-AB;cn-north-1 Beijing|CN-BJ;cn-northwest-1 Ningxia|CN-NX;eu-central-1 Frankfurt|DE
eu-central-2 Zurich|CH;eu-north-1 Stockholm|SE;eu-south-1 Milan|IT;eu-south-2 Spain|ES;eu-west-1 Ireland|IE
eu-west-2 London|GB;eu-west-3 Paris|FR;il-central-1 Tel Aviv|IL;me-central-1 United Arab Emirates|AE;me-south-1 Bahrain|BH
mx-central-1 Mexico (Central)|MX;sa-east-1 São Paulo|BR;us-east-1 N. Virginia|US-VA;us-east-2 Ohio|US-OH
us-gov-east-1 GovCloud (US-East)|US;us-gov-west-1 GovCloud (US-West)|US;us-west-1 N. California|US-CA;us-west-2 Oregon|US-OR
"""
GCP = """
africa-south1 Johannesburg|ZA;asia-east1 Changhua County, Taiwan|TW;asia-east2 Hong Kong|HK;asia-northeast1 Tokyo|JP
asia-northeast2 Osaka|JP;asia-northeast3 Seoul|KR;asia-south1 Mumbai|IN;asia-south2 Delhi|IN;asia-southeast1 Singapore|SG
asia-southeast2 Jakarta|ID;australia-southeast1 Sydney|AU-NSW;australia-southeast2 Melbourne|AU-VIC
europe-central2 Warsaw|PL;europe-north1 Hamina, Finland|FI;europe-north2 Stockholm|SE;europe-southwest1 Madrid|ES
europe-west1 St. Ghislain, Belgium|BE;europe-west2 London|GB;europe-west3 Frankfurt|DE;europe-west4 Eemshaven|NL
europe-west6 Zurich|CH;europe-west8 Milan|IT;europe-west9 Paris|FR;europe-west10 Berlin|DE;europe-west12 Turin|IT
me-central1 Doha|QA;me-central2 Dammam|SA;me-west1 Tel Aviv|IL;northamerica-northeast1 Montréal|CA-QC
northamerica-northeast2 Toronto|CA-ON;northamerica-south1 Querétaro, Mexico|MX;southamerica-east1 São Paulo|BR
southamerica-west1 Santiago|CL;us-central1 Council Bluffs, Iowa|US-IA;us-central2 Oklahoma|US-OK
us-east1 Moncks Corner, South Carolina|US-SC;us-east2 Georgia|US-GA;us-east4 Ashburn, Virginia|US-VA;us-east5 Columbus, Ohio|US-OH
us-south1 Dallas, Texas|US-TX;us-west1 The Dalles, Oregon|US-OR;us-west2 Los Angeles|US-CA;us-west3 Salt Lake City|US-UT
us-west4 Las Vegas|US-NV
"""
AZURE = """
asiapacific Indonesia|ID;australiacentral Canberra|AU;australiaeast New South Wales|AU-NSW;australiasoutheast Victoria|AU-VIC
austriaeast Vienna|AT;belgiumcentral Brussels|BE;brazilsouth São Paulo State|BR;canadacentral Toronto|CA-ON
canadaeast Quebec|CA-QC;centralindia Pune|IN;centralus Iowa|US-IA;chilecentral Santiago|CL;denmarkeast Copenhagen|DK
eastasia Hong Kong|HK;eastus Virginia|US-VA;eastus2 Virginia|US-VA;eastus3 Georgia|US-GA;francecentral Paris|FR
germanywestcentral Frankfurt|DE;greececentral Greece|GR;indiasouthcentral Hyderabad|IN;indonesiacentral Jakarta|ID
israelcentral Israel|IL;italynorth Milan|IT;japaneast Tokyo, Saitama|JP;japanwest Osaka|JP;koreacentral Seoul|KR
koreasouth Busan|KR;malaysiawest Kuala Lumpur|MY;mexicocentral Querétaro State|MX;newzealandnorth Auckland|NZ
northcentralus Illinois|US-IL;northeurope Ireland|IE;norwayeast Norway|NO;norwaywest Norway|NO;polandcentral Warsaw|PL
qatarcentral Doha|QA;southafricanorth Johannesburg|ZA;southcentralus Texas|US-TX;southeastasia Singapore|SG
southindia Chennai|IN;spaincentral Madrid|ES;swedencentral Gävle|SE;switzerlandnorth Zurich|CH;switzerlandwest Geneva|CH
taiwannorth Taipei|TW;uaenorth Dubai|AE;uksouth London|GB;ukwest Cardiff|GB;westcentralus Wyoming|US-WY
westeurope Netherlands|NL;westindia Mumbai|IN;westus California|US-CA;westus2 Washington|US-WA;westus3 Phoenix, Arizona|US-AZ
"""
# Names of no large provider, or of several: only the country is certain.
OTHER = "us-central-1 United States|US;cn-east-2 Shanghai|CN-SH"
PROVIDERS = {"aws": AWS, "gcp": GCP, "azure": AZURE, "other": OTHER}


def regions(root: Path) -> dict[str, dict]:
    """Return the crosswalk by region name: provider, place, country, subdivision and eGRID subregion if known."""
    made: dict[str, dict] = {}
    for provider, text in PROVIDERS.items():
        for entry in text.replace("\n", ";").split(";"):
            if not entry.strip():
                continue
            name, rest = entry.strip().split(" ", 1)
            place, code = rest.rsplit("|", 1)
            if name in made:
                raise ImportRefused(f"cloud region {name!r} is doubled ({made[name]['provider']}, {provider})")
            made[name] = {"provider": provider, "place": place, "country": code[:2]}
            if len(code) > 2:
                made[name]["subdivision"] = code
    for line in csv.DictReader(io.StringIO(EGRID.text(root))):
        region = made[line["region"]]
        if region["provider"] != line["provider"] or region["country"] != "US":
            raise ImportRefused(f"{line['region']}: {line['provider']} is not {region}")
        region["egrid_subregion"] = f"US-{line['egrid_subregion']}"
        region["egrid_basis"] = "assumed"
        region["egrid_note"] = f"ZIP {line['zip']} ({line['assumed_place']}) is assumed to be the data centre's"
    return made


def build(source: Path) -> list[Document]:
    return [Document("geography/cloud-regions.json", {
        "title": "Cloud regions and their grids", "regions": regions(source), "sources": [EGRID.passport()],
        "notes": "Places are as the providers print them. An eGRID subregion rests on an assumed ZIP code: egrid_basis "
                 "says so. A subdivision is given only where the printed place lies in one.",
    })]
