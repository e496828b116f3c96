"""The instrument files that the simulator serves, and the exchange contract behind each of their rows.

`files` holds the seven members of the archive: real rows of 30 July 2026, byte for byte, as published in
`deepcranbed-hue/NiftyOptions: SecurityMaster.zip`, chosen to show every quirk. Expiries are moved past today when the
simulator starts. The price bands in them are those of that day; the simulator's own bands are in its quotes.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from email.utils import format_datetime
from importlib.resources import files
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openalgo_core.clock import IST
from openalgo_core.exchange import Contract
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import future, index_name, option

from .dates import read_day
from .shifting import shifted

__all__ = ["Archive", "InstrumentMaster", "Listing"]

Row = Mapping[str, str]

_CASH: Final = ("NSEScripMaster.txt", "BSEScripMaster.txt")
_DERIVATIVES: Final = {
    "FONSEScripMaster.txt": Exchange.NFO,
    "FOBSEScripMaster.txt": Exchange.BFO,
    "MCXScripMaster.txt": Exchange.MCX,
}
#: The older address has neither commodities nor funds.
_OLD_MEMBERS: Final = (*_CASH, "FONSEScripMaster.txt", "FOBSEScripMaster.txt", "CDNSEScripMaster.txt")
_MEMBERS: Final = (*_OLD_MEMBERS, "MCXScripMaster.txt", "MFScripMaster.txt")
#: When the broker writes the files of the day.
_WRITTEN: Final = time(7, 30)

#: Index rows of NSE that are dead or of other markets.
_FOREIGN: Final = frozenset({"CNX100", "DEFTY", "CNXNIF", "MINIFT", "DJIA", "FTSE", "SNP500"})
_BSE_INDICES: Final = frozenset({
    "BSESEN", "BANKEX", "BSE100", "BSE200", "BSE500", "BSE150", "BSLAR", "BSEMI", "BSEFMC", "BSEHEA", "BSEI", "BSEIN",
    "BSEIP", "BSEOIL", "BSEMET", "BSEMID",
})  # fmt: skip
#: Underlyings whose exchange name is not the one that symbols are made of.
_UNDERLYINGS: Final = {
    "NIFTY 50": "NIFTY",
    "NIFTY BANK": "BANKNIFTY",
    "NIFTY FINANCIAL": "FINNIFTY",
    "NIFTY MIDCAP": "MIDCPNIFTY",
    "NIFTY NEXT 50": "NIFTYNXT50",
}
_KINDS: Final = {"XX": InstrumentKind.FUT, "CE": InstrumentKind.CE, "PE": InstrumentKind.PE}
_RIGHTS: Final = {InstrumentKind.FUT: "Others", InstrumentKind.CE: "Call", InstrumentKind.PE: "Put"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One row that can be quoted: `code` is the broker's stock code, `contract` what the exchange knows."""

    code: str
    segment: str
    isin: str
    contract: Contract
    #: Whether a derivative is one on an index.
    on_index: bool = False

    @property
    def is_cash(self) -> bool:
        return self.segment in ("NSE", "BSE")

    @property
    def product(self) -> str:
        """Cash, Futures or Options."""
        if self.is_cash:
            return "Cash"
        return "Options" if self.contract.kind.is_option else "Futures"

    @property
    def right(self) -> str | None:
        """Call, Put or Others; cash has none."""
        return _RIGHTS.get(self.contract.kind)

    @property
    def tradable(self) -> bool:
        """MCX has history only, indices prices only."""
        return not self.contract.exchange.is_index and self.segment != "MCX"


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip as it is served; it was written on the morning of its day."""

    content: bytes
    etag: str
    last_modified: str


class InstrumentMaster:
    """The files of one day, both ways."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._texts = {name: _text(name, today) for name in _MEMBERS}
        self._by_contract = {listing.contract.key: listing for listing in _listings(self._texts)}
        self._by_terms = {_terms(listing): listing for listing in self._by_contract.values()}

    def archive(self, *, old: bool = False) -> Archive:
        """All seven files, or the five of the older address."""
        content = io.BytesIO()
        written = datetime.combine(self._today, _WRITTEN, IST)
        with ZipFile(content, "w", ZIP_DEFLATED) as archive:
            for name in _OLD_MEMBERS if old else _MEMBERS:
                member = ZipInfo(name, written.timetuple()[:6])
                member.compress_type = ZIP_DEFLATED
                archive.writestr(member, self._texts[name])
        data = content.getvalue()
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        return Archive(data, etag, format_datetime(written.astimezone(UTC), usegmt=True))

    def share(self, segment: str, code: str) -> Listing | None:
        """A share or an index."""
        return self._by_terms.get((segment, code, InstrumentKind.EQ, None, None))

    def derivative(
        self, segment: str, code: str, kind: InstrumentKind, expiry: date | None, strike: Decimal | None
    ) -> Listing | None:
        """A future (`strike` is then `None`) or an option."""
        return self._by_terms.get((segment, code, kind, expiry, strike))

    def contracts_on(self, segment: str, code: str) -> list[Listing]:
        """All that is listed on an underlying, in the file's order."""
        return [found for found in self._by_terms.values() if (found.segment, found.code) == (segment, code)]

    def of(self, contract: Contract) -> Listing:
        """The row of a contract that came from here."""
        return self._by_contract[contract.key]

    def underlying_of(self, contract: Contract) -> Contract | None:
        """The share or index below a derivative, if the files have it."""
        shares = {Exchange.NFO: (Exchange.NSE_INDEX, Exchange.NSE), Exchange.BFO: (Exchange.BSE_INDEX, Exchange.BSE)}
        for exchange in shares.get(contract.exchange, ()):
            found = self._by_contract.get((exchange, contract.underlying))
            if found:
                return found.contract
        return None


def _text(name: str, today: date) -> str:
    text = (files(__package__) / "files" / name).read_bytes().decode("ascii")
    return shifted(text, today) if name in _DERIVATIVES else text


def _terms(listing: Listing) -> tuple[str, str, InstrumentKind, date | None, Decimal | None]:
    """What a request names a row by. A share and an index are asked for alike."""
    contract = listing.contract
    kind = InstrumentKind.EQ if contract.kind is InstrumentKind.INDEX else contract.kind
    return listing.segment, listing.code, kind, contract.expiry, contract.strike


def _listings(texts: Mapping[str, str]) -> Iterator[Listing]:
    """What is no tradable instrument and no index is in the files only: dead rows, debt, rights, spot, funds."""
    nse, bse = (_rows(texts[name]) for name in _CASH)
    yield from filter(None, map(_on_nse, nse))
    # Of two rows with one exchange code the one with the higher token is alive; the last one yielded is kept.
    yield from filter(None, map(_on_bse, sorted(bse, key=lambda row: row["Token"])))
    for name, exchange in _DERIVATIVES.items():
        for row in _rows(texts[name]):
            on_index = row["InstrumentName"].endswith(("IDX", "IND"))
            yield Listing(row["ShortName"], exchange.value, "", _derivative(row, exchange), on_index)


def _rows(text: str) -> Iterator[Row]:
    # The header of NSE's file has a space after each comma, so that its names would come with quotes.
    return csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)


def _on_nse(row: Row) -> Listing | None:
    code, series, token = row["ShortName"], row["Series"], row["Token"]
    if series == "0":
        return None if code in _FOREIGN else _cash(row, "NSE", index_name(token), Exchange.NSE_INDEX)
    if not token.isdecimal() or token.startswith("0"):
        return None
    name = row["ExchangeCode"].upper()
    return _cash(row, "NSE", name if series in ("EQ", "BE", "BZ") else f"{name}-{series}", Exchange.NSE)


def _on_bse(row: Row) -> Listing | None:
    code, token = row["ShortName"], row["Token"]
    if code in _BSE_INDICES:
        return _cash(row, "BSE", "SENSEX" if code == "BSESEN" else code, Exchange.BSE_INDEX)
    if not (token.isdecimal() and len(token) == 6 and token.startswith("5") and row["ExchangeCode"]):
        return None
    return _cash(row, "BSE", row["ExchangeCode"], Exchange.BSE)


def _cash(row: Row, segment: str, symbol: str, exchange: Exchange) -> Listing:
    kind = InstrumentKind.INDEX if exchange.is_index else InstrumentKind.EQ
    # No tick: that of a share follows its price, see `orders`.
    contract = Contract(symbol, exchange, row["CompanyName"], kind, None, None, 1, None, None)
    return Listing(row["ShortName"], segment, row["ISINCode"], contract)


def _derivative(row: Row, exchange: Exchange) -> Contract:
    base, expiry, kind = row["ExchangeCode"], read_day(row["ExpiryDate"]), _KINDS[row["OptionType"]]
    base = _UNDERLYINGS.get(base, base)
    strike = Decimal(row["StrikePrice"]) if kind.is_option else None
    return Contract(
        symbol=future(base, expiry) if strike is None else option(base, expiry, strike, kind),
        exchange=exchange,
        name=base,
        kind=kind,
        expiry=expiry,
        strike=strike,
        lot_size=int(row["LotSize"]),
        tick_size=Decimal(row["TickSize"]) / 100,
        freeze_quantity=None,
    )
