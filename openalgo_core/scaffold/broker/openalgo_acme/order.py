"""Orders, trades, and what they lead to: positions, holdings, funds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openalgo_core.errors import InvalidRequest
from openalgo_core.models import Funds, Holding, Order, Placed, Position, PriceType, Trade
from openalgo_core.numbers import money, optional_money, units

from . import tables, wire
from .wire import listing, moment, price, text, word

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, OrderChange, OrderRequest

__all__ = ["book", "cancel", "funds", "holdings", "modify", "place", "positions", "trades"]


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order."""
    body = {
        "instrument": instrument.token,
        "side": tables.ACTIONS[order.action],
        "product": tables.PRODUCTS[order.product],
        "validity": tables.VALIDITIES[order.validity],
        "disclosed": order.disclosed_quantity,
        "note": tag,
        **_terms(order.price_type, order.quantity, order.price, order.trigger_price),
    }
    return Placed(wire.write(account, "POST", "orders", body))


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """Acme replaces type, quantity and prices, so what stays of them is sent again."""
    price_type = change.price_type or row.price_type
    if price_type is None:
        raise InvalidRequest(f"Order {row.order_id} is of a kind that only Acme knows.", hint="Change it at Acme.")
    terms = _terms(
        price_type,
        change.quantity or row.quantity,
        change.price or row.price,
        change.trigger_price or row.trigger_price,
    )
    return Placed(wire.write(account, "PUT", f"orders/{quote(row.order_id, safe='')}", terms))


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order."""
    return Placed(wire.write(account, "DELETE", f"orders/{quote(row.order_id, safe='')}"))


def _terms(price_type: PriceType, quantity: int, at: Decimal | None, trigger: Decimal | None) -> dict[str, Any]:
    """What a new order and a change say alike; a price is null where the type takes none."""
    return {
        "type": tables.PRICE_TYPES[price_type],
        "quantity": quantity,
        "price": at if price_type.needs_price else None,
        "trigger": trigger if price_type.needs_trigger else None,
    }


# --- Books ---


def book(account: Account) -> list[Order]:
    """Today's orders; a book that is no list of orders raises."""
    return [_order(account, row) for row in wire.rows(wire.read(account, "orders"), "orders")]


def trades(account: Account) -> list[Trade]:
    """Today's fills."""
    return [_trade(account, row) for row in wire.rows(wire.read(account, "trades"), "trades")]


def positions(account: Account) -> list[Position]:
    """Net positions of the day."""
    return [_position(account, row) for row in wire.rows(wire.read(account, "positions"), "positions")]


def holdings(account: Account) -> list[Holding]:
    """Shares held."""
    return [_holding(account, row) for row in wire.rows(wire.read(account, "holdings"), "holdings")]


def funds(account: Account) -> Funds:
    """Money; what Acme does not say stays `None`."""
    body = wire.read(account, "funds")
    return Funds(
        available_cash=money(body.get("available")),
        used_margin=optional_money(body.get("used")),
        collateral=optional_money(body.get("collateral")),
        realised_pnl=optional_money(body.get("realised")),
        unrealised_pnl=optional_money(body.get("unrealised")),
    )


def _order(account: Account, row: Mapping[str, Any]) -> Order:
    symbol, exchange = listing(account, row)
    return Order(
        order_id=text(row, "id"),
        symbol=symbol,
        exchange=exchange,
        action=word(tables.ACTION_OF, row, "side"),
        quantity=units(row.get("quantity")),
        filled_quantity=units(row.get("filled")),
        price=price(row.get("price")),
        trigger_price=price(row.get("trigger")),
        average_price=price(row.get("average")),
        product=word(tables.PRODUCT_OF, row, "product"),
        price_type=word(tables.PRICE_TYPE_OF, row, "type"),
        validity=word(tables.VALIDITY_OF, row, "validity"),
        status=word(tables.STATUSES, row, "status"),
        reason=row.get("reason"),
        time=moment(row.get("time")),
        tag=row.get("note"),
        disclosed_quantity=units(row.get("disclosed")),
    )


def _trade(account: Account, row: Mapping[str, Any]) -> Trade:
    symbol, exchange = listing(account, row)
    return Trade(
        trade_id=text(row, "id"),
        order_id=text(row, "order"),
        symbol=symbol,
        exchange=exchange,
        action=word(tables.ACTION_OF, row, "side"),
        quantity=units(row.get("quantity")),
        price=money(row.get("price")),
        product=word(tables.PRODUCT_OF, row, "product"),
        time=moment(row.get("time")),
    )


def _position(account: Account, row: Mapping[str, Any]) -> Position:
    symbol, exchange = listing(account, row)
    return Position(
        symbol=symbol,
        exchange=exchange,
        product=word(tables.PRODUCT_OF, row, "product"),
        quantity=units(row.get("quantity")),
        average_price=optional_money(row.get("average")),
        ltp=price(row.get("ltp")),
        pnl=optional_money(row.get("pnl")),
    )


def _holding(account: Account, row: Mapping[str, Any]) -> Holding:
    symbol, exchange = listing(account, row)
    return Holding(
        symbol=symbol,
        exchange=exchange,
        quantity=units(row.get("quantity")),
        average_price=optional_money(row.get("average")),
        ltp=price(row.get("ltp")),
        pnl=optional_money(row.get("pnl")),
    )
