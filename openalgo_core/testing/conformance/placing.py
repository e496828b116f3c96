"""300: new orders. Everything that is declared is booked as it was asked for; everything else is refused unsent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ...capabilities import Capability, Support
from ...errors import InvalidRequest, NotSupported, Refused
from ...models import BrokerInfo, Instrument, OrderStatus, PriceType, Product, Validity
from .base import Group
from .cases import Need, Variant, case, each_market, markets, the_tag
from .outcomes import answer_of, refused
from .stand import Stand, expect

__all__ = ["Placing"]

_PAGE = "docs/hooks.md#place_order"
_PLACE = Capability.PLACE_ORDER
_STATUS = {
    PriceType.MARKET: (OrderStatus.COMPLETE,),
    PriceType.LIMIT: (OrderStatus.OPEN,),
    PriceType.SL: (OrderStatus.TRIGGER_PENDING,),
    PriceType.SL_M: (OrderStatus.TRIGGER_PENDING,),
}


def _combinations(info: BrokerInfo) -> Iterator[Variant]:
    for exchange in markets(info):
        products = (Product.CNC, Product.MIS) if exchange.is_cash else (Product.NRML, Product.MIS)
        for product in products:
            for price_type in PriceType:
                needs = (Capability(product.value), Capability(price_type.value))
                value = (exchange, product, price_type)
                yield Variant("-".join(value), value, needs, exchange)


def _partial_words(info: BrokerInfo) -> Iterator[Variant]:
    words = {word: Capability(word.value) for word in (*Product, *PriceType, *Validity)}
    for word, capability in words.items():
        yield Variant(capability.value, word, (_partial(capability),))
    yield Variant("disclosed_quantity", "disclosed_quantity", (_partial(Capability.DISCLOSED_QUANTITY),))


def _partial(capability: Capability) -> Need:
    def need(info: BrokerInfo) -> str | None:
        support = info.support(capability)
        return None if support is Support.PARTIAL else f"{info.name} declares {capability} {support}"

    return need


class Placing(Group):
    @case(
        given="an instrument of each exchange that is declared",
        when="an order of each product and price type that is declared is placed",
        then="it is acknowledged with an id, booked once exactly as asked, and shown so in the book",
        page=_PAGE,
        needs=[_PLACE],
        each=_combinations,
    )
    def test_300_an_order_is_booked_exactly_as_asked(self, stand: Stand, variant: Variant) -> None:
        exchange, product, price_type = variant.value
        instrument = stand.sample(exchange)
        terms = {**stand.terms(instrument, price_type), "product": product}
        with Partly(stand, Capability(price_type.value), Capability(product.value)), stand.booking() as booked:
            order_id = stand.place(instrument, **_all(terms))
        if booked:
            _check_booked(stand, booked, order_id, instrument, terms)

    @case(
        given="a derivative, or a share that may be sold intraday",
        when="a SELL order above the market is placed",
        then="a SELL is booked once and rests",
        page=_PAGE,
        needs=[_PLACE],
        each=each_market,
    )
    def test_303_a_sale_is_booked_as_a_sale(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        if variant.value.is_cash and not stand.info.support(Capability.MIS).available:
            stand.buy(instrument, product=Product.CNC)  # delivery can only be sold by who has it
        product = Product.MIS if stand.info.support(Capability.MIS).available else stand.product(variant.value)
        with stand.booking() as booked:
            result = stand.broker.place_order(
                str(instrument), "SELL", instrument.lot_size, product=product, price=stand.price(instrument, "1.03")
            )
        expect(result.status == "acknowledged", f"the sale ended {result.status}: {result.reason}", "acknowledged")
        found = [(row.action, row.quantity, row.status) for row in booked]
        wanted = [("SELL", instrument.lot_size, OrderStatus.OPEN)]
        expect(found == wanted, f"booked {found}", f"{wanted}")

    @case(
        given="a limit that cannot be met now",
        when="an IOC order is placed at it",
        then="it is booked with validity IOC and is cancelled without a fill",
        page=_PAGE,
        needs=[_PLACE, Capability.IOC],
        each=each_market,
    )
    def test_306_an_ioc_order_never_rests(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        with Partly(stand, Capability.IOC), stand.booking() as booked:
            stand.place(instrument, validity=Validity.IOC)
        for row in booked:
            found = (row.validity, row.status, row.filled_quantity)
            expect(found == (Validity.IOC, OrderStatus.CANCELLED, 0), f"booked {found}", "IOC, cancelled, 0 filled")

    @case(
        given="an order of ten lots",
        when="it discloses half of them",
        then="that quantity is disclosed at the exchange, in units",
        page=_PAGE,
        needs=[_PLACE, Capability.DISCLOSED_QUANTITY],
        each=each_market,
    )
    def test_309_disclosed_quantity_arrives_in_units(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        disclosed = 5 * instrument.lot_size
        with Partly(stand, Capability.DISCLOSED_QUANTITY), stand.booking() as booked:
            stand.place(instrument, quantity=2 * disclosed, disclosed_quantity=disclosed)
        for row in booked:
            expect(row.disclosed_quantity == disclosed, f"disclosed {row.disclosed_quantity}", f"{disclosed}")

    @case(
        given="a broker whose orders carry a text of the client's",
        when="two orders are placed",
        then="each carries the tag of its own journal entry, and shows it in the book where the broker returns it",
        page=_PAGE,
        needs=[_PLACE, the_tag],
    )
    def test_312_the_tag_goes_along(self, stand: Stand) -> None:
        with stand.booking() as booked:
            placed = [stand.place(), stand.place()]
        tags = [row.tag for row in booked]
        wanted = [_tag_of(stand, order_id) for order_id in placed]
        expect(tags == wanted, f"orders were booked with the tags {tags}", f"those of the journal: {wanted}")
        if stand.info.tag.comes_back:
            shown = [stand.row(order_id).tag for order_id in placed]
            expect(shown == wanted, f"the book shows the tags {shown}", f"{wanted}")

    @case(
        given="an order placed under an id of the caller's",
        when="the same call is made again",
        then="it returns the first outcome, and one order is booked",
        page="docs/cli.md",
        needs=[_PLACE],
    )
    def test_315_the_same_id_is_one_order(self, stand: Stand) -> None:
        with stand.booking() as booked:
            first = stand.place(client_order_id="conformance-315")
            again = stand.place(client_order_id="conformance-315")
        expect(first == again, f"the second call returned order {again}", f"order {first}")
        expect(len(booked) == 1, f"{len(booked)} orders were booked", "one")
        shown = stand.row(first).client_order_id
        expect(shown == "conformance-315", f"the book shows the id {shown}", "conformance-315")

    @case(
        given="an order placed under an id of the caller's",
        when="another order is placed under that id",
        then="it is refused as invalid and nothing is sent",
        page="docs/cli.md",
        needs=[_PLACE],
    )
    def test_318_an_id_belongs_to_one_request(self, stand: Stand) -> None:
        stand.place(client_order_id="conformance-318")
        refused(stand, InvalidRequest, lambda: stand.place(client_order_id="conformance-318", quantity=_lots(stand, 2)))

    @case(
        given="a word of orders that is declared partial: on some exchanges, for some kinds",
        when="it is tried on each exchange",
        then="it works on one at least",
        page="docs/brokers.md",
        needs=[_PLACE],
        each=_partial_words,
    )
    def test_327_what_is_partial_works_somewhere(self, stand: Stand, variant: Variant) -> None:
        tried = [answer_of(partial(_try, stand, instrument, variant.value)) for instrument in _samples(stand)]
        expect(any(isinstance(one, str) for one in tried), f"it was refused everywhere: {tried}", "an order somewhere")


class Partly:
    """Lets `NotSupported` pass where one of the capabilities is declared partial: some exchanges, some kinds."""

    def __init__(self, stand: Stand, *capabilities: Capability) -> None:
        self._partial = any(stand.info.support(one) is Support.PARTIAL for one in capabilities)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        return self._partial and isinstance(error, (NotSupported, Refused, InvalidRequest))


def _all(terms: dict[str, Any]) -> dict[str, Any]:
    """With an explicit `None` for what the type does not take, so that nothing of a plain order is left."""
    return {"price": None, "trigger_price": None, **terms}


def _check_booked(
    stand: Stand, booked: list[Any], order_id: str, instrument: Instrument, terms: dict[str, Any]
) -> None:
    expect(len(booked) == 1, f"{len(booked)} orders were booked", "exactly one")
    asked = terms["price_type"]
    # A market order may become a protected limit: of ours, or of a broker that says that it takes it as it is.
    types = (PriceType.LIMIT, PriceType.MARKET) if asked is PriceType.MARKET else (asked,)
    wanted: dict[str, Any] = {
        "action": "BUY",
        "quantity": instrument.lot_size,
        "product": terms["product"],
        "validity": Validity.DAY,
        "trigger_price": terms.get("trigger_price"),
    }
    if asked.needs_price:
        wanted["price"] = terms["price"]
    row = stand.row(order_id)
    for place, found in (("at the exchange", booked[0]), ("in the book", row)):
        for name, value in wanted.items():
            shown = getattr(found, name) or None
            expect(shown == value, f"{place} the {name} is {shown!r}", f"{value!r}")
        expect(found.price_type in types, f"{place} the price type is {found.price_type}", f"{asked}")
    expect(
        (row.exchange, row.symbol) == (instrument.exchange, instrument.symbol), f"the book names {row}", str(instrument)
    )
    expect(row.status in _STATUS[asked], f"the book says {row.status}", f"{_STATUS[asked][0]}")


def _tag_of(stand: Stand, order_id: str) -> str:
    """The tag that the journal keeps for an order, as long as the broker lets it be."""
    office = stand.broker.office
    intents = office.journal.entries(broker=stand.info.name, profile=stand.broker.profile)
    intent = next(intent for intent in intents if intent.order_id == order_id and intent.draft.tag)
    return str(intent.draft.tag)[: stand.info.tag.max_length]


def _lots(stand: Stand, count: int) -> int:
    return count * stand.sample().lot_size


def _samples(stand: Stand) -> list[Instrument]:
    return [stand.sample(exchange) for exchange in stand.tradable()]


def _try(stand: Stand, instrument: Instrument, word: Product | PriceType | Validity | str) -> str:
    """An order with that word; its id."""
    match word:
        case Product():
            return stand.place(instrument, product=word)
        case PriceType():
            return stand.place(instrument, **_all(stand.terms(instrument, word)))
        case Validity():
            return stand.place(instrument, validity=word)
    lots = 5 * instrument.lot_size
    return stand.place(instrument, quantity=2 * lots, disclosed_quantity=lots)
