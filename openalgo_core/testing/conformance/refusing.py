"""330: orders that are refused: by us before any request, or by the broker with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from ...capabilities import Capability
from ...errors import GuardRefused, InvalidRequest, NotSupported, OpenAlgoError, OrderRejected
from ...models import BrokerInfo, Exchange, Instrument, OrderStatus, PriceType, Product, Validity
from .base import Group
from .cases import Variant, a_wire, case, derivatives, each_market, lacks, markets
from .outcomes import refused
from .stand import Stand, expect

__all__ = ["Refusing"]


def _words(info: BrokerInfo) -> Iterator[Variant]:
    """Everything an order may say that brokers differ in."""
    for product in Product:
        preferred = sorted(markets(info), key=lambda one: one not in (Exchange.NSE, Exchange.NFO))
        exchange = next((one for one in preferred if one.is_cash == (product is not Product.NRML)), None)
        if exchange is not None:
            yield _word(Capability(product.value), exchange, product=product)
    first = min(markets(info), key=lambda one: (not one.is_cash, one != Exchange.NSE, one))
    for price_type in PriceType:
        yield _word(Capability(price_type.value), first, price_type=price_type)
    for validity in Validity:
        yield _word(Capability(validity.value), first, validity=validity)
    yield _word(Capability.DISCLOSED_QUANTITY, first, disclosed_quantity=1)


def _word(capability: Capability, exchange: Exchange, **terms: Any) -> Variant:
    return Variant(capability.value, (exchange, terms), (lacks(capability),))


def _elsewhere(info: BrokerInfo) -> Iterator[Variant]:
    for exchange in Exchange:
        if not exchange.is_index:
            yield Variant(exchange.value, exchange, (_not_there(exchange),))


def _not_there(exchange: Exchange) -> Callable[[BrokerInfo], str | None]:
    return lambda info: f"{info.name} declares orders on {exchange}" if exchange in info.exchanges else None


_IMPOSSIBLE: dict[str, Callable[[Stand], tuple[Instrument, dict[str, Any]]]] = {
    "quantity 0": lambda stand: (stand.sample(), {"quantity": 0}),
    "quantity negative": lambda stand: (stand.sample(), {"quantity": -stand.sample().lot_size}),
    "price 0": lambda stand: (stand.sample(), {"price": 0}),
    "price negative": lambda stand: (stand.sample(), {"price": -5}),
    "price no number": lambda stand: (stand.sample(), {"price": "NaN"}),
    "LIMIT without price": lambda stand: (stand.sample(), {"price": None}),
    "MARKET with price": lambda stand: (stand.sample(), {"price_type": PriceType.MARKET}),
    "LIMIT with trigger": lambda stand: (stand.sample(), {"trigger_price": 100}),
    "SL without trigger": lambda stand: (stand.sample(), {"price_type": PriceType.SL}),
    "SL trigger beyond price": lambda stand: (stand.sample(), {"price_type": PriceType.SL, "trigger_price": 10**7}),
    "side unknown": lambda stand: (stand.sample(), {"action": "HOLD"}),
    "product unknown": lambda stand: (stand.sample(), {"product": "BO"}),
    "validity unknown": lambda stand: (stand.sample(), {"validity": "GTC"}),
    "disclosed more than all": lambda stand: (stand.sample(), {"disclosed_quantity": 2 * stand.sample().lot_size}),
    "id too long": lambda stand: (stand.sample(), {"client_order_id": "x" * 65}),
    "id not printable": lambda stand: (stand.sample(), {"client_order_id": "a\nb"}),
}


class Refusing(Group):
    @case(
        given="a request that can be right at no broker",
        when="it is placed",
        then="it is refused as invalid (exit 7) before any request, and not journalled",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER],
        each=lambda info: (Variant(word, made) for word, made in _IMPOSSIBLE.items()),
    )
    def test_330_nonsense_never_leaves(self, stand: Stand, variant: Variant) -> None:
        instrument, changes = variant.value(stand)
        terms = {**stand.terms(instrument), "action": "BUY", "quantity": instrument.lot_size, **changes}
        action, quantity = terms.pop("action"), terms.pop("quantity")
        refused(stand, InvalidRequest, lambda: stand.broker.place_order(str(instrument), action, quantity, **terms))

    @case(
        given="a contract with a lot of more than one unit",
        when="an order of a broken lot is placed",
        then="it is refused as invalid before any request",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER, derivatives],
    )
    def test_333_broken_lots_never_leave(self, stand: Stand) -> None:
        instrument = next(filter(lambda one: one.lot_size > 1, map(stand.sample, stand.tradable())))
        refused(stand, InvalidRequest, lambda: stand.place(instrument, quantity=instrument.lot_size + 1))

    @case(
        given="an instrument whose tick is known",
        when="an order off the tick is placed",
        then="it is refused as invalid before any request",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER],
    )
    def test_336_prices_off_the_tick_never_leave(self, stand: Stand) -> None:
        instrument = next((one for one in map(stand.sample, stand.tradable()) if one.tick_size), None)
        if instrument is None or instrument.tick_size is None:
            raise AssertionError("the broker's instrument file knows no tick of anything")
        price = stand.price(instrument, "0.97") + instrument.tick_size / 2
        refused(stand, InvalidRequest, lambda: stand.place(instrument, price=price))

    @case(
        given="an instrument that is not listed, or an index",
        when="an order for it is placed",
        then="it is refused as invalid before any request",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER],
        each=lambda info: (Variant(name, name) for name in ("NSE:NOSUCHSHARE", "NSE_INDEX:NIFTY", "NSE", "nonsense:X")),
    )
    def test_339_what_is_not_listed_never_leaves(self, stand: Stand, variant: Variant) -> None:
        refused(stand, OpenAlgoError, lambda: stand.broker.place_order(variant.value, "BUY", 1, price=100), (2, 7, 11))

    @case(
        given="a product that is not valid on an exchange",
        when="an order of it is placed there",
        then="it is refused as invalid before any request",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER],
        each=each_market,
    )
    def test_342_products_keep_to_their_exchanges(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        wrong = Product.NRML if variant.value.is_cash else Product.CNC
        refused(stand, InvalidRequest, lambda: stand.place(instrument, product=wrong))

    @case(
        given="a product, price type, validity or quantity to disclose that the broker is declared not to take",
        when="an order with it is placed",
        then="it is refused as not supported (exit 11) before any request",
        page="docs/brokers.md",
        needs=[Capability.PLACE_ORDER],
        each=_words,
    )
    def test_350_what_is_not_declared_is_not_supported(self, stand: Stand, variant: Variant) -> None:
        exchange, changes = variant.value
        instrument = stand.sample(exchange)
        terms = {**stand.terms(instrument, changes.get("price_type", PriceType.LIMIT)), **changes}
        refused(
            stand, NotSupported, lambda: stand.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)
        )

    @case(
        given="an exchange on which the broker is declared to take no orders",
        when="an order is placed there",
        then="it is refused as not supported (exit 11) before any request",
        page="docs/brokers.md",
        needs=[Capability.PLACE_ORDER],
        each=_elsewhere,
    )
    def test_353_other_exchanges_are_not_supported(self, stand: Stand, variant: Variant) -> None:
        refused(stand, NotSupported, lambda: stand.broker.place_order(f"{variant.value}:SBIN", "BUY", 1, price=100))

    @case(
        given="an account that cannot pay for an order",
        when="it is placed",
        then="it is refused (exit 5), or shown as rejected; in both cases with the broker's reason",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER],
    )
    def test_360_what_cannot_be_paid_is_rejected_with_a_reason(self, stand: Stand) -> None:
        instrument = stand.sample()
        price = stand.price(instrument, "0.97")
        cash = stand.broker.funds().available_cash or Decimal(10**7)
        lots = int(cash * Decimal("1.5") / (price * instrument.lot_size * instrument.multiplier)) + 1
        self._rejected(stand, instrument, quantity=lots * instrument.lot_size, price=price)

    @case(
        given="a price far outside the day's band",
        when="an order is placed at it",
        then="it is refused (exit 5), or shown as rejected; in both cases with the broker's reason",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER],
    )
    def test_363_a_price_outside_the_band_is_rejected_with_a_reason(self, stand: Stand) -> None:
        instrument = stand.sample()
        self._rejected(stand, instrument, price=stand.price(instrument, "3"))

    def _rejected(self, stand: Stand, instrument: Instrument, **terms: Any) -> None:
        reason: str | None = None
        with stand.booking() as booked:
            try:
                order_id = stand.place(instrument, **terms)
            except OrderRejected as error:
                reason = error.message
            else:
                row = stand.row(order_id)
                expect(row.status is OrderStatus.REJECTED, f"the order is {row.status}", "rejected")
                reason = row.reason
        expect(reason, "the rejection came without a reason", "the broker's own text")
        open_rows = [row for row in booked if row.status is not OrderStatus.REJECTED]
        expect(not open_rows, f"{len(open_rows)} orders were booked all the same", "none but rejected ones")

    @case(
        given="a broker that takes orders from registered addresses only, and another address",
        when="an order is placed",
        then="it is refused, surely not placed, and the text speaks of the IP address",
        page="docs/errors.md",
        needs=[Capability.PLACE_ORDER, a_wire],
    )
    def test_366_an_unregistered_address_is_named_as_the_cause(self, fresh: Stand) -> None:
        instrument = fresh.sample()
        terms = fresh.terms(instrument)
        fresh.simulator.setup.registered_ip = "203.0.113.7"
        error = None
        with fresh.booking() as booked:
            try:
                fresh.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)
            except OpenAlgoError as caught:
                error = caught
        code = None if error is None else int(error.exit_code)
        expect(code in (4, 5) and not booked, f"exit {code}, {len(booked)} booked: {error}", "exit 4 or 5, none booked")
        text = "" if error is None else f"{error.message} {error.hint}"
        expect("IP" in text, f"the trader reads: {text}", "a text that names the IP address as the cause")

    @case(
        given="the kill switch is on",
        when="an order is placed",
        then="it is refused (exit 5) before any request; after `resume` orders work again",
        page="docs/configuration.md",
        needs=[Capability.PLACE_ORDER],
    )
    def test_370_the_kill_switch_stops_orders(self, stand: Stand) -> None:
        instrument = stand.sample()
        stand.terms(instrument)
        stand.broker.halt("conformance")
        try:
            refused(stand, GuardRefused, lambda: stand.place(instrument), (5,))
        finally:
            stand.broker.resume()
        stand.place(instrument)
