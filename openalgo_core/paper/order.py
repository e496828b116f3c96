"""Orders, and what they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openalgo_core import exchange
from openalgo_core.models import Account, Funds, Holding, Instrument, Margin, Order, Placed, Position, Trade

from .wire import at_the_exchange, contract_of

if TYPE_CHECKING:
    from openalgo_core.exchange import BookOrder, Ticket
    from openalgo_core.models import OrderChange, OrderRequest

__all__ = ["book", "cancel", "funds", "holdings", "margin", "modify", "place", "positions", "status", "trades"]


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    with at_the_exchange(account) as desk:
        return Placed(desk.place(_ticket(order, instrument, tag)).order_id)


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    with at_the_exchange(account) as desk:
        changed = desk.modify(
            row.order_id,
            quantity=change.quantity,
            price=change.price,
            trigger_price=change.trigger_price,
            price_type=change.price_type,
        )
        return Placed(changed.order_id)


def cancel(account: Account, row: Order) -> Placed:
    with at_the_exchange(account) as desk:
        return Placed(desk.cancel(row.order_id).order_id)


def book(account: Account) -> Sequence[Order]:
    with at_the_exchange(account) as desk:
        return [_order(entry) for entry in desk.orders()]


def status(account: Account, row: Order) -> Order:
    with at_the_exchange(account) as desk:
        return _order(desk.order(row.order_id))


def trades(account: Account) -> Sequence[Trade]:
    with at_the_exchange(account) as desk:
        return [
            Trade(
                trade_id=fill.trade_id,
                order_id=fill.order_id,
                symbol=fill.contract.symbol,
                exchange=fill.contract.exchange,
                action=fill.action,
                quantity=fill.quantity,
                price=fill.price,
                product=fill.product,
                time=fill.at,
            )
            for fill in desk.trades()
        ]


def positions(account: Account) -> Sequence[Position]:
    with at_the_exchange(account) as desk:
        return [
            Position(
                symbol=row.contract.symbol,
                exchange=row.contract.exchange,
                product=row.product,
                quantity=row.quantity,
                average_price=row.average_price,
                ltp=row.ltp,
                pnl=row.pnl,
            )
            for row in desk.positions()
        ]


def holdings(account: Account) -> Sequence[Holding]:
    with at_the_exchange(account) as desk:
        return [
            Holding(
                symbol=row.contract.symbol,
                exchange=row.contract.exchange,
                quantity=row.quantity,
                average_price=row.average_price,
                ltp=row.ltp,
                pnl=row.pnl,
            )
            for row in desk.holdings()
        ]


def funds(account: Account) -> Funds:
    with at_the_exchange(account) as desk:
        money = desk.funds()
    return Funds(
        available_cash=money.available_cash,
        used_margin=money.used_margin,
        collateral=money.collateral,
        realised_pnl=money.realised_pnl,
        unrealised_pnl=money.unrealised_pnl,
    )


def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    with at_the_exchange(account) as desk:
        estimate = desk.margin(_ticket(order, instrument, None))
        available = desk.funds().available_cash
    return Margin(estimate.required_margin, available, estimate.components)


def _ticket(order: OrderRequest, instrument: Instrument, tag: str | None) -> Ticket:
    return exchange.Ticket(
        contract=contract_of(instrument),
        action=order.action,
        quantity=order.quantity,
        product=order.product,
        price_type=order.price_type,
        price=order.price,
        trigger_price=order.trigger_price,
        validity=order.validity,
        disclosed_quantity=order.disclosed_quantity,
        tag=tag,
    )


def _order(entry: BookOrder) -> Order:
    return Order(
        order_id=entry.order_id,
        symbol=entry.contract.symbol,
        exchange=entry.contract.exchange,
        action=entry.action,
        quantity=entry.quantity,
        filled_quantity=entry.filled_quantity,
        price=entry.price,
        trigger_price=entry.trigger_price,
        average_price=entry.average_price,
        product=entry.product,
        price_type=entry.price_type,
        validity=entry.validity,
        status=entry.status,
        reason=entry.reason,
        time=entry.placed_at,
        tag=entry.tag,
        disclosed_quantity=entry.disclosed_quantity,
    )
