"""The global options mean the same before and after the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from openalgo_core.transport.redact import log_exchange

from .conftest import Run
from .fakes import FUNDS, FakeBroker

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


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_log_file_is_written_where_it_is_wanted(
    way: str, run: Run, broker: FakeBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "requests.log"
    if way == "variable":
        monkeypatch.setenv("OPENALGO_LOG_FILE", str(file))
    broker.answers["funds"] = lambda: log_exchange("fake", "GET", "https://x/funds", "200", 0.1)
    monkeypatch.setattr(FakeBroker, "funds", lambda self: (self.answers["funds"](), FUNDS)[1])

    ran = run("funds", *(("--log-file", str(file)) if way == "option" else ()))

    assert (ran.code, ran.err) == (0, "")
    assert '"endpoint": "/funds"' in file.read_text(encoding="utf-8")


def test_a_log_file_that_cannot_be_written_is_told(run: Run, broker: FakeBroker, tmp_path: Path) -> None:
    assert run("funds", "--log-file", str(tmp_path)).code == 3


def test_version(run: Run) -> None:
    ran = run("--version")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("openalgo ")
