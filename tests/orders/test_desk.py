"""The life of an order at the desk: journalled before, sent once, settled after."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from clocks import FakeClock
from desks import KEY, Bench
from makers import draft, order

from openalgo_core.clock import SystemClock
from openalgo_core.errors import (
    BrokerUnavailable,
    ConfigurationError,
    InvalidRequest,
    NotSent,
    OrderRejected,
    RateLimited,
    SessionExpired,
    UnreadableAnswer,
)
from openalgo_core.journal.matching import face_of
from openalgo_core.models import IntentKind, IntentState, OrderStatus, Placed, TagRule


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Iterator[Bench]:
    made = Bench(tmp_path, clock)
    yield made
    made.journal.close()


def answers(answer: Any) -> Any:
    def write(account: Any) -> Any:
        account.send()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return write


def state(bench: Bench) -> IntentState:
    return bench.journal.entries()[-1].state


def test_a_yes_is_acknowledged_and_told(bench: Bench) -> None:
    result = bench.desk.send(draft(), answers(Placed("42", {"variety": "NORMAL"})))
    assert (result.status, result.order_id, result.client_order_id) == ("acknowledged", "42", "mine")
    (intent,) = bench.journal.entries()
    assert intent.draft.refs == {"variety": "NORMAL"}
    assert [entry.state for entry in bench.panel.told] == [IntentState.ACKNOWLEDGED]
    assert bench.sent == 1
    assert bench.looks == 0


def test_the_intent_is_on_disk_when_the_request_leaves(bench: Bench) -> None:
    def write(account: Any) -> Placed:
        (before,) = bench.journal.entries()
        assert (before.state, before.sent_at) == (IntentState.INTENDED, None)
        account.send()
        assert bench.journal.entries()[0].sent_at is not None
        return Placed("42")

    assert bench.desk.send(draft(), write).status == "acknowledged"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OrderRejected("no margin", code="RMS1"), IntentState.REJECTED),
        (SessionExpired("over"), IntentState.NOT_PLACED),
        (RateLimited("slow down"), IntentState.NOT_PLACED),
        (NotSent("refused"), IntentState.NOT_PLACED),
    ],
    ids=lambda value: str(value),
)
def test_a_sure_no_is_raised_as_it_came(bench: Bench, error: Exception, expected: IntentState) -> None:
    with pytest.raises(type(error)) as caught:
        bench.desk.send(draft(), answers(error))
    assert caught.value is error
    assert state(bench) is expected
    assert bench.looks == 0


AMBIGUOUS = [BrokerUnavailable("reset"), UnreadableAnswer("empty"), KeyError("orderid"), None, Placed("")]


@pytest.mark.parametrize("answer", AMBIGUOUS, ids=repr)
def test_an_ambiguous_answer_is_found_in_the_book(bench: Bench, answer: Any) -> None:
    bench.book = [order("77", tag="abcd", refs={"uuid": "x"})]
    result = bench.desk.send(draft(), answers(answer))
    assert (result.status, result.order_id) == ("acknowledged", "77")
    assert bench.journal.entries()[0].draft.refs == {"uuid": "x"}
    assert bench.sent == 1


@pytest.mark.parametrize("answer", AMBIGUOUS, ids=repr)
def test_an_ambiguous_answer_that_is_not_in_the_book_stays_unknown(bench: Bench, answer: Any) -> None:
    result = bench.desk.send(draft(), answers(answer))
    assert (result.status, result.order_id) == ("unknown", None)
    assert result.reason == "not in the book after 4 s"
    assert bench.looks == 5
    assert bench.sent == 1
    assert state(bench) is IntentState.UNKNOWN


def test_a_book_that_cannot_be_read_proves_nothing(bench: Bench) -> None:
    bench.book = UnreadableAnswer("an HTML page")
    result = bench.desk.send(draft(), answers(BrokerUnavailable("reset")))
    assert result.status == "unknown"
    assert "the order book cannot be read: an HTML page" in str(result.reason)


def test_a_broker_that_repeats_an_order_id_is_not_believed(bench: Bench) -> None:
    bench.desk.send(draft("one"), answers(Placed("42")))
    result = bench.desk.send(draft("two"), answers(Placed("42")))
    assert result.status == "unknown"


def test_waiting_for_a_rate_token_in_vain_places_nothing(bench: Bench) -> None:
    def full(exchange: object) -> None:
        raise RateLimited("10 orders a second")

    bench.pace = full
    with pytest.raises(RateLimited):
        bench.desk.send(draft(), answers(Placed("42")))
    assert state(bench) is IntentState.NOT_PLACED
    assert bench.sent == 0


def test_no_record_no_order(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ConfigurationError("disk full")

    monkeypatch.setattr(bench.journal, "mark_sent", fails)
    with pytest.raises(ConfigurationError):
        bench.desk.send(draft(), answers(Placed("42")))
    assert bench.sent == 0
    assert state(bench) is IntentState.NOT_PLACED


def test_a_journal_that_fails_after_the_answer_does_not_hide_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ConfigurationError("The disk is full.")

    monkeypatch.setattr(bench.journal, "settle", fails)
    result = bench.desk.send(draft(), answers(Placed("42")))
    assert (result.status, result.order_id) == ("acknowledged", "42")
    assert "The disk is full." in str(result.reason)
    with pytest.raises(OrderRejected):
        bench.desk.send(draft("two"), answers(OrderRejected("no")))


@pytest.mark.parametrize(("sent", "expected"), [(True, IntentState.UNKNOWN), (False, IntentState.NOT_PLACED)])
def test_ctrl_c_is_recorded_and_goes_on(bench: Bench, sent: bool, expected: IntentState) -> None:
    def write(account: Any) -> Placed:
        if sent:
            account.send()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.desk.send(draft(), write)
    assert state(bench) is expected


def test_the_same_id_gets_the_first_outcome_and_sends_nothing(bench: Bench) -> None:
    first = bench.desk.send(draft(tag="t1"), answers(Placed("42")))
    assert bench.desk.send(draft(tag="t2"), answers(Placed("43"))) == first
    assert bench.desk.recall("mine", "{}") == first
    assert bench.sent == 1


def test_the_same_id_for_another_order_is_refused(bench: Bench) -> None:
    bench.desk.send(draft(), answers(Placed("42")))
    for call in (
        lambda: bench.desk.send(draft(request="other"), answers(None)),
        lambda: bench.desk.recall("mine", "x"),
    ):
        with pytest.raises(InvalidRequest, match="used before for another order"):
            call()


def test_a_rejected_id_is_rejected_again_with_the_brokers_words(bench: Bench) -> None:
    with pytest.raises(OrderRejected):
        bench.desk.send(draft(), answers(OrderRejected("no margin", code="RMS1", hint="add funds")))
    with pytest.raises(OrderRejected) as again:
        bench.desk.recall("mine", "{}")
    assert (again.value.message, again.value.code, again.value.hint) == ("no margin", "RMS1", "add funds")


def test_an_id_that_was_not_placed_may_be_sent_anew(bench: Bench) -> None:
    with pytest.raises(NotSent):
        bench.desk.send(draft(), answers(NotSent("refused")))
    assert bench.desk.recall("mine", "{}") is None
    assert bench.desk.send(draft(tag="t2"), answers(Placed("42"))).order_id == "42"
    assert [intent.attempt for intent in bench.journal.entries()] == [1, 2]


def test_an_unknown_id_is_reconciled_before_it_is_answered(bench: Bench) -> None:
    assert bench.desk.send(draft(), answers(BrokerUnavailable("reset"))).status == "unknown"
    bench.book = [order("77", tag="abcd")]
    result = bench.desk.recall("mine", "{}")
    assert result is not None
    assert (result.status, result.order_id) == ("acknowledged", "77")
    assert bench.sent == 1


def test_many_threads_with_one_id_book_one_order_and_get_the_same_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SystemClock())
    started = threading.Event()

    def slow(account: Any) -> Placed:
        account.send()
        started.wait(10)
        return Placed("42")

    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(bench.desk.send(draft(), slow))) for _ in range(20)]
    for thread in threads:
        thread.start()
    started.set()
    for thread in threads:
        thread.join(30)
    assert bench.sent == 1
    assert {(result.status, result.order_id) for result in results} == {("acknowledged", "42")}
    assert len(results) == 20
    bench.journal.close()


def test_a_caller_does_not_settle_what_a_living_process_is_still_sending(bench: Bench) -> None:
    intent, _ = bench.journal.begin(KEY, draft())
    result = bench.desk.recall("mine", "{}")
    assert result is not None
    assert (result.status, result.reason) == ("unknown", "another process has been sending it for too long")
    assert bench.journal.get(intent.id).state is IntentState.INTENDED


def test_an_intent_that_was_settled_meanwhile_is_not_sent(bench: Bench) -> None:
    def write(account: Any) -> Placed:
        bench.journal.settle(bench.journal.entries()[0], IntentState.NOT_PLACED)
        account.send()
        return Placed("42")

    with pytest.raises(NotSent):
        bench.desk.send(draft(), write)
    assert bench.sent == 0


def change(kind: IntentKind, **changes: Any) -> Any:
    return draft(kind=kind, order_id="42", tag=None, **changes)


@pytest.mark.parametrize(
    ("kind", "row", "expected"),
    [
        (IntentKind.CANCEL, order("42", status=OrderStatus.CANCELLED), "acknowledged"),
        (IntentKind.CANCEL, order("42"), "unknown"),
        (IntentKind.CANCEL, order("42", status=OrderStatus.COMPLETE), "not placed"),
        (IntentKind.CANCEL, None, "unknown"),
        (IntentKind.MODIFY, order("42"), "acknowledged"),
        (IntentKind.MODIFY, order("42", quantity=99), "unknown"),
        (IntentKind.MODIFY, order("42", quantity=99, status=OrderStatus.COMPLETE), "not placed"),
    ],
)
def test_a_lost_answer_to_a_change_is_settled_by_the_row(bench: Bench, kind: Any, row: Any, expected: str) -> None:
    bench.book = [] if row is None else [row]
    if expected == "not placed":
        with pytest.raises(NotSent):
            bench.desk.send(change(kind), answers(BrokerUnavailable("reset")))
    else:
        assert bench.desk.send(change(kind), answers(BrokerUnavailable("reset"))).status == expected
    assert state(bench) == expected


# -- what a dead process left behind ---------------------------------------------------------------------------------


def left_behind(bench: Bench, *, sent: bool) -> None:
    """An intent of a process that is gone."""
    intent, _ = bench.journal.begin(KEY, draft())
    if sent:
        bench.journal.mark_sent(intent)
    database = sqlite3.connect(bench.directory / "journal.sqlite")
    with database:
        database.execute("UPDATE intents SET owner = 'gone'")
    database.close()


def test_what_never_left_is_not_placed_without_a_look_at_the_book(bench: Bench) -> None:
    left_behind(bench, sent=False)
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert (settled.before, settled.after) == (IntentState.INTENDED, IntentState.NOT_PLACED)
    assert bench.looks == 0


def test_what_may_have_left_is_looked_up(bench: Bench) -> None:
    left_behind(bench, sent=True)
    (absent,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert absent.after is IntentState.UNKNOWN
    bench.book = [order("77", tag="abcd")]
    (found,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert (found.before, found.after, found.order_id) == (IntentState.UNKNOWN, IntentState.ACKNOWLEDGED, "77")


def test_absent_from_the_final_book_is_not_placed(bench: Bench) -> None:
    left_behind(bench, sent=True)
    bench.clock.advance(16 * 60)  # this desk's market has no hours: final a quarter of an hour after sending
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert settled.after is IntentState.NOT_PLACED


def test_a_final_book_proves_nothing_of_an_order_that_may_be_another_row(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock, rule=TagRule(0, comes_back=False))
    left_behind(bench, sent=True)
    bench.clock.advance(16 * 60)
    bench.book = [order("77", price=Decimal(700))]  # changed in the broker's own app, perhaps
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert settled.after is IntentState.UNKNOWN
    bench.journal.close()


def test_the_next_day_the_book_proves_nothing(bench: Bench) -> None:
    left_behind(bench, sent=True)
    bench.clock.advance(24 * 3600)
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert settled.after is IntentState.UNKNOWN
    assert "contract note" in str(settled.reason)
    assert bench.looks == 0


def test_two_identical_orders_in_flight_stay_unknown_without_a_tag(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock, rule=replace(Bench(tmp_path, clock).rule, comes_back=False))
    for name in ("one", "two"):
        intent, _ = bench.journal.begin(KEY, draft(name))
        bench.journal.mark_sent(intent)
        bench.journal.settle(intent, IntentState.UNKNOWN)
    bench.book = [order("77")]
    settled = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert [one.after for one in settled] == [IntentState.UNKNOWN] * 2
    bench.journal.close()


def test_an_intent_that_a_living_process_is_sending_is_left_alone(bench: Bench) -> None:
    bench.journal.begin(KEY, draft())
    assert bench.reconciler.leftovers() == []


def test_observers_hear_what_a_reconciliation_finds(bench: Bench) -> None:
    left_behind(bench, sent=True)
    bench.book = [order("77", tag="abcd")]
    bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert [(entry.state, entry.order_id) for entry in bench.panel.told] == [(IntentState.ACKNOWLEDGED, "77")]


def test_what_could_not_be_journalled_is_settled_by_the_same_process_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ConfigurationError("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(bench.journal, "settle", fails)
        bench.desk.send(draft(), answers(Placed("77")))
    bench.book = [order("77", tag="abcd")]
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert (settled.before, settled.after) == (IntentState.INTENDED, IntentState.ACKNOWLEDGED)


@pytest.mark.parametrize(("price", "expected"), [(800, IntentState.NOT_PLACED), (805, IntentState.UNKNOWN)])
def test_a_lost_modify_of_an_order_that_was_changed_again_stays_unknown(
    bench: Bench, price: int, expected: IntentState
) -> None:
    before = order("42", price=Decimal(800))
    intent, _ = bench.journal.begin(KEY, change(IntentKind.MODIFY, price=Decimal(801), before=face_of(before)))
    bench.journal.mark_sent(intent)
    bench.journal.settle(intent, IntentState.UNKNOWN, reason="time-out")
    bench.book = [replace(before, price=Decimal(price), status=OrderStatus.COMPLETE)]
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert settled.after is expected
