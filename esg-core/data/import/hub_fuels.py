"""Which activity each fuel row of the EPA hub answers.

The plain id goes to what a US practitioner means by the word. Burning in a boiler and burning in an engine
share the CO2 but not the CH4 and N2O, and Table 2 prints CO2 alone, so the two never share an id:

* diesel, gasoline, CNG and LNG are road fuels: the plain id is Table 2 (CO2 per gallon or scf). Their CH4 and
  N2O come by distance (Tables 3 and 4, `vehicle_ch4_n2o...`). Gasoline in a boiler is `fuel.gasoline.stationary`.
* jet fuel and aviation gasoline are burnt in aircraft: the plain id joins CO2 of Table 2 with CH4 and N2O of
  Table 5, both per gallon. The boiler row is `.stationary`.
* everything else is a stationary fuel: the plain id is Table 1 with all three gases, `.mobile` is Table 2.
"""

# Table 1, rows 17 to 89: (row, label in column C, segments after `fuel.`). Biomass follows EPA's own headings.
STATIONARY = [
    (17, "Anthracite", "anthracite"), (18, "Bituminous", "bituminous_coal"), (19, "Sub-bituminous", "subbituminous_coal"),
    (20, "Lignite", "lignite"), (21, "Mixed (Commercial Sector)", "coal_commercial"),
    (22, "Mixed (Electric Power Sector)", "coal_electricity"), (23, "Mixed (Industrial Coking)", "coking_coal"),
    (24, "Mixed (Industrial Sector)", "coal_industrial"), (25, "Coal Coke", "coal_coke"),
    (27, "Municipal Solid Waste", "municipal_solid_waste"), (28, "Petroleum Coke (Solid)", "petroleum_coke"),
    (29, "Plastics", "plastics"), (30, "Tires", "tires"),
    (32, "Agricultural Byproducts", "agricultural_byproducts"), (33, "Peat", "peat"),
    (34, "Solid Byproducts", "solid_byproducts"), (35, "Wood and Wood Residuals", "wood"),
    (38, "Natural Gas", "natural_gas"), (40, "Blast Furnace Gas", "blast_furnace_gas"),
    (41, "Coke Oven Gas", "coke_oven_gas"), (42, "Fuel Gas", "fuel_gas"), (43, "Propane Gas", "propane_gas"),
    (45, "Landfill Gas", "landfill_gas"), (46, "Other Biomass Gases", "biogas"),
    (49, "Asphalt and Road Oil", "asphalt_and_road_oil"), (50, "Aviation Gasoline", "aviation_gasoline.stationary"),
    (51, "Butane", "butane"), (52, "Butylene", "butylene"), (53, "Crude Oil", "crude_oil"),
    (54, "Distillate Fuel Oil No. 1", "distillate_no1"), (55, "Distillate Fuel Oil No. 2", "distillate_no2"),
    (56, "Distillate Fuel Oil No. 4", "distillate_no4"), (57, "Ethane", "ethane"), (58, "Ethylene", "ethylene"),
    (59, "Heavy Gas Oils", "heavy_gas_oils"), (60, "Isobutane", "isobutane"), (61, "Isobutylene", "isobutylene"),
    (62, "Kerosene", "kerosene"), (63, "Kerosene-Type Jet Fuel", "jet_fuel.stationary"),
    (64, "Liquefied Petroleum Gases (LPG)", "lpg"), (65, "Lubricants", "lubricants"),
    (66, "Motor Gasoline", "gasoline.stationary"), (67, "Naphtha (<401 deg F)", "naphtha"),
    (68, "Natural Gasoline", "natural_gasoline"), (69, "Other Oil (>401 deg F)", "other_oil"),
    (70, "Pentanes Plus", "pentanes_plus"), (71, "Petrochemical Feedstocks", "petrochemical_feedstocks"),
    (72, "Propane", "propane"), (73, "Propylene", "propylene"), (74, "Residual Fuel Oil No. 5", "fuel_oil_no5"),
    (75, "Residual Fuel Oil No. 6", "fuel_oil"), (76, "Special Naphtha", "special_naphtha"),
    (77, "Unfinished Oils", "unfinished_oils"), (78, "Used Oil", "used_oil"),
    (80, "Biodiesel (100%)", "biodiesel"), (81, "Ethanol (100%)", "bioethanol"),
    (82, "Rendered Animal Fat", "animal_fat"), (83, "Vegetable Oil", "vegetable_oil"),
    (85, "North American Softwood", "pulping_liquor.north_american_softwood"),
    (86, "North American Hardwood", "pulping_liquor.north_american_hardwood"),
    (87, "Bagasse", "pulping_liquor.bagasse"), (88, "Bamboo", "pulping_liquor.bamboo"),
    (89, "Straw", "pulping_liquor.straw"),
]
# Rows that hold the unit of the physical columns, and the headings of biomass.
UNIT_ROWS = {15: ("short ton", "[ston_av]"), 36: ("scf", "scf"), 47: ("gallon", "[gal_us]")}
BIOMASS_ROWS = [*range(32, 36), *range(45, 47), *range(80, 90)]
# A second id for a row that has another name elsewhere in the field.
ALSO = {"distillate_no2": "gas_oil"}
NOTES = {
    "municipal_solid_waste": "one CO2 figure for fossil and biogenic carbon together",
    "tires": "one CO2 figure for fossil and biogenic carbon together",
    "peat": "EPA lists peat under biomass; the IPCC counts it as fossil",
}

# Table 2: row, label, activity, biogenic
MOBILE = [
    (104, "Aviation Gasoline", "aviation_gasoline.mobile", False), (105, "Biodiesel (100%)", "biodiesel.mobile", True),
    (106, "Compressed Natural Gas (CNG)", "cng", False), (107, "Diesel Fuel", "diesel", False),
    (108, "Ethanol (100%)", "bioethanol.mobile", True), (109, "Kerosene-Type Jet Fuel", "jet_fuel.mobile", False),
    (110, "Liquefied Natural Gas (LNG)", "lng", False), (111, "Liquefied Petroleum Gases (LPG)", "lpg.mobile", False),
    (112, "Motor Gasoline", "gasoline", False), (113, "Residual Fuel Oil", "fuel_oil.mobile", False),
]

# Table 5: label of the fuel column -> (segment, row of Table 2 with its CO2, further segment)
OFF_ROAD = {
    "Residual Fuel Oil": ("fuel_oil", 113, ""), "Gasoline (2 stroke)": ("gasoline", 112, "_2_stroke"),
    "Gasoline (4 stroke)": ("gasoline", 112, "_4_stroke"), "Gasoline": ("gasoline", 112, ""),
    "Gasoline Off-Road Trucks": ("gasoline", 112, "_off_road_trucks"), "Diesel": ("diesel", 107, ""),
    "Diesel Equipment": ("diesel", 107, ""), "Diesel Off-Road Trucks": ("diesel", 107, "_off_road_trucks"),
    "Jet Fuel": ("jet_fuel", 109, ""), "Aviation Gasoline": ("aviation_gasoline", 104, ""), "LPG": ("lpg", 111, ""),
}
# Where `fuel.<fuel>.<machine>` has a plain or harmonised id.
OFF_ROAD_PLAIN = {
    "jet_fuel.aircraft": "jet_fuel", "aviation_gasoline.aircraft": "aviation_gasoline",
    "fuel_oil.ships_and_boats": "marine_fuel_oil",
}
