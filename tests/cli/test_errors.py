"""How errors are told: three lines at most, or one JSON object; exit codes; no traceback, no secret."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, cast

import pytest

from openalgo_core import errors
from openalgo_core.cli import session
from openalgo_core.errors import OpenAlgoError
from openalgo_core.models import CancelResult, Exchange, OrderResult, QuoteFailure

from .conftest import Run
from .fakes import LOGGED_OUT, FakeBroker

TREE = [getattr(errors, name) for name in errors.__all__ if name != "ExitCode"]
UNKNOWN = OrderResult("unknown", None, "mine-1", "fake", reason="read time-out")


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_has_its_exit_code_and_one_json_object(
    kind: type[OpenAlgoError], run: Run, broker: FakeBroker
) -> None:
    broker.answers["funds"] = kind("It failed.", hint="Mend it.", broker="fake", code="AB1")

    ran = run("funds", "--json")

    assert (ran.code, ran.out) == (kind.exit_code, "")
    assert list(json.loads(ran.err)["error"].items()) == [
        ("kind", kind.__name__),
        ("message", "It failed."),
        ("hint", "Mend it."),
        ("broker", "fake"),
        ("code", "AB1"),
        ("exit_code", int(kind.exit_code)),
    ]


def test_an_error_is_what_why_and_what_to_do(run: Run, broker: FakeBroker) -> None:
    broker.answers["funds"] = errors.SessionExpired(
        "The session is over.", hint="Run: openalgo login", broker="angel", code="AG8001"
    )

    ran = run("funds")

    assert ran.err == "Error: The session is over. [angel AG8001]\n       Run: openalgo login\n"
    assert (ran.code, ran.out) == (4, "")


def test_what_a_broker_wrote_cannot_play_with_the_terminal(run: Run, broker: FakeBroker) -> None:
    broker.answers["funds"] = errors.Refused("no\x1b[31m money\r\nat\tall")

    assert run("funds").err == "Error: no [31m money at all\n"


class Foreign(Exception):
    pass


def test_a_fault_of_ours_shows_neither_its_text_nor_a_traceback(run: Run, broker: FakeBroker) -> None:
    broker.answers["funds"] = Foreign("https://broker.invalid/?token=s3cret")

    ran = run("funds")

    assert ran.code == 1
    assert "Foreign in openalgo_core.cli.commands.portfolio:" in ran.err
    assert "report it" in ran.err
    assert "s3cret" not in ran.err and "Traceback" not in ran.err
    assert ran.err.count("\n") <= 3
    assert run("funds", "--json").error["kind"] == "InternalError"


def test_not_even_the_traceback_shows_the_text_of_a_foreign_exception(run: Run, broker: FakeBroker) -> None:
    broker.answers["funds"] = Foreign("https://broker.invalid/?token=s3cret")
    broker.answers["funds"].__cause__ = Foreign("pin 24681357")

    ran = run("funds", "--verbose")

    assert ran.err.count("Traceback (most recent call last)") == 2
    assert "in _answer" in ran.err
    assert "s3cret" not in ran.err
    assert "24681357" not in ran.err


@pytest.mark.parametrize("words", [("--verbose", "funds"), ("funds", "--verbose")])
def test_verbose_shows_the_traceback_before_the_error(words: tuple[str, ...], run: Run, broker: FakeBroker) -> None:
    broker.answers["funds"] = errors.NotSent("No route.")

    ran = run(*words)

    assert ran.err.startswith("Traceback")
    assert ran.err.splitlines()[-1] == "Error: No route."


@pytest.mark.parametrize(
    ("words", "message"),
    {
        "order lsit": "There is no command 'lsit'. Did you mean 'list'?",
        "qoute NSE:SBIN": "There is no command 'qoute'. Did you mean 'quote'?",
        "xyzzy": "There is no command 'xyzzy'.",
        "order place NSE:SBIN BUY 10 --prise 5": "Did you mean one of: '--price'",
        "order place NSE:SBIN BUY": "Missing argument 'QUANTITY'.",
        "order place NSE:SBIN HOLD 1": "'HOLD' is not one of 'BUY', 'SELL'.",
        "order place NSE:SBIN BUY ten": "'ten' is not a valid integer.",
        "order place NSE:SBIN BUY 1 --price cheap": "'cheap' is not a price in rupees, such as 812.35.",
        "order place NSE:SBIN BUY 1 --price nan": "'nan' is not a price in rupees",
        "order modify 1": "Nothing to change: give --quantity, --price, --trigger-price or --type.",
        "order cancel": "Give either ORDER_ID or --all.",
        "order cancel 1 --all": "Give either ORDER_ID or --all.",
        "history NSE:SBIN --from 2026-11-20 --interval 7m": "'7m' is not one of '1s', '5s',",
        "history NSE:SBIN --from 20.11.2026": "'20.11.2026' is not a day written YYYY-MM-DD",
        "demo angel --broker kotak": "The command names the broker 'angel', and --broker 'kotak'.",
        "simulate angel --broker kotak": "The command names the broker 'angel', and --broker 'kotak'.",
        "history NSE:SBIN --from 2026-02-30": "There is no day 2026-02-30.",
        "history NSE:SBIN --from 2026-11-20 --to 2026-11-19": "--from 2026-11-20 is later than --to 2026-11-19.",
        "quote": "Missing argument 'EXCHANGE:SYMBOL...'.",
        "journal list --state odd": "'odd' is not one of 'intended',",
    }.items(),
)
def test_usage_errors_say_what_is_off_in_text_and_in_json(
    words: str, message: str, run: Run, broker: FakeBroker
) -> None:
    text, as_json = run(*words.split()), run(*words.split(), "--json")

    assert (text.code, as_json.code) == (2, 2)
    assert message in text.err
    assert text.err.splitlines()[1].strip().startswith("Run: openalgo")
    assert message in as_json.error["message"]
    assert (as_json.error["kind"], as_json.error["exit_code"]) == ("UsageError", 2)
    assert broker.calls == []


class Chatty(FakeBroker):
    def funds(self) -> Any:
        logging.getLogger("openalgo.http").debug("GET /funds 200")
        logging.getLogger("openalgo.http").error("plugin failed")
        return super().funds()


def test_log_lines_are_for_verbose_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "connect", lambda *asked: Chatty())

    assert run("funds").err == ""
    assert run("funds", "--verbose").err == "GET /funds 200\nplugin failed\n"


def test_a_group_without_a_command_shows_its_help_and_fails(run: Run) -> None:
    for words in ([], ["order"]):
        ran = run(*words)
        assert (ran.code, ran.out) == (2, "")
        assert "Usage: openalgo" in ran.err


def test_after_two_dashes_a_word_is_no_option(run: Run, broker: FakeBroker) -> None:
    broker.answers["search_instruments"] = errors.Refused("no")

    assert run("instruments", "search", "--", "--json").err == "Error: no\n"


def test_status_while_logged_out_is_a_result_and_an_error(run: Run, broker: FakeBroker) -> None:
    broker.answers["status"] = LOGGED_OUT

    ran = run("status", "--json")

    assert ran.code == 4
    assert ran.json["logged_in"] is False
    assert ran.error["kind"] == "LoginRequired"
    assert ran.error["hint"] == "Run: openalgo login --broker fake"


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("order place NSE:SBIN BUY 10", "place_order"),
        ("order modify 1 --price 5", "modify_order"),
        ("order cancel 1", "cancel_order"),
    ],
)
def test_an_unknown_outcome_is_a_result_and_an_error(words: str, method: str, run: Run, broker: FakeBroker) -> None:
    broker.answers[method] = UNKNOWN

    ran = run(*words.split(), "--json")

    assert ran.code == 6
    assert ran.json == {"status": "unknown", "order_id": None, "client_order_id": "mine-1", "broker": "fake"}
    assert (ran.error["kind"], ran.error["broker"]) == ("OutcomeUnknown", "fake")
    assert "read time-out" in ran.error["message"]
    assert "journal reconcile" in run(*words.split()).err


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["acknowledged", "acknowledged"], 0),
        (["acknowledged", "rejected"], 5),
        (["rejected", "unknown", "acknowledged"], 6),
        ([], 0),
    ],
)
def test_cancel_all_fails_as_badly_as_its_worst_order(
    statuses: list[str], code: int, run: Run, broker: FakeBroker
) -> None:
    broker.answers["cancel_all_orders"] = [CancelResult(str(n), cast(Any, s), None) for n, s in enumerate(statuses)]

    ran = run("order", "cancel", "--all", "--json")

    assert ran.code == code
    assert [row["status"] for row in ran.json] == statuses


def test_quotes_fail_only_if_all_fail(run: Run, broker: FakeBroker) -> None:
    failures = [QuoteFailure("A", Exchange.NSE, "no such symbol"), QuoteFailure("B", Exchange.NSE, "no such symbol.")]
    broker.answers["quotes"] = failures
    ran = run("quote", "NSE:A", "NSE:B", "--json")
    assert (ran.code, len(ran.json), ran.error["exit_code"]) == (7, 2, 7)

    broker.answers["quotes"] = [failures[0], *FakeBroker().quotes(["NSE:SBIN"])]
    ran = run("quote", "NSE:A", "NSE:SBIN")
    assert ran.code == 0
    assert ran.err == "Warning: No quote of NSE:A: no such symbol.\n"


def test_ctrl_c_is_130_and_one_line(run: Run, broker: FakeBroker) -> None:
    broker.answers["funds"] = KeyboardInterrupt()
    ran = run("funds")
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "Error: Interrupted.")
    assert run("funds", "--json").error == {
        "kind": "Interrupted",
        "message": "Interrupted.",
        "hint": "",
        "broker": None,
        "code": None,
        "exit_code": 130,
    }
    assert broker.closed


def test_ctrl_c_while_an_order_is_under_way_says_how_to_find_out(run: Run, broker: FakeBroker) -> None:
    broker.answers["place_order"] = KeyboardInterrupt()

    ran = run("order", "place", "NSE:SBIN", "BUY", "10")

    assert ran.code == 130
    assert "may have been sent; run: openalgo journal reconcile" in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_halt_that_cannot_be_recorded_says_so_loudly(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the directory should be", encoding="utf-8")

    ran = run("halt", "--json")

    assert ran.code == 3
    assert ran.error["message"].startswith("NOT halted")
