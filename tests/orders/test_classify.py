"""The table of outcomes: what a hook did, and what may be concluded."""

from __future__ import annotations

import pytest

from openalgo_core import errors
from openalgo_core.models import IntentState, Placed
from openalgo_core.orders.classify import outcome_of_answer, outcome_of_exception

SURE = [
    (errors.OrderRejected("no"), IntentState.REJECTED),
    (errors.OrderNotOpen("final"), IntentState.REJECTED),
    (errors.SessionExpired("over"), IntentState.NOT_PLACED),
    (errors.AuthenticationError("who"), IntentState.NOT_PLACED),
    (errors.RateLimited("slow"), IntentState.NOT_PLACED),
    (errors.NotSent("refused"), IntentState.NOT_PLACED),
]
UNSURE = [
    errors.BrokerUnavailable("reset"),
    errors.UnreadableAnswer("html"),
    errors.InvalidRequest("after sending, a plugin's guess"),
    errors.NotSupported("after sending"),
    errors.PluginBroken("None"),
    KeyError("orderid"),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize(("error", "state"), SURE, ids=lambda value: getattr(value, "kind", str(value)))
@pytest.mark.parametrize("sent", [True, False])
def test_the_brokers_word_and_proof_that_nothing_left_are_sure(error, state, sent) -> None:  # type: ignore[no-untyped-def]
    assert outcome_of_exception(error, sent=sent, broker="toy").state is state


@pytest.mark.parametrize("error", UNSURE, ids=repr)
def test_everything_else_is_unknown_once_something_was_sent(error: BaseException) -> None:
    outcome = outcome_of_exception(error, sent=True, broker="toy")
    assert outcome.state is IntentState.UNKNOWN
    assert isinstance(outcome.error, errors.OutcomeUnknown)


@pytest.mark.parametrize("error", UNSURE, ids=repr)
def test_and_not_placed_while_nothing_was_sent(error: BaseException) -> None:
    outcome = outcome_of_exception(error, sent=False, broker="toy")
    assert outcome.state is IntentState.NOT_PLACED
    assert outcome.error is error or isinstance(outcome.error, errors.PluginBroken)


def test_the_brokers_code_and_text_survive() -> None:
    raised = errors.UnreadableAnswer("Something went wrong", code="AB1004", http_status=200)
    outcome = outcome_of_exception(raised, sent=True, broker="toy")
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.http_status, outcome.reason) == ("AB1004", 200, "Something went wrong")


def test_only_an_order_id_is_a_yes() -> None:
    assert outcome_of_answer(Placed("42"), "toy").state is IntentState.ACKNOWLEDGED
    for answer in (Placed(""), "42", None, True):
        assert outcome_of_answer(answer, "toy").state is IntentState.UNKNOWN


def test_every_error_class_has_its_line_in_one_of_the_tables() -> None:
    """A new class must be thought about here before it can decide the fate of an order."""
    listed = {type(error) for error, _ in SURE} | {type(error) for error in UNSURE}
    elsewhere = {
        errors.OpenAlgoError,
        errors.Refused,
        errors.GuardRefused,
        errors.LoginRequired,
        errors.OutcomeUnknown,
        errors.PluginError,
        errors.PluginNotInstalled,
        errors.InstrumentNotFound,
        errors.UsageError,
        errors.ConfigurationError,
    }
    ours = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.OpenAlgoError)
    }
    assert ours == elsewhere | (listed & ours)
