"""The instrument files that the simulator serves, and the exchange contract behind each of their rows.

`allmaster.csv` holds 322 rows in Definedge's own format. The 218 rows of NSE are real, of August 2025, as published in
`gopalmandloi007/definedge-dashboard: master.csv`; so is the ZYDUSLIFE option, from a comment in OpenAlgo's source. The
others were built after the format, with tokens of their own. Their expiries are moved past today when the simulator
starts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openalgo_core.exchange import Contract
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import future, index_name, option

from .shifting import Row, shifted

__all__ = ["InstrumentMaster", "Listing"]

#: The file of each segment; `allmaster` has them all.
_FILES: Final = {
    "nsecash": "NSE",
    "nsefno": "NFO",
    "cdsfno": "CDS",
    "bsecash": "BSE",
    "bsefno": "BFO",
    "mcxfno": "MCX",
}
_INDEX_OF: Final = {"NSE": Exchange.NSE_INDEX, "BSE": Exchange.BSE_INDEX, "MCX": Exchange.MCX_INDEX}
_PLAIN_SERIES: Final = ("EQ", "BE", "BZ")
#: No column has the quantity freeze, only the call for one security; the figures are made up, in lots.
_FREEZE_LOTS: Final = 30
_FREEZE_SHARES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Listing:
    """One row that can be quoted: `contract` is what the exchange knows of it."""

    row: Row
    contract: Contract

    @property
    def tradable(self) -> bool:
        return not self.contract.exchange.is_index

    @property
    def tick(self) -> Decimal:
        """In rupees; indices have one too."""
        return _scaled(self.row.tick, self.row)

    def price(self, value: Decimal | None) -> str:
        """Rupees as this instrument shows them; what does not exist is 0."""
        return f"{value or 0:.{self.row.precision}f}"


class InstrumentMaster:
    """The files of one day, and their rows by token and by symbol."""

    def __init__(self, today: date) -> None:
        lines = files(__package__).joinpath("allmaster.csv").read_text("utf-8").splitlines()
        rows = shifted((Row(*line) for line in csv.reader(lines)), today)
        self._rows, self._today = rows, today
        listings = [Listing(row, _contract(row)) for row in rows]
        self._by_token = {(listing.row.segment, listing.row.token): listing for listing in listings}
        self._by_name = {(listing.row.segment, listing.row.trading_symbol): listing for listing in listings}
        self._by_contract = {listing.contract.key: listing for listing in listings}

    def zipped(self, name: str) -> bytes | None:
        """The archive of that name, `None` if there is none. One member, without a header line."""
        if name == "allmaster":
            return self._archive(name, self._rows)
        segment = _FILES.get(name)
        return self._archive(name, [row for row in self._rows if row.segment == segment]) if segment else None

    def find(self, segment: str, token: str) -> Listing | None:
        return self._by_token.get((segment, token))

    def named(self, segment: str, trading_symbol: str) -> Listing | None:
        return self._by_name.get((segment, trading_symbol))

    def of(self, contract: Contract) -> Listing:
        """The row of a contract that came from here."""
        return self._by_contract[contract.key]

    def of_isin(self, isin: str) -> list[Listing]:
        """All places where a share is listed."""
        return [listing for listing in self._by_token.values() if listing.row.isin == isin and listing.tradable]

    def _archive(self, name: str, rows: Iterable[Row]) -> bytes:
        member = ZipInfo(f"{name}.csv", (self._today.year, self._today.month, self._today.day, 7, 30, 0))
        member.compress_type = ZIP_DEFLATED
        content = io.BytesIO()
        with ZipFile(content, "w") as archive:
            archive.writestr(member, "".join(f"{','.join(row)}\n" for row in rows))
        return content.getvalue()


def _contract(row: Row) -> Contract:
    symbol, exchange, kind = _name(row)
    lot = int(row.lot)
    freeze = _FREEZE_LOTS * lot if row.is_derivative else _FREEZE_SHARES
    return Contract(
        symbol=symbol,
        exchange=exchange,
        name=row.symbol,
        kind=kind,
        expiry=row.expiry,
        strike=_scaled(row.strike, row, row.multiplier) if kind.is_option else None,
        lot_size=lot,
        tick_size=None if exchange.is_index else _scaled(row.tick, row),
        freeze_quantity=freeze,
        multiplier=Decimal(row.multiplier),  # a currency lot counts as one unit and is a thousand dollars
    )


def _name(row: Row) -> tuple[str, Exchange, InstrumentKind]:
    """A symbol of the unified grammar, because that is how the simulated exchange finds a price."""
    if row.instrument_type == "IDX":
        return index_name(row.trading_symbol), _INDEX_OF[row.segment], InstrumentKind.INDEX
    exchange, expiry = Exchange(row.segment), row.expiry
    if expiry is None:
        plain = row.segment == "BSE" or row.instrument_type in _PLAIN_SERIES
        return row.symbol if plain else row.trading_symbol, exchange, InstrumentKind.EQ
    if row.instrument_type.startswith("FUT"):
        return future(row.symbol, expiry), exchange, InstrumentKind.FUT
    kind = InstrumentKind(row.option_type)
    return option(row.symbol, expiry, _scaled(row.strike, row, row.multiplier), kind), exchange, kind


def _scaled(value: str, row: Row, divisor: str = "1") -> Decimal:
    """Rupees of a whole number in the row's precision."""
    return Decimal(value).scaleb(-int(row.precision)) / int(divisor)
