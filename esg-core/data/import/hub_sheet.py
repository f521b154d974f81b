"""The one sheet of EPA's GHG Emission Factors Hub, opened once and pinned.

The workbook has a single sheet with twelve tables under each other, so every table is addressed by its
rows. That is safe only because the digest is pinned: another edition must be read again by a person.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from common import ImportRefused, Source, tidy

FILE = Source(
    "raw/epa-ghg-emission-factors-hub-2025/ghg-emission-factors-hub-2025.xlsx",
    "db9085f182e50c7fd9106a902986434fb41ef0426afc953acb40f61a495e8a76",
    "https://www.epa.gov/climateleadership/ghg-emission-factors-hub",
)


class Sheet:
    """Cells by column letter and row number, 1-based as in the workbook."""

    def __init__(self, root: Path):
        import openpyxl

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(io.BytesIO(FILE.read(root)), data_only=True)
        self.cells = book["Emission Factors Hub"]

    def __getitem__(self, place: str):
        return self.cells[place].value

    def text(self, place: str) -> str:
        found = self[place]
        if found is None:
            raise ImportRefused(f"hub cell {place} is blank, a label was expected")
        return tidy(found)

    def expect(self, place: str, words: str) -> None:
        """Refuse unless the cell has exactly these words: a moved row must not become another fuel."""
        if self.text(place) != words:
            raise ImportRefused(f"hub cell {place} is {self.text(place)!r}, expected {words!r}")
