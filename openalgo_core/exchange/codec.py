"""Between rows of the database and entries: every field by name, nothing else."""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..models.vocabulary import Action, Exchange, InstrumentKind, OrderStatus, PriceType, Product, Validity
from .contracts import Contract
from .entries import HoldingEntry, OrderEntry, PositionEntry
from .records import Fill

__all__ = ["contract_of", "contract_text", "fill_of", "holding_of", "order_of", "order_values", "position_of"]


@lru_cache(maxsize=4096)
def contract_text(contract: Contract) -> str:
    return json.dumps(
        [
            contract.symbol,
            contract.exchange,
            contract.name,
            contract.kind,
            contract.expiry and contract.expiry.isoformat(),
            _text(contract.strike),
            contract.lot_size,
            _text(contract.tick_size),
            contract.freeze_quantity,
            str(contract.multiplier),
        ]
    )


@lru_cache(maxsize=4096)
def contract_of(text: str) -> Contract:
    symbol, exchange, name, kind, expiry, strike, lot_size, tick_size, freeze_quantity, multiplier = json.loads(text)
    return Contract(
        symbol=symbol,
        exchange=Exchange(exchange),
        name=name,
        kind=InstrumentKind(kind),
        expiry=date.fromisoformat(expiry) if expiry else None,
        strike=_decimal(strike),
        lot_size=lot_size,
        tick_size=_decimal(tick_size),
        freeze_quantity=freeze_quantity,
        multiplier=Decimal(multiplier),
    )


def order_values(order: OrderEntry) -> dict[str, Any]:
    """The columns of an order but those that only the account knows (user, day, blocked)."""
    return {
        "order_id": order.order_id,
        "exchange": order.contract.exchange.value,
        "symbol": order.contract.symbol,
        "contract": contract_text(order.contract),
        "action": order.action.value,
        "product": order.product.value,
        "quantity": order.quantity,
        "filled_quantity": order.filled_quantity,
        "filled_value": str(order.filled_value),
        "price_type": order.price_type.value,
        "price": _text(order.price),
        "trigger_price": _text(order.trigger_price),
        "validity": order.validity.value,
        "disclosed_quantity": order.disclosed_quantity,
        "status": order.status.value,
        "is_open": not order.status.is_final,
        "reason": order.reason,
        "tag": order.tag,
        "wire": json.dumps(dict(order.wire)) if order.wire else "{}",
        "placed_at": order.placed_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
        "reference": str(order.reference),
        "charged": order.charged,
        "watched": order.watched.isoformat(),
        "look_at": order.look_at,
    }


def order_of(row: sqlite3.Row) -> OrderEntry:
    return OrderEntry(
        order_id=row["order_id"],
        contract=contract_of(row["contract"]),
        action=Action(row["action"]),
        product=Product(row["product"]),
        quantity=row["quantity"],
        price_type=PriceType(row["price_type"]),
        price=_decimal(row["price"]),
        trigger_price=_decimal(row["trigger_price"]),
        validity=Validity(row["validity"]),
        disclosed_quantity=row["disclosed_quantity"],
        status=OrderStatus(row["status"]),
        reason=row["reason"],
        tag=row["tag"],
        wire={} if row["wire"] == "{}" else json.loads(row["wire"]),
        placed_at=datetime.fromisoformat(row["placed_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        watched=datetime.fromisoformat(row["watched"]),
        reference=Decimal(row["reference"]),
        charged=row["charged"],
        filled_quantity=row["filled_quantity"],
        filled_value=Decimal(row["filled_value"]),
        look_at=row["look_at"],
        number=row["number"],
    )


def position_of(row: sqlite3.Row) -> PositionEntry:
    return PositionEntry(
        contract=contract_of(row["contract"]),
        product=Product(row["product"]),
        quantity=row["quantity"],
        open_value=Decimal(row["open_value"]),
        margin=row["margin"],
        realised=Decimal(row["realised"]),
        buy_quantity=row["buy_quantity"],
        sell_quantity=row["sell_quantity"],
        buy_value=Decimal(row["buy_value"]),
        sell_value=Decimal(row["sell_value"]),
    )


def holding_of(row: sqlite3.Row) -> HoldingEntry:
    return HoldingEntry(contract_of(row["contract"]), row["quantity"], Decimal(row["cost"]))


def fill_of(row: sqlite3.Row) -> Fill:
    return Fill(
        trade_id=f"{row['trade_id']:08d}",
        order_id=row["order_id"],
        contract=contract_of(row["contract"]),
        action=Action(row["action"]),
        quantity=row["quantity"],
        price=Decimal(row["price"]),
        product=Product(row["product"]),
        at=datetime.fromisoformat(row["at"]),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
