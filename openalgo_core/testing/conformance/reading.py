"""830: reads that fail. An answer that cannot be read is an error, never an empty one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ...capabilities import HOOK_OF, Capability
from ...errors import OpenAlgoError
from ...models import BrokerInfo, PriceType
from .base import Group
from .cases import Variant, a_wire, case
from .outcomes import answer_of
from .stand import Stand, expect

__all__ = ["Reading"]

_PAGE = "docs/errors.md"
_UNREADABLE = ("empty", "html", "html=200", "truncate", "half", "status=500", "status=503", "reset")
_READS: dict[Capability, Callable[[Stand], Any]] = {
    Capability.TRADE_BOOK: lambda stand: stand.broker.trades(),
    Capability.POSITIONS: lambda stand: stand.broker.positions(),
    Capability.HOLDINGS: lambda stand: stand.broker.holdings(),
    Capability.FUNDS: lambda stand: stand.broker.funds(),
    Capability.QUOTES: lambda stand: stand.broker.quotes([str(stand.sample())]),
    Capability.DEPTH: lambda stand: stand.broker.depth(str(stand.sample())),
    Capability.MARGIN: lambda stand: _margin(stand),
    Capability.HISTORY: lambda stand: _candles(stand),
}


def _reads(*kinds: str) -> Callable[[BrokerInfo], list[Variant]]:
    return lambda info: [
        Variant(f"{HOOK_OF[capability]}-{kind}", (capability, kind), (capability,))
        for capability in _READS
        for kind in kinds
    ]


class Reading(Group):
    @case(
        given="a book that cannot be read, whichever of its requests fails",
        when="orders are listed, or all are cancelled",
        then="that is an error and never an empty book; nothing is cancelled",
        page="docs/hooks.md#order_book",
        needs=[Capability.PLACE_ORDER, a_wire],
        each=lambda info: (Variant(kind, kind) for kind in _UNREADABLE),
    )
    def test_830_an_unreadable_book_is_never_empty(self, stand: Stand, variant: Variant) -> None:
        order_id = stand.place()
        for request in stand.wire.books:
            for act in (stand.broker.orders, stand.broker.cancel_all_orders):
                stand.fault(f"{variant.value}@{request}:after*3")
                answer = answer_of(act)
                stand.waiting_faults()
                expect(isinstance(answer, OpenAlgoError), f"{request} failed, and the answer is {answer}", "an error")
        status = stand.at_exchange(order_id).status
        expect(not status.is_final, f"the order is {status}", "open as before")

    @case(
        given="a read that fails in the same way however often it is tried",
        when="it is made",
        then="that is an error, and never an empty or made-up answer",
        page=_PAGE,
        needs=[a_wire],
        each=_reads("html", "html=200", "empty", "truncate"),
    )
    def test_840_a_failed_read_is_an_error(self, stand: Stand, variant: Variant) -> None:
        capability, kind = variant.value
        read = _READS[capability]
        read(stand)
        stand.fault(f"{kind}:after*20")
        answer = answer_of(lambda: read(stand))
        stand.waiting_faults()
        failed = isinstance(answer, OpenAlgoError) or (capability is Capability.QUOTES and _no_quote(answer))
        expect(failed, f"the answer is {answer}", "an error")

    @case(
        given="a read that fails once",
        when="it is made",
        then="it is tried again by itself, and answers",
        page=_PAGE,
        needs=[a_wire],
        each=_reads("status=503", "reset"),
    )
    def test_843_a_passing_failure_is_passed_over(self, stand: Stand, variant: Variant) -> None:
        capability, kind = variant.value
        read = _READS[capability]
        read(stand)
        stand.fault(kind)
        answer = answer_of(lambda: read(stand))
        expect(not isinstance(answer, OpenAlgoError), f"the answer is {answer!r}", "what the second try gives")


def _no_quote(answer: object) -> bool:
    return isinstance(answer, list) and all(hasattr(one, "error") for one in answer)


def _margin(stand: Stand) -> Any:
    instrument = next((one for one in map(stand.sample, stand.tradable()) if not one.exchange.is_cash), stand.sample())
    return stand.broker.margin(str(instrument), "BUY", instrument.lot_size, **stand.terms(instrument, PriceType.LIMIT))


def _candles(stand: Stand) -> Any:
    end = stand.clock.now().date()
    return stand.broker.history(str(stand.sample()), "D", end - timedelta(days=4), end)
