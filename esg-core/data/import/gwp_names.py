"""One plain ASCII id per gas, and the names that other tables use for it.

The id is the industrial designation where there is one (`HFC-134a`, `PFC-14`), else the formula. Names that
differ only by hyphens in a compilation become aliases, so that a caller may write what the table writes.
"""

from __future__ import annotations

import re

# openclimatedata's species that are not `letters + digits`
SPECIES = {
    "CF4": "PFC-14", "C2F6": "PFC-116", "C3F8": "PFC-218", "cC4F8": "PFC-318", "C4F10": "PFC-31-10",
    "C5F12": "PFC-41-12", "C6F14": "PFC-51-14", "C7F16": "PFC-61-16", "C8F18": "PFC-71-18", "C10F18": "PFC-91-18",
    "cC3F6": "PFC-c216", "HFC4310mee": "HFC-43-10mee", "HFE4310pccc124": "HFE-43-10pccc124",
}
FAMILY = re.compile(r"(CFC|HCFC|HFC|HCFE|HFE|Halon)(\d.*)")

ALIASES = {
    "CO2": ["carbon dioxide"], "CH4": ["methane"], "CH4-fossil": ["fossil methane"],
    "CH4-biogenic": ["CH4-non-fossil", "biogenic methane"], "N2O": ["nitrous oxide"],
    "SF6": ["sulfur hexafluoride"], "NF3": ["nitrogen trifluoride"],
    "PFC-14": ["CF4"], "PFC-116": ["C2F6"], "PFC-218": ["C3F8"], "PFC-318": ["cC4F8", "c-C4F8", "PFC-c318", "PFC-C-318"],
    "PFC-31-10": ["C4F10", "PFC-3-1-10"], "PFC-41-12": ["C5F12", "PFC-4-1-12"], "PFC-51-14": ["C6F14", "PFC-5-1-14"],
    "PFC-61-16": ["C7F16"], "PFC-71-18": ["C8F18"], "PFC-91-18": ["C10F18", "PFC-9-1-18"], "PFC-c216": ["cC3F6"],
    "CH3CCl3": ["methyl chloroform", "HCC-140a"], "CCl4": ["carbon tetrachloride"], "CH3Br": ["methyl bromide"],
    "CHCl3": ["chloroform"], "CH2Cl2": ["methylene chloride"], "CH3Cl": ["methyl chloride"],
    "CH2Br2": ["methylene bromide"], "SO2F2": ["sulfuryl fluoride"], "CH3OCH3": ["dimethyl ether"],
    "HFO-1234yf": ["HFC-1234yf", "R-1234yf"], "HFO-1234ze(E)": ["(E)-HFC-1234ze", "R-1234ze"],
    "HFE-236ea2": ["desflurane", "HFE236ea2"], "HFE-347mmz1": ["sevoflurane"], "HCFE-235da2": ["isoflurane", "HCFE235da2"],
    "HC-290": ["propane", "C3H8"], "HC-600": ["butane", "C4H10"],
    "HFC-43-10mee": ["HFC4310mee"], "HFE-43-10pccc124": ["HFE4310pccc124", "H-Galden 1040x"],
}
HYDROCARBONS = {
    "propane": "HC-290", "butane": "HC-600", "isobutane": "HC-600a", "isopentane": "HC-601a", "propylene": "HC-1270",
}
# Blends whose GWP in Table 12 does not follow from the composition printed beside it.
BLENDS_MISPRINTED = {"R-424A"}
SPLIT = {
    "CarbonDioxide": "CO2", "MethaneFossil": "CH4-fossil", "MethaneBiogenic": "CH4-biogenic", "NitrousOxide": "N2O",
    "SulfurHexafluoride": "SF6", "NitrogenTrifluoride": "NF3", "Hfc23": "HFC-23", "Hfc32": "HFC-32",
    "Hfc125": "HFC-125", "Hfc134a": "HFC-134a", "Hfc143a": "HFC-143a", "Hfc152a": "HFC-152a", "Pfc14": "PFC-14",
    "Pfc116": "PFC-116",
}
# Formula is an id of its own, or means one gas only.
FORMULAS = {
    formula: formula for formula in (
        "CO2", "CH4", "N2O", "SF6", "NF3", "SF5CF3", "SO2F2", "CCl4", "CH3Br", "CH2Br2", "CH3CCl3", "CHCl3", "CH2Cl2",
        "CH3Cl", "CH3OCH3")
} | {"CF4": "PFC-14", "C3H8": "HC-290", "n-C4H10": "HC-600"}
DESIGNATION = re.compile(r"(CFC|HCFC|HFC|HFO|HCFO|HFE|HCFE|PFC|Halon)-[0-9A-Za-z]+(-[0-9A-Za-z]+)*(\([EZ]\))?|PFPMIE")
RENAMED = {
    "PFC-3-1-10": "PFC-31-10", "PFC-4-1-12": "PFC-41-12", "PFC-5-1-14": "PFC-51-14", "PFC-9-1-18": "PFC-91-18",
    "PFC-C-318": "PFC-318", "PFC-c318": "PFC-318", "HFC-1234yf": "HFO-1234yf", "(E)-HFC-1234ze": "HFO-1234ze(E)",
    "(Z)-HFC-1234ze": "HFO-1234ze(Z)", "HFC-1243zf": "HFO-1243zf", "HFC-1345zfc": "HFO-1345zfc",
    "HFC-1132a": "HFO-1132a", "HFC-1141": "HFO-1141", "(Z)-HFC-1336": "HFO-1336mzz(Z)",
    "(Z)-HFC-1225ye": "HFO-1225ye(Z)", "(E)-HFC-1225ye": "HFO-1225ye(E)", "HFE-449sl": "HFE-449s1",
}
UNSPECIFIED = ("a publisher's CO2e (AR5, 100 years) of a mixture that it does not name: counted as it is under every "
               "set, because nothing is known to convert it by")
NOTES = {
    "AR5": ["Where AR5 prints `<1` (short-lived HFOs, HFC-1132a, PFC-1114, ...) the compilation has 1.",
            "CH4 28 has no origin; CH4-fossil 30 adds the CO2 that fossil methane becomes."],
    "AR6": ["CH4 27.9 is the unsplit value of Table 7.SM.7; 29.8 and 27.0 are from Table 7.15.",
            "Table 7.15 prints HFC-134a as 1526; 1530 of Table 7.SM.7 is shipped, as for the other halogenated gases.",
            "SF6 for other horizons is as in the first release; the compilations have no corrected value.",
            "Errors of one gas are common to every factor of that gas: draw once per simulation."],
    "AR5CCF": ["Feedback values exist for 100 years only, and methane is not split by origin in the source."],
}


def gas_of(species: str) -> str:
    """Return the gas id of an openclimatedata species; its own spelling is among the aliases of that gas."""
    match = FAMILY.fullmatch(species)
    gas = SPECIES.get(species) or (f"{match[1]}-{match[2]}" if match else species)
    return gas


def aliases(gas: str) -> list:
    """Return other names of a gas, sorted: trivial names, the spelling without hyphens, the refrigerant number."""
    names = set(ALIASES.get(gas, []))
    if FAMILY.fullmatch(gas.replace("-", "")):
        names.add(gas.replace("-", ""))
    number = re.fullmatch(r"(CFC|HCFC|HFC|HFO|HCFO|HC)-(\d\w*(\([EZ]\))?)", gas)
    if number:
        names |= {f"R-{number[2]}", f"R{number[2]}"}
    return sorted(names - {gas})


def gas_of_epa(name: str, acronym: str, formula: str) -> str | None:
    """Return the gas id of a row of US EPA's compilation, or None where the row has no designation."""
    if name == "Fossil methane":
        return "CH4-fossil"
    for label in (acronym, name):
        label = re.sub(r"\s*\(([^EZ)]|[^)]{2,})\)$", "", label.replace("Sevoflurane (HFE-347mmz1)", "HFE-347mmz1").strip())
        label = RENAMED.get(label, label)
        if DESIGNATION.fullmatch(label):
            return label
    return FORMULAS.get(formula)


def error_class(gas: str) -> str:
    """Return the gas of AR6's error budget that stands for this one: by family, hence by lifetime."""
    if gas.startswith(("CH4", "N2O")):
        return gas[:3]
    if gas in {"SF6", "NF3", "SF5CF3"} or gas.startswith("PF"):
        return "PFC-14"
    if gas.startswith(("CFC", "Halon", "CCl4")):
        return "CFC-11"
    return "HFC-32" if gas == "HFC-32" else "HFC-134a"
