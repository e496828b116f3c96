"""400: changing and withdrawing orders."""

from __future__ import annotations

from typing import Any

from ...capabilities import Capability, Support
from ...errors import InvalidRequest, NotSupported, OpenAlgoError, OrderNotOpen, Refused
from ...models import OrderChange, OrderStatus, PriceType
from .base import Group
from .cases import Variant, case, each_market
from .outcomes import refused
from .stand import Stand, expect

__all__ = ["Changing"]

_PLACE, _MODIFY, _CANCEL = Capability.PLACE_ORDER, Capability.MODIFY_ORDER, Capability.CANCEL_ORDER
_KEPT = ("action", "product", "validity", "disclosed_quantity")


class Changing(Group):
    @case(
        given="an open limit order on each exchange that is declared",
        when="its price is changed",
        then="the exchange has the new price, and everything else as it was",
        page="docs/hooks.md#modify_order",
        needs=[_PLACE, _MODIFY],
        each=each_market,
    )
    def test_400_a_new_price_changes_nothing_else(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        price = stand.price(instrument, "0.96")
        _modified(stand, stand.place(instrument), price=price)

    @case(
        given="an open limit order on each exchange that is declared",
        when="its quantity is changed",
        then="the exchange has the new total in units, and everything else as it was",
        page="docs/hooks.md#modify_order",
        needs=[_PLACE, _MODIFY],
        each=each_market,
    )
    def test_403_a_new_quantity_changes_nothing_else(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        _modified(stand, stand.place(instrument), quantity=2 * instrument.lot_size)

    @case(
        given="an open stop order",
        when="its trigger price is changed",
        then="the exchange has the new trigger price, and everything else as it was",
        page="docs/hooks.md#modify_order",
        needs=[_PLACE, _MODIFY, Capability.SL],
    )
    def test_406_a_new_trigger_changes_nothing_else(self, stand: Stand) -> None:
        instrument = stand.sample()
        order_id = stand.place(instrument, **stand.terms(instrument, PriceType.SL))
        _modified(stand, order_id, trigger_price=stand.price(instrument, "1.01"))

    @case(
        given="an open limit order",
        when="price and quantity are changed together",
        then="the exchange has both",
        page="docs/hooks.md#modify_order",
        needs=[_PLACE, _MODIFY],
    )
    def test_409_two_changes_arrive_together(self, stand: Stand) -> None:
        instrument = stand.sample()
        price = stand.price(instrument, "0.96")
        _modified(stand, stand.place(instrument), price=price, quantity=3 * instrument.lot_size)

    @case(
        given="an open limit order",
        when="it is made a stop order",
        then="it waits for its trigger; or that is refused as not supported where changing is declared partial",
        page="docs/hooks.md#modify_order",
        needs=[_PLACE, _MODIFY, Capability.SL],
    )
    def test_412_a_limit_order_may_become_a_stop_order(self, stand: Stand) -> None:
        instrument = stand.sample()
        order_id = stand.place(instrument)
        terms = stand.terms(instrument, PriceType.SL)
        terms.pop("product")
        try:
            _modified(stand, order_id, **terms)
        except (NotSupported, Refused):
            expect(
                stand.info.support(_MODIFY) is Support.PARTIAL, "the change was refused", "no refusal: modify is full"
            )

    @case(
        given="an open order",
        when="it is changed to what it is already",
        then="that is refused as invalid before any write",
        page="docs/errors.md",
        needs=[_PLACE, _MODIFY],
    )
    def test_420_a_change_that_changes_nothing_never_leaves(self, stand: Stand) -> None:
        order_id = stand.place()
        row = stand.row(order_id)
        _refused_change(stand, InvalidRequest, order_id, price=row.price)

    @case(
        given="an open order of a contract whose lot or tick is known",
        when="it is changed to a broken lot or a price off the tick",
        then="that is refused as invalid before any write",
        page="docs/errors.md",
        needs=[_PLACE, _MODIFY],
        each=each_market,
    )
    def test_423_broken_lots_and_ticks_never_leave(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        order_id = stand.place(instrument)
        if instrument.lot_size > 1:
            _refused_change(stand, InvalidRequest, order_id, quantity=instrument.lot_size + 1)
        if instrument.tick_size:
            price = stand.price(instrument, "0.96") + instrument.tick_size / 2
            _refused_change(stand, InvalidRequest, order_id, price=price)
        _refused_change(stand, InvalidRequest, order_id, quantity=0)

    @case(
        given="an order that is complete, cancelled, or of nobody",
        when="it is changed",
        then="that is refused: it is not open (exit 5)",
        page="docs/errors.md",
        needs=[_PLACE, _MODIFY, _CANCEL],
        each=lambda info: (Variant(word, word) for word in ("complete", "cancelled", "unknown")),
    )
    def test_426_what_is_over_cannot_be_changed(self, stand: Stand, variant: Variant) -> None:
        price = stand.price(stand.sample(), "0.95")
        _refused_change(stand, OrderNotOpen, _over(stand, variant.value), price=price)

    @case(
        given="an order that was filled or cancelled since it was last looked at",
        when="the hooks change or cancel it by that old look",
        then="they raise what proves that nothing was done",
        page="docs/hooks.md#modify_order",
        needs=[_PLACE, _MODIFY, _CANCEL],
        each=lambda info: (Variant(word, word) for word in ("modify_order", "cancel_order")),
    )
    def test_429_the_brokers_no_is_understood(self, stand: Stand, variant: Variant) -> None:
        order_id = stand.place()
        row = stand.row(order_id)
        stand.broker.cancel_order(order_id)
        arguments: dict[str, Any] = {"row": row}
        if variant.value == "modify_order":
            arguments["change"] = OrderChange(price=stand.price(stand.sample(), "0.95"))
        answer: object
        try:
            answer = stand.write(variant.value, **arguments)
        except Refused:
            return
        except OpenAlgoError as error:
            answer = f"{error.kind}: {error.message}"
        expect(False, f"{variant.value} of a cancelled order ended with {answer}", "OrderNotOpen or OrderRejected")

    @case(
        given="an open order on each exchange that is declared",
        when="it is cancelled",
        then="that is acknowledged, and the exchange and the book have it cancelled",
        page="docs/hooks.md#cancel_order",
        needs=[_PLACE, _CANCEL],
        each=each_market,
    )
    def test_440_an_order_is_withdrawn(self, stand: Stand, variant: Variant) -> None:
        _cancelled(stand, stand.place(stand.sample(variant.value)))

    @case(
        given="a stop order that waits for its trigger",
        when="it is cancelled",
        then="that is acknowledged, and the exchange and the book have it cancelled",
        page="docs/hooks.md#cancel_order",
        needs=[_PLACE, _CANCEL, Capability.SL],
    )
    def test_443_a_stop_order_is_withdrawn(self, stand: Stand) -> None:
        instrument = stand.sample()
        _cancelled(stand, stand.place(instrument, **stand.terms(instrument, PriceType.SL)))

    @case(
        given="an order that is complete, cancelled, or of nobody",
        when="it is cancelled",
        then="that is refused: it is not open (exit 5)",
        page="docs/errors.md",
        needs=[_PLACE, _CANCEL],
        each=lambda info: (Variant(word, word) for word in ("complete", "cancelled", "unknown")),
    )
    def test_446_what_is_over_cannot_be_withdrawn(self, stand: Stand, variant: Variant) -> None:
        order_id = _over(stand, variant.value)
        refused(stand, OrderNotOpen, lambda: stand.broker.cancel_order(order_id), (5,), reads=True)

    @case(
        given="three open orders and one that is filled",
        when="all are cancelled",
        then="one result for each open order, all acknowledged; nothing is left open",
        page="docs/cli.md",
        needs=[_PLACE, _CANCEL],
    )
    def test_450_cancelling_all_reports_each(self, stand: Stand) -> None:
        stand.buy()
        placed = {stand.place() for _ in range(3)}
        results = stand.broker.cancel_all_orders()
        found = {(one.order_id, one.status) for one in results}
        wanted = {(order_id, "acknowledged") for order_id in placed}
        expect(found == wanted and len(results) == 3, f"the results are {results}", f"{wanted}")
        left = [row.order_id for row in stand.booked() if not row.status.is_final]
        expect(not left, f"open orders are left: {left}", "none")
        expect(stand.broker.cancel_all_orders() == [], "a second time there are results", "none: nothing is open")

    @case(
        given="an order that another program placed for the same account",
        when="it is looked for, changed and cancelled here",
        then="all of that works, without a client order id",
        page="docs/hooks.md#order_book",
        needs=[_PLACE, _CANCEL, _MODIFY],
    )
    def test_453_orders_of_other_programs_are_the_accounts_too(self, stand: Stand) -> None:
        order_id = stand.place_elsewhere()
        expect(stand.row(order_id).client_order_id is None, "the order has a client order id", "none: it is not ours")
        _modified(stand, order_id, price=stand.price(stand.sample(), "0.96"))
        _cancelled(stand, order_id)


def _modified(stand: Stand, order_id: str, **changes: Any) -> None:
    """Change an order, and see that just that has changed at the exchange and in the book."""
    before = stand.at_exchange(order_id)
    result = stand.broker.modify_order(order_id, **changes)
    expect(result.status == "acknowledged", f"the change ended {result.status}: {result.reason}", "acknowledged")
    stand.same_order(str(result.order_id), order_id)
    after, row = stand.at_exchange(order_id), stand.row(str(result.order_id))
    for name, value in changes.items():
        for place, found in (("at the exchange", after), ("in the book", row)):
            expect(getattr(found, name) == value, f"{place} the {name} is {getattr(found, name)}", f"{value}")
    for name in {*_KEPT, "quantity", "price", "trigger_price", "price_type"} - changes.keys():
        old, new = getattr(before, name), getattr(after, name)
        expect(old == new, f"the {name} became {new}", f"{old}, as it was")


def _cancelled(stand: Stand, order_id: str) -> None:
    result = stand.broker.cancel_order(order_id)
    expect(result.status == "acknowledged", f"the cancel ended {result.status}: {result.reason}", "acknowledged")
    for place, status in (("exchange", stand.at_exchange(order_id).status), ("book", stand.row(order_id).status)):
        expect(status is OrderStatus.CANCELLED, f"the {place} says {status}", "cancelled")


def _refused_change(stand: Stand, kind: type[OpenAlgoError], order_id: str, **changes: Any) -> None:
    refused(stand, kind, lambda: stand.broker.modify_order(order_id, **changes), reads=True)


def _over(stand: Stand, word: str) -> str:
    """An order that is over in that way, without an open one beside it."""
    if word == "complete":
        return stand.buy()
    order_id = stand.place()
    if word == "cancelled":
        stand.broker.cancel_order(order_id)
        return order_id
    stand.broker.cancel_order(order_id)
    return f"{order_id[:-3]}000" if not order_id.endswith("000") else f"{order_id[:-3]}999"
