"""Everything that can be wrong with an order before anybody is asked: refused here, no request is made."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..capabilities import Capability
from ..errors import InvalidRequest, NotSupported
from ..models.broker import BrokerInfo
from ..models.instrument import Instrument
from ..models.request import OrderChange, OrderRequest
from ..models.vocabulary import Exchange, PriceType, Product
from ..numbers import decimal_text

__all__ = ["check_change", "check_instrument", "check_supported", "default_price_type", "default_product", "request_of"]


def default_product(exchange: Exchange) -> Product:
    return Product.CNC if exchange.is_cash else Product.NRML


def default_price_type(price: Any, trigger_price: Any) -> PriceType:
    """LIMIT with a price, SL with both, SL-M with a trigger price, else MARKET."""
    if trigger_price is not None:
        return PriceType.SL_M if price is None else PriceType.SL
    return PriceType.MARKET if price is None else PriceType.LIMIT


def request_of(model: type[Any], fields: Mapping[str, Any]) -> Any:
    """A validated request model, or `InvalidRequest` that names the field and what would be right."""
    from pydantic import ValidationError

    try:
        return model(**fields)
    except ValidationError as error:
        raise InvalidRequest(_in_words(error)) from None


def check_supported(order: OrderRequest, info: BrokerInfo) -> None:
    """Refuses what the exchange or the broker does not take. Raises `InvalidRequest` or `NotSupported`."""
    exchange = order.exchange
    if exchange.is_index:
        raise InvalidRequest(
            f"{exchange}:{order.symbol} is an index and cannot be traded.", hint="Trade one of its futures or options."
        )
    if exchange.is_cash and order.product is Product.NRML:
        raise InvalidRequest(f"Product NRML is not valid on {exchange}.", hint="Use CNC (delivery) or MIS (intraday).")
    if not exchange.is_cash and order.product is Product.CNC:
        raise InvalidRequest(
            f"Product CNC is not valid on {exchange}.", hint="Use NRML (carry forward) or MIS (intraday)."
        )
    if exchange not in info.exchanges:
        raise NotSupported(
            f"{info.title} does not trade on {exchange} through its API.",
            hint=f"It offers {', '.join(sorted(e for e in info.exchanges if not e.is_index))}.",
            broker=info.name,
        )
    for word in (order.product, order.validity):
        _need(info, Capability(word.value))
    if order.price_type is not PriceType.SL_M:  # which may still become SL; `prepare` refuses it where it cannot
        _need(info, Capability(order.price_type.value))
    if order.disclosed_quantity:
        _need(info, Capability.DISCLOSED_QUANTITY)


def check_instrument(order: OrderRequest, instrument: Instrument) -> None:
    """Lot, freeze quantity and tick, as the broker's own instrument file has them. Raises `InvalidRequest`."""
    check_quantity(order.quantity, instrument)
    for label, price in (("price", order.price), ("trigger price", order.trigger_price)):
        check_tick(label, price, instrument)


def check_change(change: OrderChange, instrument: Instrument) -> None:
    """The same rules for what a modify changes. Raises `InvalidRequest`."""
    if change.quantity is not None:
        check_quantity(change.quantity, instrument)
    for label, price in (("price", change.price), ("trigger price", change.trigger_price)):
        check_tick(label, price, instrument)


def check_quantity(quantity: int, instrument: Instrument) -> None:
    lot = instrument.lot_size
    if quantity % lot:
        below = quantity - quantity % lot
        nearest = f"{below} or {below + lot}" if below else str(lot)
        raise InvalidRequest(
            f"Quantity {quantity} is not a multiple of the lot size {lot} of {instrument}.",
            hint=f"Quantities are in units, not lots. Use {nearest}.",
        )
    freeze = instrument.freeze_quantity
    if freeze is not None and quantity > freeze:
        raise InvalidRequest(
            f"Quantity {quantity} is above the freeze quantity {freeze} of {instrument}.",
            hint="Cut it into several orders.",
        )


def check_tick(label: str, price: Decimal | None, instrument: Instrument) -> None:
    tick = instrument.tick_size
    if price is None or tick is None or price % tick == 0:
        return
    below = price - price % tick
    raise InvalidRequest(
        f"The {label} {decimal_text(price)} is not a multiple of the tick size {decimal_text(tick)} of {instrument}.",
        hint=f"Use {decimal_text(below)} or {decimal_text(below + tick)}." if below else f"Use {decimal_text(tick)}.",
    )


def _need(info: BrokerInfo, capability: Capability) -> None:
    support = info.support(capability)
    if not support.available:
        raise NotSupported(f"{info.title} does not take {capability} ({support}).", broker=info.name)


def _in_words(error: Any) -> str:
    """pydantic's findings as one sentence each; never the input, which may be anything."""
    sentences = []
    for finding in error.errors(include_url=False, include_input=False, include_context=True):
        where = ".".join(str(part) for part in finding["loc"])
        cause = finding.get("ctx", {}).get("error")
        what = str(cause) if cause is not None else finding["msg"]
        sentences.append(f"{where}: {what}" if where else what[:1].upper() + what[1:])
    return "; ".join(sentences) + "."
