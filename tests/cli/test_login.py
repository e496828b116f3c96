"""`login`: which way, what is asked, and that no secret is a word of the command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openalgo_core import login as ways
from openalgo_core.capabilities import Capability
from openalgo_core.config import Environment
from openalgo_core.errors import AuthenticationError
from openalgo_core.models import LoginField, Settings
from openalgo_core.secrets import Secret

from .conftest import Run
from .fakes import LOGGED_IN, FakeBroker, info

CLIENT = LoginField("client_id", "Client id", secret=False, environment="BROKER_CLIENT_ID")
PIN = LoginField("pin", "PIN", environment="BROKER_PIN")
TOTP = LoginField("totp", "Authenticator code", totp=True, pattern=r"\d{6}", pattern_hint="six digits")
OTP = LoginField("otp", "OTP", after_request=True)


def _answers(broker: FakeBroker) -> dict[str, str]:
    ((answers,), _) = broker.called("login")
    return {name: secret.reveal() for name, secret in answers.items()}


def _configure(broker: FakeBroker, **variables: str) -> None:
    secrets = {name: Secret(value) for name, value in variables.items()}
    settings = Settings(totp_secret=secrets.get("BROKER_TOTP_SECRET"))
    broker.office.environment = Environment("fake", "default", settings, ".env", variables=secrets)


def test_answers_come_from_settings_options_and_standard_input(run: Run, broker: FakeBroker) -> None:
    broker.answers["login_fields"] = (CLIENT, PIN, TOTP)
    _configure(broker, BROKER_CLIENT_ID="A123")

    ran = run("login", "--field", "totp=123456", "--field", "pin=-", stdin="2468\n")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Logged in to fake (profile default) as A123 until 2026-11-21 05:00:00 IST.\n"
    assert _answers(broker) == {"client_id": "A123", "pin": "2468", "totp": "123456"}


def test_a_secret_as_a_word_of_the_command_is_refused(run: Run, broker: FakeBroker) -> None:
    broker.answers["login_fields"] = (PIN,)

    ran = run("login", "--field", "pin=2468", "--json")

    assert (ran.code, ran.error["kind"]) == (2, "UsageError")
    assert "2468" not in ran.err


def test_a_missing_answer_without_a_terminal_is_configuration(run: Run, broker: FakeBroker) -> None:
    broker.answers["login_fields"] = (PIN,)

    ran = run("login")

    assert ran.code == 3
    assert "BROKER_PIN" in ran.err


def test_a_code_is_made_from_the_stored_secret(run: Run, broker: FakeBroker, tmp_path: Path) -> None:
    @dataclass
    class Sessions:
        def totp_state(self, name: str, profile: str) -> Path:
            return tmp_path / f"{name}-{profile}"

    broker.answers["login_fields"] = (TOTP,)
    broker.office.sessions = Sessions()
    _configure(broker, BROKER_TOTP_SECRET="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    assert run("login").code == 0

    assert len(_answers(broker)["totp"]) == 6
    assert (tmp_path / "fake-default").exists()


def test_a_code_that_must_be_sent_is_requested_first(run: Run, broker: FakeBroker) -> None:
    broker.answers["login_fields"] = (CLIENT, OTP)
    _configure(broker, BROKER_CLIENT_ID="A123")

    first = run("login")

    assert first.code == 3  # nobody there to type the code
    assert first.err.startswith("OTP sent to ******1234\n")
    assert "--field otp=VALUE" in first.err
    ((asked,), _) = broker.called("request_otp")
    assert set(asked) == {"client_id"}

    assert run("login", "--json").error["exit_code"] == 3  # one object, and nothing beside it
    requested = len([name for name, _, _ in broker.calls if name == "request_otp"])

    assert run("login", "--field", "otp=4321").code == 0
    assert len([name for name, _, _ in broker.calls if name == "request_otp"]) == requested
    assert _answers(broker) == {"client_id": "A123", "otp": "4321"}


def test_a_refusal_is_the_brokers_own_text(run: Run, broker: FakeBroker) -> None:
    broker.answers["login"] = AuthenticationError("Invalid PIN.", broker="fake", code="AB1007")

    ran = run("login")

    assert (ran.code, ran.err) == (4, "Error: Invalid PIN. [fake AB1007]\n")


@pytest.mark.parametrize(
    ("capabilities", "words", "way"),
    [
        ((Capability.LOGIN,), (), "fields"),
        ((Capability.LOGIN, Capability.WEB_LOGIN), (), "fields"),
        ((Capability.LOGIN, Capability.WEB_LOGIN), ("--web",), "browser"),
        ((Capability.LOGIN, Capability.WEB_LOGIN), ("--no-browser",), "address"),
        ((Capability.LOGIN, Capability.WEB_LOGIN), ("--web", "--paste"), "paste"),
        ((Capability.WEB_LOGIN,), (), "browser"),
        ((Capability.WEB_LOGIN,), ("--paste",), "paste"),
    ],
)
def test_the_way_to_log_in(
    capabilities: tuple[Capability, ...],
    words: tuple[str, ...],
    way: str,
    run: Run,
    broker: FakeBroker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[str] = []

    def web(asked: Any, *, open_browser: bool, say: Any) -> Any:
        taken.append("browser" if open_browser else "address")
        return LOGGED_IN

    def paste(asked: Any, *, say: Any) -> Any:
        taken.append("paste")
        return LOGGED_IN

    monkeypatch.setattr(ways, "web_login", web, raising=False)
    monkeypatch.setattr(ways, "paste_login", paste, raising=False)
    broker.info = info(*capabilities)

    assert run("login", *words).code == 0

    taken += ["fields" for name, _, _ in broker.calls if name == "login"]
    assert taken == [way]


def test_a_page_that_the_broker_has_not_is_not_supported(run: Run, broker: FakeBroker) -> None:
    assert run("login", "--web").code == 11
    assert run("login", "--paste").code == 11
    assert {name for name, _, _ in broker.calls} == {"connect", "login_fields"}


def test_answers_have_no_meaning_on_a_page(run: Run, broker: FakeBroker) -> None:
    assert run("login", "--web", "--field", "totp=123456").code == 2
