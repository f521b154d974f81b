"""What every importer shares: pinned sources, exact numbers, and a factor set that refuses mistakes.

A factor that is silently wrong is worse than one that is missing, so nothing here guesses. A source opens
only under the digest that it was reviewed with; a number keeps the digits that the publisher stored; a
blank cell is an error, not a zero; and a set refuses doubled ids and rows that could answer the same
question. Standard library only: what reads workbooks (openpyxl) is imported by the modules that need it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent
MAX_DIGITS = 28
RETRIEVED = "2026-11-01"  # the sources were collected in November 2026; the day was not recorded
BLANKS = {"", "n/a", "na", "-", "--", "\u2013", "\u2014", "(no data)"}


class ImportRefused(Exception):
    """A source or a row that must not become a factor. The message says which and why."""


# --- sources ----------------------------------------------------------------------------------------------


def pinned(path: Path, sha256: str) -> bytes:
    """Return the bytes of a source file; refuse any whose SHA-256 is not the pinned one."""
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ImportRefused(f"{path} has sha256 {found}, this importer was written for {sha256}")
    return content


@dataclass(frozen=True)
class Source:
    """One file of a publisher: its place under the source folder, its digest, and where it came from."""

    path: str
    sha256: str
    url: str

    def read(self, root: Path) -> bytes:
        return pinned(Path(root) / self.path, self.sha256)

    def text(self, root: Path) -> str:
        """UTF-8 text without a byte order mark."""
        return self.read(root).decode("utf-8-sig")

    def json(self, root: Path):
        """JSON whose numbers stay the text that the publisher wrote."""
        return json.loads(self.text(root), parse_float=str, parse_int=str)

    def passport(self) -> dict:
        return {"file": Path(self.path).name, "sha256": self.sha256, "url": self.url}


# --- exact numbers ----------------------------------------------------------------------------------------


class Exact(str):
    """Decimal text without exponent that remembers the source cells it was made from."""

    cells: tuple

    def __new__(cls, text: str, *cells):
        made = super().__new__(cls, text)
        made.cells = cells
        return made


def blank(cell) -> bool:
    """True for an empty cell and the marks that publishers print instead of a value. Never true for 0."""
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in BLANKS)


def plain(number: Decimal) -> str:
    """Decimal as plain text: no exponent, no plus sign, no negative zero."""
    text = format(number, "f")
    return text.lstrip("-") if number == 0 else text


def exact(cell) -> Exact:
    """Return the exact decimal text of a cell.

    A float (workbook cell) means its shortest round-trip decimal, with a trailing `.0` dropped; text keeps
    the digits that were printed. Blank cells, booleans, NaN, infinities, thousands separators and more
    than 28 significant digits are refused.
    """
    if blank(cell) or isinstance(cell, bool):
        raise ImportRefused(f"{cell!r} is not a number")
    text = repr(cell) if isinstance(cell, float) else str(cell).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ImportRefused(f"{cell!r} is not a decimal number") from None
    if not number.is_finite() or "_" in text:
        raise ImportRefused(f"{cell!r} is not a finite decimal number")
    if isinstance(cell, float) and number == number.to_integral_value():
        number = number.quantize(Decimal(1))
    if significant(number) > MAX_DIGITS:
        raise ImportRefused(f"{cell!r} has more than {MAX_DIGITS} significant digits")
    return Exact(plain(number), cell)


def derived(number: Decimal, *cells) -> Exact:
    """Return a number that an importer calculated exactly (sum, product, quotient) from source cells."""
    if not number.is_finite() or significant(number) > MAX_DIGITS:
        raise ImportRefused(f"{number} (from {cells!r}) is not finite or has more than {MAX_DIGITS} digits")
    return Exact(plain(number), *cells)


def significant(number: Decimal) -> int:
    return len("".join(map(str, number.as_tuple().digits)).strip("0")) or 1


def is_zero(cell) -> bool:
    try:
        return Decimal(str(cell).strip()) == 0
    except InvalidOperation:
        return False


# --- canonical JSON (RFC 8785) ----------------------------------------------------------------------------


def canonical(value) -> str:
    """RFC 8785 text of strings, safe integers, booleans, null, lists and objects with ASCII keys."""
    check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def check(value) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ImportRefused(f"{key!r} is not an ASCII key")
            check(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check(item)
    elif isinstance(value, str):
        if any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise ImportRefused(f"{value!r} has a lone surrogate")
    elif isinstance(value, int):
        if abs(value) > 2**53 - 1 and not isinstance(value, bool):
            raise ImportRefused(f"{value} is beyond 2^53")
    elif value is not None:
        raise ImportRefused(f"{value!r} ({type(value).__name__}) has no place in canonical JSON")


# --- words ------------------------------------------------------------------------------------------------


def slug(text: str) -> str:
    """Lower-case segment of an activity id: `Distillate Fuel Oil No. 2` gives `distillate_fuel_oil_no_2`."""
    made = re.sub(r"[^a-z0-9]+", "_", str(text).lower().replace("&", " and ")).strip("_")
    if not made:
        raise ImportRefused(f"{text!r} leaves no activity segment")
    return made


def tidy(text) -> str:
    """A label on one line, single spaces."""
    return " ".join(str(text).split())


def value(gas: str, unit: str, cell) -> dict:
    """One entry of a factor's `values`; `cell` is a source cell or an `Exact`."""
    return {"gas": gas, "unit": unit, "value": cell if isinstance(cell, Exact) else exact(cell)}


def coefficient(quantity: str, unit: str, cell) -> dict:
    """One entry of `values` of a factor of kind `coefficient`."""
    return {"quantity": quantity, "unit": unit, "value": cell if isinstance(cell, Exact) else exact(cell)}


# --- sets -------------------------------------------------------------------------------------------------

PASSPORT_REQUIRED = {
    "set", "version", "title", "authority", "edition", "licence", "sources", "published", "retrieved",
    "data_year", "valid", "gwp", "verification",
}
PASSPORT_OPTIONAL = {"gwp_values", "uncertainty_note", "notes"}
FACTOR_REQUIRED = {
    "activity", "id", "name", "boundary", "per", "geography", "kind", "values", "source", "uncertainty",
}
FACTOR_OPTIONAL = {
    "scope", "category", "basis", "co2e", "biogenic_co2", "gwp", "valid", "superseded_by", "tags", "quality",
}
BOUNDARIES = {
    "combustion", "generation", "wtt", "td_loss", "life-cycle", "cradle-to-gate", "residual-mix", "use",
    "disposal", "fugitive", "biogenic", "coefficient",
}
KINDS = {"mass", "co2e-per-gas", "co2e", "coefficient"}
ACTIVITY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass
class Set:
    """A factor set while it is being made: a passport and factors that can not contradict each other."""

    passport: dict
    factors: list = field(default_factory=list)
    ids: set = field(default_factory=set)
    questions: dict = field(default_factory=dict)

    def __post_init__(self):
        known = PASSPORT_REQUIRED | PASSPORT_OPTIONAL
        keys = set(self.passport)
        if not PASSPORT_REQUIRED <= keys <= known:
            raise ImportRefused(f"passport lacks {sorted(PASSPORT_REQUIRED - keys)}, unknown {sorted(keys - known)}")
        if not re.fullmatch(r"\d+\.\d+\.\d+", self.passport["version"]):
            raise ImportRefused(f"version {self.passport['version']!r} is not MAJOR.MINOR.PATCH")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.passport["set"]):
            raise ImportRefused(f"set {self.passport['set']!r} is not a lower-case name")
        if set(self.passport["licence"]) != {"spdx", "attribution", "redistribution"}:
            raise ImportRefused("licence needs exactly spdx, attribution and redistribution")
        validity(self.passport["valid"], self.name)
        canonical(self.passport)

    @property
    def name(self) -> str:
        return f"{self.passport['set']}-{self.passport['version']}"

    def add(self, **factor) -> None:
        """Add one factor. Keyword arguments are the keys of data/README.md; a key given as None is left out."""
        factor = {key: item for key, item in factor.items() if item is not None}
        where = f"{self.name} {factor.get('id', '(no id)')}"
        keys = set(factor)
        if not FACTOR_REQUIRED <= keys or keys - FACTOR_REQUIRED - FACTOR_OPTIONAL:
            missing, unknown = FACTOR_REQUIRED - keys, keys - FACTOR_REQUIRED - FACTOR_OPTIONAL
            raise ImportRefused(f"{where}: lacks {sorted(missing)}, unknown {sorted(unknown)}")
        if not ACTIVITY.fullmatch(factor["activity"]):
            raise ImportRefused(f"{where}: activity {factor['activity']!r} is not dotted lower case")
        if factor["boundary"] not in BOUNDARIES or factor["kind"] not in KINDS:
            raise ImportRefused(f"{where}: boundary {factor['boundary']!r} or kind {factor['kind']!r} is unknown")
        if factor.get("scope") not in {None, 1, 2, 3} or ("category" in factor) != (factor.get("scope") == 3):
            raise ImportRefused(f"{where}: scope 3 needs a category, and only scope 3 has one")
        if factor.get("category", 1) not in range(1, 16):
            raise ImportRefused(f"{where}: category {factor['category']!r} is not 1 to 15")
        if factor.get("basis") not in {None, "gross", "net"}:
            raise ImportRefused(f"{where}: basis {factor['basis']!r} is neither gross nor net")
        if "valid" in factor:
            validity(factor["valid"], where)
        self.numbers(factor, where)
        question = canonical([factor.get(key) for key in
                              ("activity", "geography", "boundary", "per", "basis", "tags", "valid")])
        if factor["id"] in self.ids:
            raise ImportRefused(f"{where}: id is doubled")
        if question in self.questions:
            raise ImportRefused(f"{where}: answers the same question as {self.questions[question]}: {question}")
        canonical(factor)
        self.ids.add(factor["id"])
        self.questions[question] = factor["id"]
        self.factors.append(factor)

    def numbers(self, factor: dict, where: str) -> None:
        """Check that every number is exact, finite, and zero only where the publisher's cell was zero."""
        if not factor["values"]:
            raise ImportRefused(f"{where}: no values; a blank row is no factor at all")
        subject = "quantity" if factor["kind"] == "coefficient" else "gas"
        entries = list(factor["values"])
        names = [entry.get(subject) for entry in entries]
        if len(set(names)) != len(names):
            raise ImportRefused(f"{where}: {subject} doubled in {names}")
        if (factor["kind"] == "co2e") != (names == ["CO2e"]) and factor["kind"] != "coefficient":
            raise ImportRefused(f"{where}: kind {factor['kind']} with gases {names}")
        for entry in entries:
            if set(entry) != {subject, "unit", "value"}:
                raise ImportRefused(f"{where}: value needs exactly {subject}, unit and value, got {sorted(entry)}")
        numbers = [entry["value"] for entry in entries]
        if "biogenic_co2" in factor:
            if set(factor["biogenic_co2"]) != {"unit", "value"}:
                raise ImportRefused(f"{where}: biogenic_co2 needs exactly unit and value")
            numbers.append(factor["biogenic_co2"]["value"])
        if "co2e" in factor:
            numbers.append(factor["co2e"])
        for number in numbers:
            if not isinstance(number, Exact):
                raise ImportRefused(f"{where}: {number!r} did not come through exact() or derived()")
            if not Decimal(number).is_finite():
                raise ImportRefused(f"{where}: {number!r} is not finite")
            if is_zero(number) and not any(is_zero(cell) for cell in number.cells):
                raise ImportRefused(f"{where}: became zero, the source has {number.cells!r}")

    def lines(self) -> list[str]:
        """The factor lines in their order of the file."""
        order = sorted(self.factors, key=lambda item: tuple(
            item[key].encode() for key in ("activity", "geography", "id")))
        return [canonical(item) for item in order]

    def text(self) -> str:
        return "".join(line + "\n" for line in [canonical({"passport": self.passport}), *self.lines()])

    def digest(self) -> str:
        return digest(canonical(self.passport), self.lines())

    def write(self, data: Path = DATA) -> dict:
        """Write `sets/<set>-<version>.jsonl` and its entry in `sets/index.json`; return the entry."""
        if not self.factors:
            raise ImportRefused(f"{self.name}: no factors")
        content = self.text().encode()
        folder = Path(data) / "sets"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.jsonl").write_bytes(content)
        entry = {
            "set": self.passport["set"], "version": self.passport["version"], "file": f"{self.name}.jsonl",
            "digest": self.digest(), "bytes": len(content), "factors": len(self.factors),
        }
        index = folder / "index.json"
        entries = json.loads(index.read_text(encoding="utf-8")) if index.exists() else []
        entries = [old for old in entries if old["file"] != entry["file"]] + [entry]
        entries.sort(key=lambda item: (item["set"], tuple(map(int, item["version"].split(".")))))
        index.write_text("[\n" + ",\n".join(map(canonical, entries)) + "\n]\n", encoding="utf-8")
        return entry


@dataclass
class Document:
    """A file beside the sets (a GWP set, a crosswalk): canonical JSON and a line feed, at `path` under data/."""

    path: str
    content: dict

    @property
    def name(self) -> str:
        return self.path

    def write(self, data: Path = DATA) -> dict:
        text = (canonical(self.content) + "\n").encode()
        target = Path(data) / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
        return {"file": self.path, "digest": hashlib.sha256(text).hexdigest(), "bytes": len(text)}


def digest(passport: str, lines: list[str]) -> str:
    """SHA-256 of the document `{"factors":[line,...],"passport":{...}}`; both arguments are canonical text."""
    document = '{"factors":[' + ",".join(lines) + '],"passport":' + passport + "}"
    return hashlib.sha256(document.encode()).hexdigest()


def validity(valid: dict, where: str) -> None:
    days = (valid.get("from"), valid.get("to"))
    if set(valid) != {"from", "to"} or not DAY.fullmatch(days[0] or "") or not DAY.fullmatch(days[1] or days[0]):
        raise ImportRefused(f"{where}: valid {valid!r} is not from/to ISO days (to exclusive, null is open)")
    if days[1] is not None and days[1] <= days[0]:
        raise ImportRefused(f"{where}: valid {valid!r} is empty")
