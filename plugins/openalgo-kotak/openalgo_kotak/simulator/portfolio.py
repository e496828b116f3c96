"""Positions, holdings and limits."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookHolding, BookPosition
from openalgo_core.models import Product

from .books import expiry_text, instrument_type
from .desk import Call, Desk, slashed
from .envelopes import rows
from .fields import Fields, choice

__all__ = ["LIMITS", "POSITION_FAULTS", "holdings", "limits", "positions"]

LIMITS: Final[Fields] = {
    "seg": choice("CASH", "CUR", "FO", "ALL"),
    "exch": choice("NSE", "BSE", "ALL"),
    "prod": choice("CNC", "MIS", "NRML", "ALL"),
}
#: Faults that `positions` plays: the last price is 0 now and then.
POSITION_FAULTS: Final = frozenset({"zero-ltp"})

#: Always 0 here, because the simulated exchange has no such thing.
_ZEROS: Final = (
    "RmsCollateral", "AdhocMargin", "NotionalCash", "AmountUtilizedPrsnt", "ExposureMarginPrsnt", "SpanMarginPrsnt",
    "PremiumPrsnt", "MarginVarPrsnt", "RmsPayInAmt", "RmsPayOutAmt", "CashUnRlsMtomPrsnt", "CashRlsMtomPrsnt",
)  # fmt: skip


def positions(desk: Desk, call: Call) -> dict[str, Any]:
    """Net positions, those closed today included. Neither an average price nor a profit stands in a row."""
    zero = call.scripted in POSITION_FAULTS
    return rows([_position_row(desk, call, held, zero_ltp=zero) for held in desk.books.positions()], "ok")


def holdings(desk: Desk, call: Call) -> dict[str, Any]:
    """Numbers are numbers here, and there is no `stat`."""
    return {"data": [_holding_row(desk, held) for held in desk.books.holdings()]}


def limits(desk: Desk, call: Call) -> dict[str, Any]:
    """Flat, and all text. `CollateralValue` is the cash, margin not yet taken off; `Net` has the noise of a float."""
    money = desk.books.funds()
    figures = {
        "CollateralValue": money.available_cash + money.used_margin - money.collateral,
        "Collateral": money.collateral,
        "UnrealizedMtomPrsnt": money.unrealised_pnl or Decimal(0),
        "RealizedMtomPrsnt": money.realised_pnl,
        "MarginUsed": money.used_margin,
        "MarginUsedPrsnt": money.used_margin,
    }
    return {
        "Category": "CLIENT_SPECIAL",
        "EntityId": "",
        "BoardLotLimit": "5000",
        **dict.fromkeys(_ZEROS, "0"),
        **{name: f"{value:.2f}" if value else "0" for name, value in figures.items()},
        "Net": f"{money.available_cash:.2f}0000000001",
        "stat": "Ok",
        "stCode": 200,
    }


def _position_row(desk: Desk, call: Call, held: BookPosition, *, zero_ltp: bool) -> dict[str, Any]:
    listing, contract = desk.master.of(held.contract), held.contract
    carried = held.quantity - held.buy_quantity + held.sell_quantity
    value = _carried_value(desk, held, carried)
    now = desk.now()
    row: dict[str, Any] = {
        "actId": call.session.ucc,
        "exSeg": listing.segment,
        "tok": listing.token,
        "trdSym": listing.symbol,
        "sym": contract.name,
        "series": listing.row["pGroup"] or "XX",
        "type": instrument_type(listing),
        "optTp": listing.row["pOptionType"] or "XX",
        "stkPrc": f"{contract.strike or 0:.2f}",
        "expDt": expiry_text(listing),
        "prod": held.product.value,
        "lotSz": listing.row["lLotSize"],
        "brdLtQty": contract.lot_size,
        "multiplier": str(contract.multiplier),
        "precision": str(listing.precision),
        "genNum": "1", "genDen": "1", "prcNum": "1", "prcDen": "1",
        "cfBuyQty": str(max(0, carried)),
        "cfSellQty": str(max(0, -carried)),
        "cfBuyAmt": f"{value if carried > 0 else 0:.2f}",
        "cfSellAmt": f"{value if carried < 0 else 0:.2f}",
        "flBuyQty": str(held.buy_quantity),
        "flSellQty": str(held.sell_quantity),
        "buyAmt": f"{held.buy_value:.2f}",
        "sellAmt": f"{held.sell_value:.2f}",
        "ltp": listing.price(None if zero_ltp else held.ltp),
        "sqrFlg": "Y",
        "posFlg": "true",
        "dscQty": "",
        "upldPrc": "0.00",
        "hsUpTm": slashed(now),
        "updRecvTm": int(now.timestamp()) * 1_000_000_000 + 658_915_084,
    }  # fmt: skip
    if contract.expiry:
        # Not the master's clock: midnight UTC of the day.
        midnight = datetime(contract.expiry.year, contract.expiry.month, contract.expiry.day, tzinfo=UTC)
        row["exp"] = str(int(midnight.timestamp()))
    return row


def _carried_value(desk: Desk, held: BookPosition, carried: int) -> Decimal:
    """What was carried here counts at the previous close; carried shares can be worth nothing."""
    if held.product is Product.CNC:
        return Decimal(0)
    return abs(carried) * desk.exchange.snapshot(held.contract).prev_close * held.contract.multiplier


def _holding_row(desk: Desk, held: BookHolding) -> dict[str, Any]:
    """`exchangeIdentifier` is the token; `instrumentToken` looks like one and is none."""
    listing = desk.master.of(held.contract)
    cost = held.quantity * held.average_price
    worth = held.quantity * (held.ltp or Decimal(0))
    return {
        "displaySymbol": held.contract.name,
        "symbol": held.contract.name,
        "exchangeSegment": listing.segment,
        "exchangeIdentifier": listing.token,
        "averagePrice": float(held.average_price),
        "quantity": held.quantity,
        "sellableQuantity": held.quantity,
        "holdingCost": float(cost),
        "mktValue": float(worth),
        "closingPrice": float(desk.exchange.snapshot(held.contract).prev_close),
        "instrumentToken": int(listing.token) + 5613,
        "instrumentType": "Equity",
        "scripId": hashlib.sha1(listing.key.encode(), usedforsecurity=False).hexdigest(),
        "isAlternateScrip": False,
        "commonScripCode": listing.row["pISIN"],
        "marketLot": held.contract.lot_size,
        "securitySubType": listing.row["pGroup"],
        "unrealisedGainLoss": float(worth - cost),
        "sqGainLoss": 0.0,
        "delGainLoss": 0.0,
        "logoUrl": "",
        "cmotCode": "",
    }
