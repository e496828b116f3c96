"""What an account holds: positions, holdings, money, and what an order would block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from openalgo_core.answers import price, text_of
from openalgo_core.errors import InvalidRequest, OpenAlgoError, UnreadableAnswer
from openalgo_core.models import Funds, Holding, Margin, Position, Quote
from openalgo_core.numbers import decimal_text, money, optional_money, optional_units, units

from . import quote, tables, wire
from .capabilities import BROKER
from .flows import dialect_of

if TYPE_CHECKING:
    from openalgo_core.models import Account, Exchange, Instrument, OrderRequest

__all__ = ["funds", "holdings", "margin", "positions"]

_PAISA = Decimal("0.01")


def positions(account: Account) -> list[Position]:
    """Net positions, those closed today included. Kotak gives amounts only: average price and profit are made of them,
    and of quotes where it shows no last price."""
    costs = cache(partial(_costs, account))
    nets = [_net(account, row, costs) for row in wire.rows_of(_position_rows(account))]
    prices = _last_prices(account, [one for one, *_ in nets if one.quantity and one.ltp is None])
    return [net.at(net.position.ltp or prices.get((net.position.exchange, net.position.symbol))) for net in nets]


def holdings(account: Account) -> list[Holding]:
    """Shares held."""
    return [_holding(account, row) for row in _holding_rows(account)]


def funds(account: Account) -> Funds:
    """Money. `Net` is what is free; it shows the noise of binary fractions."""
    row = wire.read(account, "quick/user/limits", {"seg": "ALL", "exch": "ALL", "prod": "ALL"})
    net = optional_money(row.get("Net"))
    return Funds(
        available_cash=None if net is None else net.quantize(_PAISA, ROUND_HALF_UP),
        used_margin=optional_money(row.get("MarginUsed")),
        collateral=optional_money(row.get("Collateral")),
        realised_pnl=optional_money(row.get("RealizedMtomPrsnt")),
        unrealised_pnl=optional_money(row.get("UnrealizedMtomPrsnt")),
    )


def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    """What the order would block. `reqdMrgn` may be 0 in a good answer; `ordMrgn` is the figure."""
    fields = {
        "brkName": "KOTAK",
        "brnchId": "ONLINE",
        "exSeg": instrument.broker_exchange,
        "prc": decimal_text(order.price or Decimal(0)),
        "prcTp": tables.PRICE_TYPES[order.price_type],
        "prod": tables.PRODUCTS[order.product],
        "qty": str(order.quantity),
        "tok": instrument.token,
        "trnsTp": tables.ACTIONS[order.action],
    }
    if order.trigger_price is not None:
        fields["trgPrc"] = decimal_text(order.trigger_price)
    row = wire.read(account, "quick/user/check-margin", fields)
    parts = {
        name: optional_money(row.get(name)) for name in ("ordMrgn", "reqdMrgn", "totMrgnUsd", "mrgnUsd", "insufFund")
    }
    return Margin(
        required_margin=money(parts["ordMrgn"] or parts["reqdMrgn"] or parts["ordMrgn"]),
        available_cash=None,
        components={name: part for name, part in parts.items() if part is not None},
    )


# --- Holdings ---


def _holding_rows(account: Account) -> list[Mapping[str, Any]]:
    return wire.rows_of(wire.read(account, "portfolio/v1/holdings"))


def _holding(account: Account, row: Mapping[str, Any]) -> Holding:
    """`exchangeIdentifier` is the token; `instrumentToken` is a number of Kotak's own that matches nothing."""
    segment, symbol = text_of(row, "exchangeSegment"), text_of(row, "displaySymbol") or text_of(row, "symbol")
    unified, exchange = wire.listing(account, segment, symbol, text_of(row, "exchangeIdentifier"))
    quantity = units(row.get("quantity"))
    value, cost = optional_money(row.get("mktValue")), optional_money(row.get("holdingCost"))
    return Holding(
        symbol=unified,
        exchange=exchange,
        quantity=quantity,
        average_price=price(row.get("averagePrice")),
        ltp=None,  # `closingPrice` is of the last close, `mktValue` of an unknown moment
        pnl=None if value is None or cost is None else value - cost,
    )


def _costs(account: Account) -> dict[str, Decimal]:
    """What each share held was bought for, by token; nothing where the holdings cannot be read."""
    try:
        rows = _holding_rows(account)
        return {text_of(row, "exchangeIdentifier"): cost for row in rows if (cost := price(row.get("averagePrice")))}
    except OpenAlgoError:  # whatever the reason, the positions are still worth showing
        return {}


# --- Positions ---


class _Net(NamedTuple):
    """A position without a price. `closed` is what was sold for, less what was bought for; `factor` is rupees per point
    per unit."""

    position: Position
    closed: Decimal
    factor: Decimal

    def at(self, ltp: Decimal | None) -> Position:
        """The position at that last price; without one, an open position has no profit."""
        open_units = self.position.quantity
        pnl = self.closed + open_units * (ltp or 0) * self.factor
        return replace(self.position, ltp=ltp, pnl=None if open_units and ltp is None else pnl)


def _net(account: Account, row: Mapping[str, Any], costs: Callable[[], Mapping[str, Decimal]]) -> _Net:
    segment, token = text_of(row, "exSeg"), text_of(row, "tok")
    symbol, exchange = wire.listing(account, segment, text_of(row, "trdSym"), token)
    bought, paid = _carried(row, "Buy")
    if bought and not paid and segment in tables.CASH:  # shares are carried over without their cost
        paid = bought * costs().get(token, Decimal(0))
    sold, received = _carried(row, "Sell")
    bought += optional_units(row.get("flBuyQty")) or 0
    sold += optional_units(row.get("flSellQty")) or 0
    paid += optional_money(row.get("buyAmt")) or 0
    received += optional_money(row.get("sellAmt")) or 0
    factor = _factor(row, "multiplier") * _factor(row, "genNum", "genDen") * _factor(row, "prcNum", "prcDen")
    average = None
    if bought != sold:
        amount, of = (paid, bought) if bought > sold else (received, sold)
        decimals = min(optional_units(row.get("precision")) or 2, 8)
        average = (amount / (of * factor)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    product = tables.PRODUCT_OF.get(text_of(row, "prod"))
    position = Position(symbol, exchange, product, bought - sold, average, price(row.get("ltp")), None)
    return _Net(position, received - paid, factor)


def _carried(row: Mapping[str, Any], side: str) -> tuple[int, Decimal]:
    """Units and rupees of yesterday."""
    return optional_units(row.get(f"cf{side}Qty")) or 0, optional_money(row.get(f"cf{side}Amt")) or Decimal(0)


def _factor(row: Mapping[str, Any], over: str, under: str = "") -> Decimal:
    """A ratio; what is missing or 0 is 1."""
    return (price(row.get(over)) or Decimal(1)) / (price(row.get(under)) or Decimal(1))


def _position_rows(account: Account) -> Mapping[str, Any]:
    if dialect_of(account.require_session()).is_live:
        try:
            return wire.read(account, "portfolio/v2/positions")
        except (InvalidRequest, UnreadableAnswer) as error:
            if error.http_status != 404:  # the path is new; where it is not there yet, the old one is
                raise
    return wire.read(account, "quick/user/positions")


def _last_prices(account: Account, held: Sequence[Position]) -> dict[tuple[Exchange, str], Decimal]:
    """Last prices by exchange and symbol, as far as there are any."""
    wanted = [found for one in held if (found := account.instruments.find(one.exchange, one.symbol))]
    prices: dict[tuple[Exchange, str], Decimal] = {}
    try:
        for start in range(0, len(wanted), BROKER.quote_batch):
            for one in quote.quotes(account, wanted[start : start + BROKER.quote_batch]):
                if isinstance(one, Quote) and one.ltp is not None:
                    prices[one.exchange, one.symbol] = one.ltp
    except OpenAlgoError:  # whatever the reason, the positions are still worth showing
        return prices
    return prices
