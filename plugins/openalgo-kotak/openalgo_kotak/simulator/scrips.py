"""One row of the instrument files, and the exchange contract behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from openalgo_core.exchange import Contract
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import future, index_name, option

from .shifting import expiry_of

__all__ = ["INDICES", "Listing", "index_listing", "listing_of"]

_EXCHANGES: Final = {
    "nse_cm": Exchange.NSE,
    "bse_cm": Exchange.BSE,
    "nse_fo": Exchange.NFO,
    "bse_fo": Exchange.BFO,
    "cde_fo": Exchange.CDS,
    "mcx_fo": Exchange.MCX,
}
_INDEX_OF: Final = {"nse_cm": Exchange.NSE_INDEX, "bse_cm": Exchange.BSE_INDEX}
_PLAIN_SERIES: Final = ("EQ", "BE", "BZ")
_PAISE: Final = Decimal(100)

#: The names by which indices are quoted, exactly so, and ours where ours is no tidied form of theirs.
INDICES: Final[Mapping[str, Mapping[str, str]]] = {
    "nse_cm": {
        "Nifty 50": "NIFTY",
        "Nifty Bank": "BANKNIFTY",
        "Nifty Fin Service": "FINNIFTY",
        "NIFTY MID SELECT": "MIDCPNIFTY",
        "Nifty Next 50": "NIFTYNXT50",
        "INDIA VIX": "INDIAVIX",
        **{
            name: index_name(name)
            for name in (
                "NIFTY MIDCAP 100", "Nifty 100", "Nifty 200", "Nifty 500", "Nifty Auto", "Nifty CPSE", "Nifty FMCG",
                "Nifty IT", "Nifty PSE", "Nifty PSU Bank", "Nifty Pharma",
            )
        },
    },
    "bse_cm": {"SENSEX": "SENSEX", "BANKEX": "BANKEX", "SNSX50": "SENSEX50"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be quoted: the broker's names for it, its row (empty for an index), and what the exchange knows."""

    segment: str
    token: str
    symbol: str
    row: Mapping[str, str]
    contract: Contract

    @property
    def key(self) -> str:
        """How prices are asked for: `nse_cm|3045`."""
        return f"{self.segment}|{self.token}"

    @property
    def precision(self) -> int:
        """Decimals of a price."""
        return int(self.row.get("lPrecision") or 2)

    def price(self, value: Decimal | None) -> str:
        """Rupees as this instrument shows them; what does not exist is 0."""
        return f"{value or 0:.{self.precision}f}"


def listing_of(row: Mapping[str, str]) -> Listing | None:
    """What can be traded of a row; `None` for spreads, indices and the like."""
    segment = row["pExchSeg"]
    derivative = segment.endswith("_fo")
    if not (row["pOptionType"] in ("CE", "PE", "XX") if derivative else row["pISIN"]):
        return None
    return Listing(segment, row["pSymbol"], row["pTrdSymbol"], row, _contract(row))


def index_listing(segment: str, name: str, symbol: str, token: str) -> Listing:
    """An index under the name that prices are asked by; `token` is what the files call it, if they do."""
    contract = Contract(symbol, _INDEX_OF[segment], name, InstrumentKind.INDEX, None, None, 1, None, None)
    return Listing(segment, name, name.upper(), {"pSymbol": token}, contract)


def _contract(row: Mapping[str, str]) -> Contract:
    symbol, kind, strike = _name(row)
    multiplier = int(row["lMultiplier"])
    return Contract(
        symbol=symbol,
        exchange=_EXCHANGES[row["pExchSeg"]],
        name=row["pSymbolName"],
        kind=kind,
        expiry=expiry_of(row),
        strike=strike,
        lot_size=int(row["lLotSize"]),
        tick_size=Decimal(row["dTickSize"]) / _PAISE,
        freeze_quantity=int(row["lFreezeQty"]) or None,
        multiplier=Decimal(multiplier) if multiplier > 0 else Decimal(1),
    )


def _name(row: Mapping[str, str]) -> tuple[str, InstrumentKind, Decimal | None]:
    """A symbol of the unified grammar, because that is how the simulated exchange finds a price."""
    name, series, expiry = row["pSymbolName"], row["pGroup"], expiry_of(row)
    if expiry is None:
        plain = row["pExchSeg"] == "bse_cm" or series in _PLAIN_SERIES
        return name if plain else f"{name}-{series}", InstrumentKind.EQ, None
    if row["pOptionType"] == "XX":
        return future(name, expiry), InstrumentKind.FUT, None
    kind, strike = InstrumentKind(row["pOptionType"]), Decimal(row["dStrikePrice"]) / _PAISE
    return option(name, expiry, strike, kind), kind, strike
