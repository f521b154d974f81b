"""Exact, provable greenhouse-gas accounting: telemetry in, auditable inventory out.

>>> import esg
>>> esg.convert("1", "MWh", "kWh")
Decimal('1000')
"""

from esg._error import EsgError
from esg._esg import (
    Amount,
    Engine,
    Inventory,
    Range,
    Registry,
    Resolution,
    Score,
    Simulation,
    Table,
    __version__,
    convert,
    score,
)

__all__ = [
    "Amount",
    "Engine",
    "EsgError",
    "Inventory",
    "Range",
    "Registry",
    "Resolution",
    "Score",
    "Simulation",
    "Table",
    "__version__",
    "convert",
    "score",
]
