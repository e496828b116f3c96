"""The form for brokers that have no login page of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from urllib.parse import urlencode

import pytest
from clocks import FakeClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import broker_info

from openalgo_core.clock import IST
from openalgo_core.errors import AuthenticationError, BrokerUnavailable, ConfigurationError, PluginBroken
from openalgo_core.login import CallbackReceiver, Known, LoginForm, RedirectTarget
from openalgo_core.models import BrokerInfo, Challenge, LoginField, Status
from openalgo_core.secrets import Secret

from .conftest import Answer, Waiting

PATH = "/toy/callback"
STATUS = Status("toy", "default", "AB1234", logged_in=True, expires_at=datetime(2026, 11, 21, tzinfo=IST))
CLIENT = LoginField("client_id", "Client id", secret=False, pattern=r"[A-Z0-9]+", pattern_hint="letters and digits")
PIN = LoginField("pin", "PIN", environment="BROKER_PIN", pattern=r"\d{4}", pattern_hint="four digits")
TOTP = LoginField("totp", "TOTP code", totp=True)
OTP = LoginField("otp", "OTP", after_request=True, totp=True)
RIGHT = {"client_id": "A1", "pin": "2468"}


@dataclass
class Broker:
    """Knows one PIN and one code; notes what it was asked."""

    fields: Sequence[LoginField]
    failure: Exception | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    info: BrokerInfo = field(default_factory=lambda: broker_info(capabilities={}))
    hold: Callable[[], None] = lambda: None

    def login_fields(self) -> Sequence[LoginField]:
        return self.fields

    def request_otp(self, fields: Mapping[str, Secret]) -> Challenge:
        self._note("request_otp", fields)
        return Challenge({}, "OTP sent to ******1234")

    def login(self, fields: Mapping[str, Secret]) -> Status:
        self._note("login", fields)
        self.hold()
        if fields.get("pin", Secret("2468")) != Secret("2468") or fields.get("otp", Secret("1111")) != Secret("1111"):
            raise AuthenticationError("<Invalid> credentials", hint="Two tries are left.", code="AB1007")
        return STATUS

    def _note(self, name: str, fields: Mapping[str, Secret]) -> None:
        self.asked.append((name, {key: answer.reveal() for key, answer in fields.items()}))
        if self.failure:
            raise self.failure


@dataclass
class Visitor:
    """A browser at the form."""

    waiting: Waiting
    form: LoginForm
    login: Future[Status]
    clock: FakeClock

    def open(self) -> Answer:
        return self.waiting.send("GET", PATH)

    def post(
        self, step: str = "login", *, token: str | None = None, headers: Mapping[str, str] | None = None, **answers: str
    ) -> Answer:
        fields = {f"answer-{name}": value for name, value in answers.items()}
        shown = re.search(r'name="form_token" value="([^"]+)"', self.open().text)
        assert shown
        body = urlencode({"form_token": token or shown[1], "step": step, **fields}).encode()
        return self.send(body, headers)

    def send(self, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.waiting.send("POST", PATH, {**kind, **(headers or {})}, body)


@contextmanager
def visiting(broker: Broker, known: Known | None = None) -> Iterator[Visitor]:
    clock = FakeClock()
    form = LoginForm(broker, known or Known(lambda name: None), action=PATH)
    target = RedirectTarget("127.0.0.1", 0, PATH)
    receiver = CallbackReceiver[Status](target, None, "the-state", broker="Toy Broking", form=form, clock=clock)
    with ThreadPoolExecutor(8) as pool, receiver:
        login = pool.submit(receiver.receive, lambda answer: pytest.fail("no page answers here"), seconds=300)
        try:
            yield Visitor(Waiting(receiver, login, pool), form, login, clock)  # type: ignore[arg-type]  # not asked there
        finally:
            clock.advance(300)
            wait([login], timeout=30)


def attributes(page: Answer, name: str) -> dict[str, str]:
    """Of the input for that field."""
    (tag,) = re.findall(rf'<input id="answer-{name}"[^>]*>', page.text)
    return {key: unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag)} | {
        word: "" for word in ("required", "autofocus") if word in tag
    }


# -- one step ------------------------------------------------------------------------------------------------------


def test_right_answers_log_in() -> None:
    broker = Broker([CLIENT, PIN])
    with visiting(broker) as visitor:
        page = visitor.post(client_id=" A1 ", pin="2468")
        assert page.status == 200
        assert "You are logged in to Toy Broking" in page.text
        assert visitor.login.result(30) == STATUS
    assert broker.asked == [("login", RIGHT)]


def test_a_refusal_shows_the_brokers_words_and_the_form_again() -> None:
    broker = Broker([CLIENT, PIN])
    with visiting(broker) as visitor:
        page = visitor.post(client_id="A1", pin="1357")
        assert '<div class="alert" role="alert">' in page.text
        assert "&lt;Invalid&gt; credentials [AB1007]" in page.text
        assert "Two tries are left." in page.text
        assert "<title>Error: Log in to" in page.text
        assert attributes(page, "client_id")["value"] == "A1"
        assert "1357" not in page.text
        assert visitor.post(client_id="A1", pin="2468").status == 200
        assert visitor.login.result(30) == STATUS


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"client_id": "A1"}, "PIN is missing."),
        ({"client_id": "A1", "pin": "12"}, "PIN is four digits."),
        ({"client_id": "", "pin": "12"}, "Client id is missing."),
    ],
)
def test_what_is_wrong_stands_beside_its_answer_and_the_broker_is_not_asked(
    answers: dict[str, str], problem: str
) -> None:
    broker = Broker([CLIENT, PIN])
    with visiting(broker) as visitor:
        page = visitor.post("login", token=None, headers=None, **answers)
        name = "pin" if problem.startswith("PIN") else "client_id"
        tied = attributes(page, name)
        assert tied["aria-invalid"] == "true"
        assert tied["aria-describedby"] == f"answer-{name}-hint answer-{name}-problem"
        assert f'<p class="wrong" id="answer-{name}-problem">{problem}</p>' in page.text
        assert "autofocus" in tied
        assert broker.asked == []


def test_a_passing_failure_leaves_the_form_and_a_fault_ends_the_login() -> None:
    broker = Broker([PIN], failure=BrokerUnavailable("502", hint="Run: openalgo login"))
    with visiting(broker) as visitor:
        page = visitor.post(pin="2468")
        assert "<p>502</p>" in page.text
        assert "Run:" not in page.text
        broker.failure = PluginBroken("It returned None.")
        page = visitor.post(pin="2468")
        assert page.status == 400
        assert "It returned None." in page.text
        with pytest.raises(PluginBroken):
            visitor.login.result(30)


def test_an_optional_answer_may_stay_out() -> None:
    broker = Broker([LoginField("note", "Note", optional=True)])
    with visiting(broker) as visitor:
        page = visitor.open()
        assert "Note (optional)" in page.text
        assert "required" not in attributes(page, "note")
        visitor.post()
        assert visitor.login.result(30) == STATUS
    assert broker.asked == [("login", {})]


# -- what the configuration knows ----------------------------------------------------------------------------------


def test_what_is_configured_is_not_asked_for_until_it_was_refused() -> None:
    broker = Broker([CLIENT, PIN])
    with visiting(broker, Known({"BROKER_PIN": Secret("1357")}.get)) as visitor:
        assert "answer-pin" not in visitor.open().text
        page = visitor.post(client_id="A1")
        assert "PIN (empty: as configured)" in page.text
        assert "1357" not in page.text
        visitor.post(client_id="A1", pin="2468")
        assert visitor.login.result(30) == STATUS
    assert [fields["pin"] for _, fields in broker.asked] == ["1357", "2468"]


def test_a_configured_answer_that_does_not_fit_is_told_before_anything_is_opened() -> None:
    with pytest.raises(ConfigurationError, match="BROKER_PIN"):
        LoginForm(Broker([PIN]), Known(lambda name: Secret("12")), action=PATH)


def test_a_code_is_made_anew_for_each_attempt() -> None:
    codes = iter(["1", "2"])
    broker = Broker([PIN, TOTP])
    with visiting(broker, Known(lambda name: None, lambda: Secret(next(codes)))) as visitor:
        visitor.post(pin="1357")
        visitor.post(pin="2468")
        assert visitor.login.result(30) == STATUS
    assert [fields["totp"] for _, fields in broker.asked] == ["1", "2"]


# -- a code that is sent -------------------------------------------------------------------------------------------


def test_a_code_is_requested_sent_again_and_answered() -> None:
    broker = Broker([CLIENT, OTP])
    with visiting(broker) as visitor:
        first = visitor.open()
        assert "Send the code" in first.text
        assert "answer-otp" not in first.text
        second = visitor.post(client_id="A1")
        assert '<p role="status">OTP sent to ******1234</p>' in second.text
        assert "answer-client_id" not in second.text
        assert visitor.open().text == second.text, "a page that is loaded again is the same"
        visitor.post("resend")
        wrong = visitor.post(otp="2222")
        assert "&lt;Invalid&gt; credentials" in wrong.text
        assert "2222" not in wrong.text
        visitor.post(otp="1111")
        assert visitor.login.result(30) == STATUS
    assert [name for name, _ in broker.asked] == ["request_otp", "request_otp", "login", "login"]
    assert broker.asked[-1][1] == {"client_id": "A1", "otp": "1111"}


def test_a_login_in_two_steps_may_be_begun_anew() -> None:
    broker = Broker([CLIENT, OTP])
    with visiting(broker) as visitor:
        visitor.post(client_id="A1")
        assert "answer-client_id" in visitor.post("restart").text
        visitor.post(client_id="B2")
        visitor.post(otp="1111")
        assert visitor.login.result(30) == STATUS
    assert broker.asked[-1][1] == {"client_id": "B2", "otp": "1111"}


def test_a_code_that_the_configuration_can_make_needs_no_second_step() -> None:
    broker = Broker([OTP])
    with visiting(broker, Known(lambda name: None, lambda: Secret("1111"))) as visitor:
        visitor.post()
        assert visitor.login.result(30) == STATUS
    assert [name for name, _ in broker.asked] == ["request_otp", "login"]


def test_a_request_that_is_refused_stays_in_the_first_step() -> None:
    broker = Broker([CLIENT, OTP], failure=AuthenticationError("Unknown client."))
    with visiting(broker) as visitor:
        page = visitor.post(client_id="A1")
        assert "Unknown client." in page.text
        assert attributes(page, "client_id")["value"] == "A1"
        assert "answer-otp" not in visitor.post("resend").text


# -- nobody else ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Host": "attacker.example"},
    ],
)
def test_a_form_of_another_page_is_refused(headers: dict[str, str]) -> None:
    broker = Broker([PIN])
    with visiting(broker) as visitor:
        assert visitor.post(pin="2468", headers=headers).status in (400, 403)
        assert broker.asked == []
        own = {"Origin": f"http://127.0.0.1:{visitor.waiting.receiver.port}", "Sec-Fetch-Site": "same-origin"}
        assert visitor.post(pin="2468", headers=own).status == 200


def test_a_form_without_the_token_is_refused() -> None:
    broker = Broker([PIN])
    with visiting(broker) as visitor:
        assert visitor.post(pin="2468", token="guessed").status == 403
        assert visitor.send(b"form_token=&answer-pin=2468").status == 403
        assert visitor.send(f"form_token={visitor.form.token}&form_token=x&answer-pin=2468".encode()).status == 403
        assert visitor.send(b"answer-pin=2468").status == 400
        assert visitor.send(b"\xff&form_token=x").status == 400
    assert broker.asked == []


def test_answers_in_an_address_are_not_taken() -> None:
    broker = Broker([PIN])
    with visiting(broker) as visitor:
        page = visitor.waiting.send("GET", f"{PATH}?form_token={visitor.form.token}&answer-pin=2468")
        assert page.status == 400
        assert "2468" not in page.text
    assert broker.asked == []


def test_nothing_keeps_the_form_and_it_posts_to_us_alone() -> None:
    with visiting(Broker([CLIENT, PIN, TOTP])) as visitor:
        page = visitor.open()
        assert page.headers["Cache-Control"] == "no-store"
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert f'<form method="post" action="{PATH}" novalidate>' in page.text
        assert not re.search(r"<(script|link|img|iframe|a)\b|https?:|url\(", page.text)
        assert len(page.text) < 6000


def test_two_forms_at_once() -> None:
    arrived: Future[None] = Future()
    finish: Future[None] = Future()

    def hold() -> None:
        arrived.set_result(None)
        finish.result(30)

    broker = Broker([PIN], hold=hold)
    with visiting(broker) as visitor:
        first = visitor.waiting.pool.submit(visitor.post, pin="2468")
        arrived.result(30)
        assert visitor.post(pin="2468").status == 409
        finish.set_result(None)
        assert first.result(30).status == 200
    assert len(broker.asked) == 1


def test_every_form_gives_its_person_as_much_time_again() -> None:
    with visiting(Broker([CLIENT, PIN])) as visitor:
        for _ in range(3):
            visitor.clock.advance(200)
            visitor.post(client_id="A1", pin="12")
        assert not visitor.login.done()
        visitor.clock.advance(300)
        with pytest.raises(AuthenticationError, match="within 300 seconds"):
            visitor.login.result(30)


# -- labels for people and password managers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (CLIENT, ("text", "username", "text")),
        (PIN, ("password", "current-password", "numeric")),
        (TOTP, ("text", "one-time-code", "numeric")),
        (LoginField("password", "Password"), ("password", "current-password", "text")),
        (LoginField("mobile", "Mobile", secret=False, pattern=r"\d{10}"), ("tel", "tel", "tel")),
        (LoginField("mobile", "Mobile, PAN or user id", secret=False), ("text", "username", "text")),
    ],
)
def test_an_input_says_what_belongs_into_it(asked: LoginField, expected: tuple[str, str, str]) -> None:
    with visiting(Broker([asked])) as visitor:
        page = visitor.open()
        found = attributes(page, asked.name)
        assert (found["type"], found["autocomplete"], found["inputmode"]) == expected
        assert f'<label for="answer-{asked.name}">{asked.label}</label>' in page.text
        assert "required" in found


@pytest.fixture(scope="module")
def patient() -> Iterator[Visitor]:
    with visiting(Broker([CLIENT, PIN, OTP], failure=AuthenticationError("No."))) as visitor:
        yield visitor
        assert not visitor.login.done()


texts = st.text(max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    answers=st.lists(st.tuples(st.sampled_from(["answer-client_id", "answer-pin", "step"]) | texts, texts), max_size=6)
)
def test_any_form_is_survived_and_no_secret_comes_back(patient: Visitor, answers: list[tuple[str, str]]) -> None:
    page = patient.send(urlencode([("form_token", patient.form.token), *answers, ("answer-pin", "8-canary")]).encode())
    assert page.status in (200, 400, 403)
    assert "canary" not in page.text
