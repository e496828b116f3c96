"""The one retry rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from clocks import FakeClock

from openalgo_core.errors import (
    BrokerUnavailable,
    InvalidRequest,
    NotSent,
    OpenAlgoError,
    RateLimited,
    SessionExpired,
    UnreadableAnswer,
)
from openalgo_core.transport import read_with_retry


def failing(*errors: OpenAlgoError) -> tuple[Callable[[], str], list[OpenAlgoError]]:
    """A read that fails in this way and then succeeds, and what has not come up yet."""
    left = list(errors)

    def read() -> str:
        if left:
            raise left.pop(0)
        return "book"

    return read, left


@pytest.mark.parametrize("error", [BrokerUnavailable("x"), NotSent("x"), UnreadableAnswer("x"), RateLimited("x")])
def test_a_read_is_tried_again_twice(clock: FakeClock, error: OpenAlgoError) -> None:
    read, _ = failing(error, error)
    assert read_with_retry(read, clock=clock) == "book"
    assert clock.slept == [0.5, 1.0]


def test_the_last_error_comes_out(clock: FakeClock) -> None:
    read, left = failing(BrokerUnavailable("1"), BrokerUnavailable("2"), BrokerUnavailable("3"), NotSent("4"))
    with pytest.raises(BrokerUnavailable, match="3"):
        read_with_retry(read, clock=clock)
    assert len(left) == 1
    read, _ = failing(*(BrokerUnavailable(str(number)) for number in range(4)))
    assert read_with_retry(read, clock=clock, attempts=5) == "book"
    assert clock.slept[2:] == [0.5, 1.0, 2.0, 2.0]


@pytest.mark.parametrize("error", [SessionExpired("x"), InvalidRequest("x"), OpenAlgoError("x")])
def test_what_will_not_change_is_not_tried_again(clock: FakeClock, error: OpenAlgoError) -> None:
    read, _ = failing(error)
    with pytest.raises(type(error)):
        read_with_retry(read, clock=clock)
    assert clock.slept == []


def test_a_limit_says_itself_when_to_come_back(clock: FakeClock) -> None:
    read, _ = failing(RateLimited("x", retry_after=3.0))
    assert read_with_retry(read, clock=clock) == "book"
    assert clock.slept == [3.0]


def test_what_cannot_begin_within_the_budget_is_given_up_at_once(clock: FakeClock) -> None:
    read, _ = failing(RateLimited("x", retry_after=60.0))
    with pytest.raises(RateLimited):
        read_with_retry(read, clock=clock)
    assert clock.slept == []


def test_slow_failures_use_up_the_budget(clock: FakeClock) -> None:
    calls = []

    def read() -> str:
        calls.append(clock.monotonic())
        clock.advance(10)
        raise BrokerUnavailable("x")

    with pytest.raises(BrokerUnavailable):
        read_with_retry(read, clock=clock)
    assert len(calls) == 2


def test_a_first_attempt_that_waited_long_is_tried_again(clock: FakeClock) -> None:
    failures, _ = failing(BrokerUnavailable("x"))

    def read() -> str:
        clock.advance(0 if clock.slept else 40)  # as long as a window of a minute may take to leave room
        return failures()

    assert read_with_retry(read, clock=clock) == "book"
    assert clock.slept == [0.5]


def test_exceptions_that_are_not_ours_pass(clock: FakeClock) -> None:
    def read() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_with_retry(read, clock=clock)
    assert clock.slept == []
