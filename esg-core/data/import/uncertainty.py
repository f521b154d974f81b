"""Default uncertainties: neither EPA nor DESNZ publishes one, and a point without a range misleads.

Every default is a geometric standard deviation (1 sigma) from the ecoinvent v2 pedigree arithmetic:
sigma_ln = 0.5 * sqrt(sum(ln U_i)^2), GSD = exp(sigma_ln), where the U are 95 % factors (squared GSDs): one
basic factor for the kind of emission and one for each pedigree score. `CLASSES` is the whole judgement; a
reader who disagrees changes one line there. Nothing here is a published uncertainty, and the provenance of
each factor (`pedigree` or `expert-default`) says so.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

# Frischknecht et al. 2007, Overview and Methodology, ecoinvent report 1, Table 7.2; scores 1 to 5. An empty
# place (None) is one that the table does not have.
PEDIGREE = {
    "reliability": ("1", "1.05", "1.1", "1.2", "1.5"),
    "completeness": ("1", "1.02", "1.05", "1.1", "1.2"),
    "temporal": ("1", "1.03", "1.1", "1.2", "1.5"),
    "geographical": ("1", "1.01", "1.02", None, "1.1"),
    "technological": ("1", None, "1.2", "1.5", "2"),
}

# class: (basic factor, (reliability, completeness, temporal, geographical, technological), why)
CLASSES = {
    "combustion": ("1.05", (2, 1, 2, 1, 1), "fuel carbon is a property of the fuel; CO2 dominates"),
    "combustion_trace": ("1.5", (2, 2, 3, 1, 3), "CH4 and N2O depend on the burner or engine, not on the fuel"),
    "grid": ("1.05", (1, 1, 2, 2, 1), "measured stacks and metered generation; flows between areas are not traced"),
    "grid_life_cycle": ("1.05", (2, 2, 2, 2, 3), "generation by fuel times one intensity per technology"),
    "grid_residual": ("1.05", (2, 2, 2, 2, 3), "issued certificates taken off a country mix"),
    "td_loss": ("1.05", (2, 1, 2, 2, 3), "average loss of an interconnection for one customer's share"),
    "heat": ("1.05", (3, 3, 2, 2, 4), "one assumed boiler for every network"),
    "wtt": ("1.05", (2, 2, 3, 2, 3), "modelled supply chain, average origin"),
    "vehicle": ("1.05", (2, 2, 2, 1, 4), "a class average stands for one vehicle and one driver"),
    "travel": ("1.05", (2, 2, 2, 2, 4), "average vehicle, load and distance class"),
    "freight": ("1.05", (2, 2, 3, 2, 4), "average vehicle, load and empty running"),
    "hotel": ("1.05", (3, 3, 2, 2, 4), "a benchmark of willing hotels, without class of service"),
    "material": ("1.05", (2, 2, 3, 2, 4), "average production route"),
    "waste": ("1.5", (2, 3, 3, 2, 4), "landfill methane and average facility"),
    "water": ("1.05", (2, 2, 2, 2, 3), "utility average"),
    "agriculture": ("1.4", (3, 3, 3, 3, 4), "IPCC tier 1"),
    "spend": ("1.05", (3, 2, 2, 1, 5), "an industry average in dollars stands for one purchase"),
    "refrigerant": ("1", (1, 1, 1, 1, 1), "a kilogram of gas is a kilogram of gas; the GWP's own uncertainty applies"),
    "property": ("1", (2, 1, 2, 1, 1), "density or heating value of an average fuel"),
    "hardware": ("1", (3, 3, 3, 3, 4), "a rated power stands for a drawn one"),
    "facility": ("1", (3, 2, 2, 2, 3), "provider's own disclosure, annual average"),
}


def default(kind: str) -> dict:
    """Return the default uncertainty of a class of `CLASSES` as a factor's `uncertainty`."""
    basic, scores, why = CLASSES[kind]
    places = "/".join(map(str, scores))
    return {
        "distribution": "lognormal",
        "gsd": gsd(basic, scores),
        "provenance": "pedigree",
        "reference": f"ecoinvent v2 pedigree {places}, basic factor {basic} ({kind}: {why}); not published by the authority",
    }


def gsd(basic: str, scores: tuple) -> str:
    """Return exp(0.5 * sqrt(sum ln^2 U)) to four places; Decimal, so that every platform prints the same."""
    with localcontext() as context:
        context.prec = 30
        factors = [basic]
        for (name, row), score in zip(PEDIGREE.items(), scores, strict=True):
            factor = row[score - 1]
            if factor is None:
                raise ValueError(f"the pedigree table has no factor for {name} {score}")
            factors.append(factor)
        total = sum((Decimal(factor).ln() ** 2 for factor in factors), Decimal(0))
        return format((total.sqrt() / 2).exp().quantize(Decimal("0.0001")), "f")


def stated(gsd_text: str, reference: str) -> dict:
    """Return a lognormal of a stated GSD (1 sigma) that an expert chose and `reference` explains."""
    return {"distribution": "lognormal", "gsd": gsd_text, "provenance": "expert-default", "reference": reference}


def interval(lower: str, upper: str, reference: str) -> dict:
    """Return a 95 % interval in the unit of the factor's first value, with its reference."""
    return {"distribution": "interval95", "lower": lower, "upper": upper, "provenance": "interval",
            "reference": reference}
