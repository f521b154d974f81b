"""Exact, provable greenhouse-gas accounting: telemetry in, auditable inventory out.

>>> import esg
>>> esg.convert("1", "MWh", "kWh")
Decimal('1000')
"""

from esg._error import EsgError
from esg._esg import (
    Amount,
    Engine,
    Ingested,
    Inventory,
    Ledger,
    Range,
    Registry,
    Resolution,
    Score,
    Simulation,
    Table,
    Verified,
    __version__,
    convert,
    merge,
    partial,
    score,
)

__all__ = [
    "Amount",
    "Engine",
    "EsgError",
    "Ingested",
    "Inventory",
    "Ledger",
    "Range",
    "Registry",
    "Resolution",
    "Score",
    "Simulation",
    "Table",
    "Verified",
    "__version__",
    "convert",
    "merge",
    "partial",
    "score",
]
