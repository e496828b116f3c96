from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from clocks import FakeClock

from openalgo_core.clock import Clock
from openalgo_core.config import Environment, Paths, load
from openalgo_core.errors import ConfigurationError, UsageError
from openalgo_core.login import Known, collect, given_answers, unattended
from openalgo_core.models import LoginField
from openalgo_core.secrets import Secret
from openalgo_core.store import SessionStore, Vault

CLIENT = LoginField("client_id", "Client code", secret=False, environment="BROKER_CLIENT_ID")
PIN = LoginField(
    "pin", "PIN", environment="BROKER_PIN", pattern=r"[0-9]{4}", pattern_hint="the four digits of your PIN"
)
TOTP = LoginField("totp", "TOTP code", totp=True, pattern=r"[0-9]{6}", pattern_hint="six digits")
NOTE = LoginField("note", "Note", secret=False, optional=True)
FIELDS = [CLIENT, PIN, TOTP, NOTE]


def revealed(answers: dict[str, Secret] | None) -> dict[str, str] | None:
    return None if answers is None else {name: answer.reveal() for name, answer in answers.items()}


def nothing(name: str) -> Secret | None:
    return None


# -- --field -------------------------------------------------------------------------------------------------------


def test_codes_may_stand_on_the_command_line() -> None:
    assert revealed(given_answers(["totp=123456"], FIELDS)) == {"totp": "123456"}


def test_secrets_come_line_by_line_from_standard_input() -> None:
    lines = io.StringIO("A123456\n 1234 \nrest\n")
    answers = given_answers(["client_id=-", "pin=-", "totp=123456"], FIELDS, lines)
    assert revealed(answers) == {"client_id": "A123456", "pin": "1234", "totp": "123456"}
    assert lines.read() == "rest\n"


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        (["pin=4321"], "show the value to everybody", "--field pin=-"),
        (["client_id=4321"], "show the value to everybody", "--field client_id=-"),
        (["pn=4321"], "does not ask for 'pn'", "--field pin"),
        (["colour=4321"], "does not ask for 'colour'", "client_id, pin, totp, note"),
        (["4321"], "NAME=VALUE", "totp=123456"),
        (["totp=123456", "totp=654321"], "twice", ""),
        (["totp=4321"], "six digits", ""),
        (["totp="], "six digits", ""),
        (["pin=-"], "no line", ""),
    ],
)
def test_field_options_that_are_refused(options: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        given_answers(options, FIELDS, io.StringIO(""))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "4321" not in caught.value.message + caught.value.hint


# -- without a person ----------------------------------------------------------------------------------------------


def test_order_of_sources() -> None:
    variables = {"BROKER_CLIENT_ID": Secret("A1"), "BROKER_PIN": Secret("1111")}
    answers = collect(
        FIELDS,
        given={"pin": Secret("2222")},
        known=Known(variables.get, lambda: Secret("123456")),
        terminal=False,
    )
    assert revealed(answers) == {"client_id": "A1", "pin": "2222", "totp": "123456"}


def test_a_given_code_saves_making_one() -> None:
    def code() -> Secret:
        raise AssertionError("a code serves once and must not be wasted")

    assert collect([TOTP], given={"totp": Secret("123456")}, known=Known(nothing, code), terminal=False)


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        (PIN, "Set BROKER_PIN, or use --field pin=-"),
        (TOTP, "Set BROKER_TOTP_SECRET, or use --field totp=VALUE"),
        (LoginField("otp", "OTP", after_request=True), "Use --field otp=VALUE"),
    ],
)
def test_missing_answer_without_a_terminal_names_the_variable(field: LoginField, hint: str) -> None:
    with pytest.raises(ConfigurationError, match="there is no terminal") as caught:
        collect([field], given={}, known=Known(nothing), terminal=False)
    assert caught.value.hint == hint


def test_standard_input_of_a_pipe_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1234\n"))
    with pytest.raises(ConfigurationError):
        collect([PIN], given={}, known=Known(nothing))


def test_variable_that_does_not_fit_is_named_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="BROKER_PIN: PIN is the four digits") as caught:
        collect([PIN], given={}, known=Known(lambda name: Secret("canary")), terminal=False)
    assert "canary" not in caught.value.message + caught.value.hint


def test_the_secret_of_codes_is_never_taken_for_a_code() -> None:
    field = LoginField("totp", "TOTP code", totp=True, environment="BROKER_TOTP_SECRET")
    with pytest.raises(ConfigurationError, match="no terminal"):
        collect([field], given={}, known=Known(lambda name: Secret("GEZDGNBVGY3TQOJQ")), terminal=False)


# -- with a person -------------------------------------------------------------------------------------------------


def ask(fields: list[LoginField], typed: str | None) -> tuple[Result, dict[str, Secret]]:
    """Runs `collect` at a terminal on which `typed` is typed; `None` is Ctrl-C."""
    answers: dict[str, Secret] = {}

    @click.command()
    def command() -> None:
        answers.update(collect(fields, given={}, known=Known(nothing), terminal=True))

    return CliRunner().invoke(command, input=typed), answers


def test_a_person_is_asked_on_standard_error() -> None:
    result, answers = ask([CLIENT, PIN], "A1\n1234\n")
    assert revealed(answers) == {"client_id": "A1", "pin": "1234"}
    assert result.stdout == ""
    assert "Client code: A1" in result.stderr


def test_secrets_are_not_echoed() -> None:
    result, answers = ask([PIN], "1234\n")
    assert revealed(answers) == {"pin": "1234"}
    assert "1234" not in result.output


def test_an_answer_of_the_wrong_form_is_asked_again() -> None:
    result, answers = ask([PIN], "99\n1234\n")
    assert revealed(answers) == {"pin": "1234"}
    assert "PIN is the four digits of your PIN." in result.stderr
    assert "99" not in result.output


def test_an_optional_question_may_stay_unanswered() -> None:
    result, answers = ask([NOTE], "\n")
    assert result.exit_code == 0
    assert answers == {}


def test_end_of_input_aborts_and_leaves_no_answer() -> None:
    result, answers = ask([CLIENT, PIN], "A1\n")
    assert isinstance(result.exception, SystemExit)
    assert "Aborted" in result.stderr
    assert answers == {}


def test_ctrl_c_aborts(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupted)
    with pytest.raises(click.Abort):
        collect([CLIENT], given={}, known=Known(nothing), terminal=True)


# -- from the configuration alone ----------------------------------------------------------------------------------


@dataclass
class Configuration:
    environment: Environment
    sessions: SessionStore
    clock: Clock


@pytest.fixture
def configured(tmp_path: Path, clock: FakeClock) -> Callable[..., Configuration]:
    def make(**variables: str) -> Configuration:
        env = {"OPENALGO_HOME": str(tmp_path), "OPENALGO_BROKER": "angel", **variables}
        store = SessionStore(tmp_path / "sessions", Vault(Paths.from_environment(env), env), clock)
        return Configuration(load(env, cwd=tmp_path), store, clock)

    return make


UNATTENDED = {
    "BROKER_CLIENT_ID": "A1",
    "BROKER_PIN": "1234",
    "BROKER_TOTP_SECRET": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
}


def test_unattended(configured: Callable[..., Configuration], clock: FakeClock) -> None:
    answers = unattended(configured(**UNATTENDED), FIELDS)
    assert answers is not None
    assert set(answers) == {"client_id", "pin", "totp"}
    again = unattended(configured(**UNATTENDED), FIELDS)
    assert again is not None
    assert again["totp"] != answers["totp"]
    assert sum(clock.slept) > 0


@pytest.mark.parametrize("missing", UNATTENDED)
def test_unattended_needs_every_answer_and_wastes_no_code(
    configured: Callable[..., Configuration], missing: str
) -> None:
    account = configured(**{name: value for name, value in UNATTENDED.items() if name != missing})
    assert unattended(account, FIELDS) is None
    assert not account.sessions.totp_state("angel", "default").exists()
