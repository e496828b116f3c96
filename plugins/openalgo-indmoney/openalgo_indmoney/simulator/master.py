"""The instrument files that the simulator serves, and the exchange contract behind each of their rows.

`files` holds the five samples of INDmoney's format: shares, derivatives and indices in the documented columns, and the
first two again with the ten columns that were added in September 2026. They were built after the format; the tokens of
large companies, of the indices NIFTY 50, NIFTY IT and BSE Focused IT and of three contracts are real, the rest is made
up. Expiries are moved past today when the simulator starts. Rows that the newer samples do not have are served with the
newer columns empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Final

from openalgo_core.exchange import Contract
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import future, index_name, option

from .shifting import Row, expiry_of, root_of, shifted

__all__ = ["DERIVATIVE", "EQUITY", "INDEX", "InstrumentMaster", "Listing"]

EQUITY: Final = "EQUITY"
DERIVATIVE: Final = "DERIVATIVE"
INDEX: Final = "INDEX"

_EXTENDED: Final = "-extended-2026-09"
_EXCHANGES: Final = {
    ("NSE", EQUITY): Exchange.NSE,
    ("BSE", EQUITY): Exchange.BSE,
    ("NSE", DERIVATIVE): Exchange.NFO,
    ("BSE", DERIVATIVE): Exchange.BFO,
    ("NSE", INDEX): Exchange.NSE_INDEX,
    ("BSE", INDEX): Exchange.BSE_INDEX,
}
#: How quote codes begin.
_PREFIXES: Final = {
    Exchange.NSE: "NSE",
    Exchange.BSE: "BSE",
    Exchange.NFO: "NFO",
    Exchange.BFO: "BFO",
    Exchange.NSE_INDEX: "NIDX",
    Exchange.BSE_INDEX: "BIDX",
}
#: The names of the file as INDmoney abbreviates them, where the price of an option hangs on the index.
_INDEX_NAMES: Final = {"NIFTYFINANCIAL": "FINNIFTY", "NIFTYMIDCAPSEL": "MIDCPNIFTY", "S&PBSESENSEX50": "SENSEX50"}
_PLAIN_SERIES: Final = ("EQ", "BE", "BZ")
_PAISE: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Listing:
    """One row that can be quoted: `contract` is what the exchange knows of it, `segment` how orders name it."""

    row: Row
    segment: str
    contract: Contract

    @property
    def exchange(self) -> str:
        """NSE or BSE."""
        return self.row["EXCH"]

    @property
    def security_id(self) -> str:
        return self.row["SECURITY_ID"]

    @property
    def code(self) -> str:
        """As quotes and candles name it."""
        return f"{_PREFIXES[self.contract.exchange]}_{self.security_id}"

    @property
    def name(self) -> str:
        """As people read it."""
        return self.row.get("CUSTOM_SYMBOL") or self.row["SEGMENT"]

    @property
    def isin(self) -> str:
        return self.row.get("ISIN", "")


class InstrumentMaster:
    """The files of one day, and their rows by token."""

    def __init__(self, today: date) -> None:
        self._rows = {
            "equity": _extended("equity"),
            "fno": shifted(_extended("fno"), today),
            "index": _read("index"),
        }
        segments = {"equity": EQUITY, "fno": DERIVATIVE, "index": INDEX}
        self.listings = tuple(_listing(row, segments[name]) for name, rows in self._rows.items() for row in rows)
        self._by_token = {(one.exchange, one.segment, one.security_id): one for one in self.listings}
        self._by_code = {one.code: one for one in self.listings}
        self._by_contract = {one.contract.key: one for one in self.listings}

    def file(self, source: str, *, extended: bool = True) -> str | None:
        """The file as CSV with a header line, `None` if there is none. Without `extended`: the documented columns."""
        rows = self._rows.get(source)
        if rows is None:
            return None
        columns = list(rows[0]) if extended else list(_read(source)[0])
        return _written(rows, columns)

    def find(self, exchange: str, segment: str, security_id: str) -> Listing | None:
        """`exchange` is NSE or BSE for derivatives and indices too."""
        return self._by_token.get((exchange, segment, security_id))

    def coded(self, code: str) -> Listing | None:
        """The row of a quote code; an index is found under the prefix of its exchange as well."""
        found = self._by_code.get(code)
        if found is None and (exchange := code.partition("_")[0]) in ("NSE", "BSE"):
            found = self.find(exchange, INDEX, code.partition("_")[2])
        return found

    def is_misnamed(self, code: str) -> bool:
        """Whether a code has a derivative's token behind the prefix of its exchange."""
        prefix, _, token = code.partition("_")
        return self.find(prefix, DERIVATIVE, token) is not None

    def of(self, contract: Contract) -> Listing:
        """The row of a contract that came from here."""
        return self._by_contract[contract.key]


def _read(name: str) -> list[Row]:
    text = files(__package__).joinpath("files", f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _extended(name: str) -> list[Row]:
    """The rows of a file with the newer columns, filled as far as the newer sample fills them."""
    newer = {(row["EXCH"], row["SECURITY_ID"]): row for row in _read(f"{name}{_EXTENDED}")}
    blank = dict.fromkeys(next(iter(newer.values())), "")
    return [blank | newer.get((row["EXCH"], row["SECURITY_ID"]), {}) | row for row in _read(name)]


def _written(rows: Iterable[Row], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _listing(row: Row, segment: str) -> Listing:
    exchange = _EXCHANGES[row["EXCH"], segment]
    symbol, kind = _name(row, segment)
    freeze = row.get("FREEZE_QTY")
    contract = Contract(
        symbol=symbol,
        exchange=exchange,
        name=root_of(row) if segment == DERIVATIVE else symbol,
        kind=kind,
        expiry=expiry_of(row) if segment == DERIVATIVE else None,
        strike=Decimal(row["STRIKE_PRICE"]) if kind.is_option else None,
        lot_size=int(row.get("LOT_UNITS") or 1),
        tick_size=None if exchange.is_index else Decimal(row["TICK_SIZE"]) / _PAISE,
        freeze_quantity=int(freeze) if freeze else None,
    )
    return Listing(row, segment, contract)


def _name(row: Row, segment: str) -> tuple[str, InstrumentKind]:
    """A symbol of the unified grammar, because that is how the simulated exchange finds a price."""
    if segment == INDEX:  # the column of that name holds the index's own
        return index_name(row["SEGMENT"], _INDEX_NAMES), InstrumentKind.INDEX
    if segment == EQUITY:
        plain = row["EXCH"] == "BSE" or row["SERIES"] in _PLAIN_SERIES
        symbol = row["TRADING_SYMBOL"]
        return symbol if plain else f"{symbol}-{row['SERIES']}", InstrumentKind.EQ
    expiry = expiry_of(row)
    assert expiry is not None
    if row["OPTION_TYPE"] not in ("CE", "PE"):
        return future(root_of(row), expiry), InstrumentKind.FUT
    kind = InstrumentKind(row["OPTION_TYPE"])
    return option(root_of(row), expiry, Decimal(row["STRIKE_PRICE"]), kind), kind
