"""The global options mean the same before and after the command."""

from __future__ import annotations

import pytest

from .conftest import Run
from .fakes import FakeBroker

GIVEN = ["--broker", "angel", "--profile", "me", "--env-file", "/x/.env", "--prices-from", "kotak", "--json"]


def _asked(broker: FakeBroker) -> tuple[object, ...]:
    return broker.called("connect")[0]


@pytest.mark.parametrize(
    "words",
    [
        [*GIVEN, "order", "list"],
        ["order", *GIVEN, "list"],
        ["order", "list", *GIVEN],
        [*GIVEN[:2], "order", *GIVEN[2:6], "list", *GIVEN[6:]],
        [*GIVEN, "order", "list", *GIVEN],
    ],
    ids=["before", "between", "after", "spread", "twice"],
)
def test_they_stand_anywhere(words: list[str], run: Run, broker: FakeBroker) -> None:
    ran = run(*words)

    assert isinstance(ran.json, list)
    assert _asked(broker) == ("angel", "me", "/x/.env", "kotak")


@pytest.mark.parametrize(
    "words",
    [
        ["--broker", "angel", "funds", "--broker", "kotak"],
        ["--broker", "angel", "--broker", "kotak", "funds"],
        ["funds", "--broker", "angel", "--broker", "kotak"],
    ],
)
def test_two_values_for_one_option_are_refused(words: list[str], run: Run, broker: FakeBroker) -> None:
    ran = run(*words)

    assert (ran.code, ran.out, broker.calls) == (2, "", [])
    assert "--broker was given twice with different values: 'angel' and 'kotak'." in ran.err


def test_without_any_the_broker_is_left_to_the_settings(run: Run, broker: FakeBroker) -> None:
    run("funds")

    assert _asked(broker) == (None, None, None, None)


def test_the_default_broker_is_said_once_and_to_people_only(run: Run, broker: FakeBroker) -> None:
    broker.is_default = True

    assert run("trades").err == "No broker configured: using paper (simulated).\n"
    assert run("trades", "--json").err == ""


def test_version(run: Run) -> None:
    ran = run("--version")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("openalgo ")
