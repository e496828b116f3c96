"""800: whatever fails between us and the broker, at most one order is booked, and the trader is told the truth.

Counted at the broker's side, in the simulated exchange.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...capabilities import Capability
from ...errors import LoginRequired, NotSent, OpenAlgoError, RateLimited
from ...models import BrokerInfo, IntentState, JournalEntry, OrderResult, OrderStatus
from .base import Group
from .cases import Variant, a_wire, case
from .outcomes import answer_of, at_once, error_of
from .stand import Stand, expect

__all__ = ["Faults"]

_PLACE, _MODIFY, _CANCEL = Capability.PLACE_ORDER, Capability.MODIFY_ORDER, Capability.CANCEL_ORDER
_PAGE = "docs/errors.md"
#: The broker did what was asked, and its answer is lost or spoilt.
_DONE = (
    "empty:after",
    "html:after",
    "html=200:after",
    "status=500:after",
    "status=503:after",
    "truncate:after",
    "half:after",
    "wrong-length:after",
    "reset:after",
    "never:after",
    "slow=2:after",
)
#: The broker never saw the request, which nobody can know.
_NOT_DONE = ("empty:before", "html:before", "status=502:before", "status=503:before", "reset:before", "never:before")


def _faults(*kinds: str) -> Callable[[BrokerInfo], list[Variant]]:
    return lambda info: [Variant(kind, kind) for kind in kinds]


class Faults(Group):
    @case(
        given="an answer that is lost or spoilt after the order was booked",
        when="an order is placed",
        then="it is found in the book and acknowledged; it is booked once",
        page=_PAGE,
        needs=[_PLACE, a_wire],
        each=_faults(*_DONE),
    )
    def test_800_an_order_that_was_booked_is_found(self, fresh: Stand, variant: Variant) -> None:
        fresh.terms(fresh.sample())
        fresh.fault(_at(variant.value, fresh.wire.place))
        with fresh.booking() as booked:
            order_id = fresh.place()
        expect(len(booked) == 1, f"{len(booked)} orders were booked", "exactly one")
        found = fresh.broker.order(order_id).status
        expect(found is OrderStatus.OPEN, f"the order is {found}", "open")
        _journalled(fresh, IntentState.ACKNOWLEDGED)

    @case(
        given="a request that vanishes before the order is booked",
        when="an order is placed, and placed again under the same id",
        then="the outcome is unknown both times, and it is never sent again",
        page=_PAGE,
        needs=[_PLACE, a_wire],
        each=_faults(*_NOT_DONE),
    )
    def test_803_an_order_that_was_not_booked_is_unknown_and_never_sent_again(
        self, fresh: Stand, variant: Variant
    ) -> None:
        instrument = fresh.sample()
        terms = {**fresh.terms(instrument), "client_order_id": "mine"}
        fresh.fault(_at(variant.value, fresh.wire.place))
        with fresh.booking() as booked:
            for _ in range(2):
                result = fresh.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)
                expect(result.status == "unknown", f"the outcome is {result.status}", "unknown")
                expect(result.reason, "nobody is told why it is unknown", "a reason")
        expect(not booked, f"{len(booked)} orders were booked", "none: it was not to be sent again")
        _journalled(fresh, IntentState.UNKNOWN)

    @case(
        given="an answer that is lost or spoilt after the change was made",
        when="an order is changed",
        then="the book settles it: acknowledged, with the new price, still one order",
        page=_PAGE,
        needs=[_PLACE, _MODIFY, a_wire],
        each=_faults(*_DONE[:-1]),
    )
    def test_806_a_change_that_was_made_is_found(self, fresh: Stand, variant: Variant) -> None:
        order_id = fresh.place()
        price = fresh.price(fresh.sample(), "0.96")
        fresh.fault(_at(variant.value, fresh.wire.modify))
        with fresh.booking() as booked:
            result = fresh.broker.modify_order(order_id, price=price)
        expect(result.status == "acknowledged", f"the outcome is {result.status}: {result.reason}", "acknowledged")
        expect(not booked, f"{len(booked)} orders more were booked", "none")
        found = fresh.at_exchange(order_id).price
        expect(found == price, f"the exchange has {found}", f"{price}")

    @case(
        given="an answer that is lost or spoilt after the order was cancelled",
        when="an order is cancelled",
        then="the book settles it: acknowledged, and the order is cancelled",
        page=_PAGE,
        needs=[_PLACE, _CANCEL, a_wire],
        each=_faults(*_DONE[:-1]),
    )
    def test_809_a_cancel_that_was_carried_out_is_found(self, fresh: Stand, variant: Variant) -> None:
        order_id = fresh.place()
        fresh.fault(_at(variant.value, fresh.wire.cancel))
        result = fresh.broker.cancel_order(order_id)
        expect(result.status == "acknowledged", f"the outcome is {result.status}: {result.reason}", "acknowledged")
        found = fresh.at_exchange(order_id).status
        expect(found is OrderStatus.CANCELLED, f"the order is {found}", "cancelled")

    @case(
        given="a request that vanishes before anything is done",
        when="an order is changed or cancelled",
        then="the outcome is unknown, the order is as it was, and a second try works",
        page=_PAGE,
        needs=[_PLACE, _MODIFY, _CANCEL, a_wire],
        each=lambda info: [Variant(f"{act}-{kind}", (act, kind)) for act in ("modify", "cancel") for kind in _NOT_DONE],
    )
    def test_812_a_change_that_was_not_made_is_unknown(self, fresh: Stand, variant: Variant) -> None:
        act, kind = variant.value
        order_id = fresh.place()
        before = fresh.at_exchange(order_id)
        fresh.fault(_at(kind, getattr(fresh.wire, act)))
        result = _changing(fresh, act, order_id)
        expect(result.status == "unknown", f"the outcome is {result.status}", "unknown")
        after = fresh.at_exchange(order_id)
        same = (before.status, before.price, before.quantity) == (after.status, after.price, after.quantity)
        expect(same, f"the order became {after}", f"{before}")
        again = _changing(fresh, act, order_id)
        expect(again.status == "acknowledged", f"the second try is {again.status}: {again.reason}", "acknowledged")

    @case(
        given="two open orders, and a request that vanishes while the first is cancelled",
        when="all are cancelled",
        then="the first is unknown, with a reason, and the second is cancelled all the same",
        page="docs/cli.md",
        needs=[_PLACE, _CANCEL, a_wire],
    )
    def test_813_cancelling_all_goes_on_after_a_failure(self, fresh: Stand) -> None:
        placed = {fresh.place(), fresh.place()}
        fresh.fault(f"reset@{fresh.wire.cancel}:before")
        results = fresh.broker.cancel_all_orders()
        expect({one.order_id for one in results} == placed, f"the results are {results}", "one for each order")
        found = sorted(one.status for one in results)
        expect(found == ["acknowledged", "unknown"], f"the results are {results}", "acknowledged, and unknown")
        expect(all(one.reason for one in results if one.status == "unknown"), f"{results}", "the reason beside unknown")

    @case(
        given="a broker that answers with HTTP 429, with and without Retry-After",
        when="an order is placed, changed or cancelled",
        then="nothing is sent twice; it is not placed where the broker's page promises so, else unknown",
        page=_PAGE,
        needs=[_PLACE, _MODIFY, _CANCEL, a_wire],
        each=lambda info: [
            Variant(f"{act}-{kind}", (act, kind)) for act in ("place", "modify", "cancel") for kind in ("429", "429=2")
        ],
    )
    def test_815_a_throttled_order_is_not_tried_again(self, fresh: Stand, variant: Variant) -> None:
        act, kind = variant.value
        order_id = fresh.place()
        fresh.terms(fresh.sample())
        fresh.fault(_at(f"{kind}:before", getattr(fresh.wire, act)))
        status: str
        with fresh.booking() as booked:
            try:
                result = _changing(fresh, act, order_id)
                status = result.status
            except RateLimited as error:
                status = f"RateLimited, exit {int(error.exit_code)}"
        wanted = "RateLimited, exit 8" if self.throttling_is_proof else "unknown"
        expect(status == wanted, f"the outcome is {status}", wanted)
        expect(not booked, f"{len(booked)} orders were booked", "none")
        _journalled(fresh, IntentState.NOT_PLACED if self.throttling_is_proof else IntentState.UNKNOWN)

    @case(
        given="a session that dies at the broker",
        when="an order is placed, changed or cancelled",
        then="a login is asked for (exit 4), nothing is booked, and it is not sent again",
        page=_PAGE,
        needs=[_PLACE, _MODIFY, _CANCEL, a_wire],
        each=lambda info: [Variant(act, act) for act in ("place", "modify", "cancel")],
    )
    def test_818_a_session_that_died_places_nothing(self, fresh: Stand, variant: Variant) -> None:
        order_id = fresh.place()
        before = fresh.at_exchange(order_id)
        fresh.terms(fresh.sample())
        fresh.fault(f"broker=expired@{getattr(fresh.wire, variant.value)}")
        error: OpenAlgoError | None = None
        with fresh.booking() as booked:
            try:
                _changing(fresh, variant.value, order_id)
            except OpenAlgoError as caught:
                error = caught
        expect(isinstance(error, LoginRequired), f"the outcome is {error!r}", "SessionExpired (exit 4)")
        expect(not booked and fresh.at_exchange(order_id) == before, "something was done all the same", "nothing")
        _journalled(fresh, IntentState.NOT_PLACED)

    @case(
        given="a broker that cannot be reached",
        when="an order is placed",
        then="it is surely not placed (exit 9), and may be sent anew under the same id",
        page=_PAGE,
        needs=[_PLACE, a_wire],
    )
    def test_821_what_never_left_is_not_placed(self, fresh: Stand) -> None:
        instrument = fresh.sample()
        terms = {**fresh.terms(instrument), "client_order_id": "mine"}
        fresh.broker.office.http.close()  # a new connection is needed
        base = fresh.broker.settings.base_url
        nowhere = fresh.another(variables={"BROKER_BASE_URL": "http://127.0.0.1:9"})
        with nowhere, fresh.booking() as booked:
            _borrow_session(fresh, nowhere)
            error = error_of(lambda: nowhere.place_order(str(instrument), "BUY", instrument.lot_size, **terms))
            expect(isinstance(error, NotSent), f"the outcome is {error!r}", f"NotSent; the broker was at {base}")
            states = [entry.state for entry in nowhere.journal()]
            expect(states[-1:] == [IntentState.NOT_PLACED], f"the journal has {states}", "not placed")
        expect(not booked, f"{len(booked)} orders were booked", "none")
        placed = fresh.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)
        expect(placed.status == "acknowledged", f"the second attempt is {placed.status}", "acknowledged")

    @case(
        given="an order that the broker accepts and then rejects in its book",
        when="it is placed and looked at",
        then="it is acknowledged with its id, and shown as rejected",
        page=_PAGE,
        needs=[_PLACE, a_wire],
    )
    def test_824_a_late_rejection_is_seen_in_the_book(self, fresh: Stand) -> None:
        fresh.terms(fresh.sample())
        fresh.fault(f"broker=rejected-in-book@{fresh.wire.place}")
        order_id = fresh.place()
        row = fresh.broker.order(order_id)
        expect(row.status is OrderStatus.REJECTED, f"the order is {row.status}", "rejected")
        expect(row.filled_quantity in (0, None), f"{row.filled_quantity} units are filled", "none")

    @case(
        given="a book that cannot be read, and an order whose answer was lost",
        when="the order is placed, and reconciled later",
        then="it is unknown first, and acknowledged once the book can be read",
        page=_PAGE,
        needs=[_PLACE, a_wire],
    )
    def test_833_what_is_unknown_is_settled_later(self, fresh: Stand) -> None:
        instrument = fresh.sample()
        terms = fresh.terms(instrument)
        fresh.fault(f"reset@{fresh.wire.place}:after", *(f"status=503@{one}*20" for one in fresh.wire.books))
        with fresh.booking() as booked:
            result = fresh.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)
            expect(result.status == "unknown", f"the outcome is {result.status}", "unknown: nobody could look")
            fresh.waiting_faults()
            settled = fresh.broker.reconcile()
        states = [one.after for one in settled]
        expect(states == [IntentState.ACKNOWLEDGED], f"reconciling gave {settled}", "acknowledged")
        expect(len(booked) == 1, f"{len(booked)} orders were booked", "exactly one")

    @case(
        given="an order whose answer was lost, and a process that ended then",
        when="another process reconciles",
        then="the order is acknowledged there",
        page=_PAGE,
        needs=[_PLACE, a_wire],
    )
    def test_836_another_process_settles_what_one_left(self, fresh: Stand) -> None:
        instrument = fresh.sample()
        terms = fresh.terms(instrument)
        fresh.fault(f"reset@{fresh.wire.place}:after", *(f"status=503@{one}*20" for one in fresh.wire.books))
        fresh.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)
        fresh.waiting_faults()
        with fresh.another() as second:
            states = [one.after for one in second.reconcile()]
        expect(states == [IntentState.ACKNOWLEDGED], f"reconciling gave {states}", "acknowledged")

    @case(
        given="eight threads",
        when="each places orders of its own at the same time, while every fourth answer is lost",
        then="each order is booked once, and acknowledged under an id of its own, at the latest when reconciled",
        page=_PAGE,
        needs=[_PLACE, a_wire],
        each=_faults("none", "reset:after", "empty:after"),
    )
    def test_850_eight_threads_place_what_they_place(self, hurried: Stand, variant: Variant) -> None:
        hurried.terms(hurried.sample())
        if variant.value != "none":
            hurried.fault(f"{_at(variant.value, hurried.wire.place)}*4")
        outcomes = [
            one for some in at_once([partial(_place_some, hurried, number) for number in range(8)]) for one in some
        ]
        bad = [one for one in outcomes if not isinstance(one, OrderResult)]
        expect(not bad, f"outcomes are {bad}", "acknowledged or unknown")
        hurried.clock.sleep(5)  # a book that was asked for too often is shown again
        hurried.broker.reconcile()
        entries = hurried.broker.journal()
        states = {entry.state for entry in entries}
        expect(states == {IntentState.ACKNOWLEDGED}, f"the journal has {states}", "acknowledged only")
        ids = {entry.order_id for entry in entries}
        booked = len(hurried.booked())
        expect((len(ids), booked) == (16, 16), f"{booked} orders were booked, with {len(ids)} ids", "sixteen")


def _at(fault: str, request: str) -> str:
    """`empty:after` at a request, as the fault grammar writes it."""
    kind, _, stage = fault.partition(":")
    return f"{kind}@{request}:{stage}"


def _changing(stand: Stand, act: str, order_id: str) -> OrderResult:
    if act == "cancel":
        return stand.broker.cancel_order(order_id)
    if act == "modify":
        return stand.broker.modify_order(order_id, price=stand.price(stand.sample(), "0.96"))
    instrument = stand.sample()
    terms = stand.terms(instrument)
    return stand.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms)


def _journalled(stand: Stand, state: IntentState) -> None:
    entries: list[JournalEntry] = stand.broker.journal()
    found = entries[-1].state
    expect(found is state, f"the journal says {found}", f"{state}")


def _borrow_session(stand: Stand, other: Any) -> None:
    """A session belongs to the address it was made at; here it is taken along to one where nobody listens."""
    office, place = stand.broker.office, (stand.name, "default")
    session = office.sessions.load(*place, office.environment.settings.base_url)
    assert session is not None
    other.office.sessions.save(*place, other.office.environment.settings.base_url, session)
    stored = office.instruments().stored()
    assert stored is not None
    other.office._store.replace(stand.rows, stamp=None, source_time=None, now=stand.clock.now())


def _place_some(stand: Stand, number: int) -> list[object]:
    """Two orders of this thread's own."""
    instrument = stand.sample()
    terms = stand.terms(instrument)
    units = [instrument.lot_size * (2 * number + more) for more in (1, 2)]
    return [answer_of(partial(stand.broker.place_order, str(instrument), "BUY", count, **terms)) for count in units]
