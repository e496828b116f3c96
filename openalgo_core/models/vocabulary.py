"""The words of the unified vocabulary, spelt as OpenAlgo spells them (docs/prompt/symbol-format.md there)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Action", "Exchange", "InstrumentKind", "Interval", "OrderStatus", "PriceType", "Product", "Validity"]


class Exchange(StrEnum):
    """Where an instrument is listed. The `*_INDEX` codes have quotes and history and cannot be traded."""

    NSE = "NSE"
    BSE = "BSE"
    NFO = "NFO"
    BFO = "BFO"
    CDS = "CDS"
    BCD = "BCD"
    MCX = "MCX"
    NCDEX = "NCDEX"
    NCO = "NCO"
    NSE_INDEX = "NSE_INDEX"
    BSE_INDEX = "BSE_INDEX"
    MCX_INDEX = "MCX_INDEX"
    GLOBAL_INDEX = "GLOBAL_INDEX"

    @property
    def is_index(self) -> bool:
        return self.value.endswith("_INDEX")

    @property
    def is_cash(self) -> bool:
        """Cash equity: delivery is possible, carry-forward margin is not."""
        return self in (Exchange.NSE, Exchange.BSE)


class Action(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Action.BUY else -1


class Product(StrEnum):
    CNC = "CNC"  # delivery, cash equity only
    MIS = "MIS"  # intraday margin
    NRML = "NRML"  # carry forward, derivatives only


class PriceType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    SL = "SL"  # stop-limit: trigger price and price
    SL_M = "SL-M"  # stop-market: trigger price only

    @property
    def needs_price(self) -> bool:
        return self in (PriceType.LIMIT, PriceType.SL)

    @property
    def needs_trigger(self) -> bool:
        return self in (PriceType.SL, PriceType.SL_M)


class Validity(StrEnum):
    DAY = "DAY"
    IOC = "IOC"


class OrderStatus(StrEnum):
    OPEN = "open"  # resting at the exchange, possibly partly filled
    TRIGGER_PENDING = "trigger pending"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    PENDING = "pending"  # in flight, not yet confirmed by the exchange

    @property
    def is_final(self) -> bool:
        return self in (OrderStatus.COMPLETE, OrderStatus.CANCELLED, OrderStatus.REJECTED)


class InstrumentKind(StrEnum):
    EQ = "EQ"
    FUT = "FUT"
    CE = "CE"
    PE = "PE"
    INDEX = "INDEX"

    @property
    def is_option(self) -> bool:
        return self in (InstrumentKind.CE, InstrumentKind.PE)


class Interval(StrEnum):
    """Candle lengths. A broker supports some of them; see `BrokerInfo.history_windows`."""

    S1 = "1s"
    S5 = "5s"
    S10 = "10s"
    S15 = "15s"
    S30 = "30s"
    S45 = "45s"
    M1 = "1m"
    M2 = "2m"
    M3 = "3m"
    M5 = "5m"
    M10 = "10m"
    M15 = "15m"
    M20 = "20m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H3 = "3h"
    H4 = "4h"
    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    QUARTER = "Q"
    YEAR = "Y"
