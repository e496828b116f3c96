"""The instrument file that the simulator serves, and the exchange contract behind each of its rows.

`master.json` holds 143 rows in SmartAPI's own format. All NSE indices and some NSE shares are rows of a 2026 file, as
published in `mrinmoyghosh4u-sudo/APPLICATION-V13: OpenAPIScripMaster.json`; of many derivatives the symbol, expiry,
strike and lot are those of public fixtures that mirror live files; the rest was built after the format. Their expiries
are moved past today when the simulator starts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

from openalgo_core.exchange import Contract
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import future, index_name, option

from .shifting import expiry_of, shifted, underlying_of

__all__ = ["InstrumentMaster", "Listing"]

_INDEX_OF: Final = {"NSE": Exchange.NSE_INDEX, "BSE": Exchange.BSE_INDEX, "MCX": Exchange.MCX_INDEX}
#: At the end of a symbol or, on NCDEX, before the strike.
_OPTION_TYPE: Final = re.compile(r"\d(CE|PE)(?:\d|$)")
#: Rupees per point and lot, where a lot is not worth its number of units: GOLD is quoted per 10 g and traded by
#: the kilogram, GOLDM by 100 g, a currency lot is 1000 units, a bond future's lot 2000 bonds.
_POINT_VALUES: Final = {
    ("MCX", "GOLD"): 100,
    ("MCX", "GOLDM"): 10,
    ("CDS", "FUTCUR"): 1000,
    ("CDS", "OPTCUR"): 1000,
    ("CDS", "FUTIRC"): 2000,
    ("CDS", "OPTIRC"): 2000,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One row that can be quoted: `contract` is what the exchange knows of it."""

    row: dict[str, Any]
    contract: Contract

    @property
    def token(self) -> str:
        return str(self.row["token"])

    @property
    def symbol(self) -> str:
        """The broker's trading symbol."""
        return str(self.row["symbol"])

    @property
    def segment(self) -> str:
        return str(self.row["exch_seg"])

    @property
    def tradable(self) -> bool:
        return not self.contract.exchange.is_index


class InstrumentMaster:
    """The file of one day, both ways."""

    def __init__(self, today: date) -> None:
        rows = shifted(json.loads(files(__package__).joinpath("master.json").read_bytes()), today)
        #: The file as it is served, one row a line.
        self.content = ("[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "]").encode()
        self.etag = f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'
        listings = list(_listings(rows))
        self._by_token = {(listing.segment, listing.token): listing for listing in listings}
        self._by_contract = {listing.contract.key: listing for listing in listings}

    def find(self, segment: str, token: str) -> Listing | None:
        return self._by_token.get((segment, token))

    def of(self, contract: Contract) -> Listing:
        """The row of a contract that came from here."""
        return self._by_contract[contract.key]

    def search(self, segment: str, prefix: str) -> list[Listing]:
        """Rows of a segment whose symbol begins so; the case does not matter."""
        wanted = prefix.upper()
        return [
            row for row in self._by_token.values() if row.segment == segment and row.symbol.upper().startswith(wanted)
        ]


def _listings(rows: list[dict[str, Any]]) -> Iterator[Listing]:
    """What is no tradable instrument and no index is in the file only: spot commodities, legacy index rows."""
    for row in rows:
        kind = row["instrumenttype"]
        if kind == "AMXIDX":
            yield Listing(row, _index(row))
        elif kind.startswith(("FUT", "OPT")):
            yield Listing(row, _derivative(row))
        elif kind == "" and (row["exch_seg"] == "BSE" or "-" in row["symbol"]):
            symbol = str(row["symbol"]).removesuffix("-EQ").removesuffix("-BE")
            yield Listing(row, _contract(row, symbol, Exchange(row["exch_seg"]), InstrumentKind.EQ))


def _index(row: dict[str, Any]) -> Contract:
    return _contract(row, index_name(row["name"]), _INDEX_OF[row["exch_seg"]], InstrumentKind.INDEX)


def _derivative(row: dict[str, Any]) -> Contract:
    expiry, exchange = expiry_of(row), Exchange(row["exch_seg"])
    assert expiry is not None
    name = underlying_of(row)
    if row["instrumenttype"].startswith("FUT"):
        return _contract(row, future(name, expiry), exchange, InstrumentKind.FUT, expiry)
    found, strike = _OPTION_TYPE.search(row["symbol"]), _rupees(row, "strike")
    assert found is not None
    assert strike is not None
    kind = InstrumentKind(found[1])
    return _contract(row, option(name, expiry, strike, kind), exchange, kind, expiry, strike)


def _contract(
    row: dict[str, Any],
    symbol: str,
    exchange: Exchange,
    kind: InstrumentKind,
    expiry: date | None = None,
    strike: Decimal | None = None,
) -> Contract:
    lot, freeze, segment = int(row["lotsize"]), int(row["freeze_qty"]), row["exch_seg"]
    point = _POINT_VALUES.get((segment, row["name"])) or _POINT_VALUES.get((segment, row["instrumenttype"]))
    return Contract(
        symbol=symbol,
        exchange=exchange,
        name=row["name"] or symbol,
        kind=kind,
        expiry=expiry,
        strike=strike,
        lot_size=lot,
        tick_size=_rupees(row, "tick_size"),
        freeze_quantity=(freeze * lot if segment == "MCX" else freeze) or None,  # MCX counts lots there
        multiplier=Decimal(1) if point is None else Decimal(point) / lot,
    )


def _rupees(row: dict[str, Any], column: str) -> Decimal | None:
    """Paise, on CDS ten-millionths of a rupee; 0 and -1 stand for none."""
    value = Decimal(row[column]) / (10_000_000 if row["exch_seg"] == "CDS" else 100)
    return value if value > 0 else None
