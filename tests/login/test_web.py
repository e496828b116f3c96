from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import click
import pytest
from makers import broker_info

from openalgo_core.capabilities import Capability, Support
from openalgo_core.clock import IST
from openalgo_core.config import Environment
from openalgo_core.errors import AuthenticationError, ConfigurationError, NotSupported, UsageError
from openalgo_core.login import open_page, paste_login, web_login
from openalgo_core.models import BrokerInfo, CallbackAnswer, Challenge, LoginField, Settings, Status
from openalgo_core.secrets import Secret

STATUS = Status("icici", "default", "AB1234", logged_in=True, expires_at=datetime(2026, 11, 21, tzinfo=IST))
START = "http://127.0.0.1:"


@dataclass
class FakeBroker:
    """Its login page is what the test's browser makes of it."""

    settings: Settings
    name: str = "icici"
    page: str = "https://login.broker.example/login?api_key=canary-key"
    answers: list[CallbackAnswer] = field(default_factory=list)
    fields: tuple[LoginField, ...] = ()
    capabilities: tuple[Capability, ...] = (Capability.WEB_LOGIN,)
    office: Any = None

    @property
    def info(self) -> BrokerInfo:
        return broker_info(capabilities=dict.fromkeys(self.capabilities, Support.FULL))

    def login_fields(self) -> tuple[LoginField, ...]:
        return self.fields

    def request_otp(self, fields: Mapping[str, Secret]) -> Challenge:
        raise AssertionError("nobody asked for a code")

    def login(self, fields: Mapping[str, Secret]) -> Status:
        return STATUS

    def login_url(self, state: str) -> str:
        return f"{self.page}&state={state}"

    def complete_web_login(self, answer: CallbackAnswer, state: str) -> Status:
        self.answers.append(answer)
        if answer.one("state") != state:
            raise AuthenticationError("The state is another one.")
        return STATUS


@pytest.fixture
def broker(unused_port: int) -> FakeBroker:
    return FakeBroker(Settings(redirect_url=f"http://127.0.0.1:{unused_port}/icici/callback"))


def browser(broker: FakeBroker) -> Callable[[str], bool]:
    """Goes where the address it is given leads, logs in there, and comes back, as a browser does: by itself."""

    def visit(login_url: str) -> None:
        state = parse_qs(urlsplit(login_url).query)["state"][0]
        with urlopen(f"{broker.settings.redirect_url}?apisession=1&state={state}") as page:
            page.read()

    def follow(url: str) -> bool:
        threading.Thread(target=lambda: visit(_redirect_of(url))).start()
        return True

    return follow


def _redirect_of(url: str) -> str:
    import http.client

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path)
    location = connection.getresponse().headers["Location"]
    connection.close()
    return str(location)


def test_through_the_browser_and_back(broker: FakeBroker) -> None:
    said: list[str] = []
    assert web_login(broker, say=said.append, opener=browser(broker)) == STATUS
    assert broker.answers[0].one("apisession") == "1"
    assert "login.broker.example" in said[0]
    assert "canary-key" not in said[0]


def test_without_a_browser_the_address_is_told(broker: FakeBroker) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        url = text.rpartition(" ")[2]
        threading.Thread(target=lambda: _come_back(broker, url)).start()

    def no_browser(url: str) -> bool:
        raise AssertionError("--no-browser opens none")

    assert web_login(broker, open_browser=False, say=say, opener=no_browser) == STATUS
    assert said[0].startswith("Log in at: https://login.broker.example/login?api_key=canary-key&state=")


def _come_back(broker: FakeBroker, login_url: str) -> None:
    state = parse_qs(urlsplit(login_url).query)["state"][0]
    with urlopen(f"{broker.settings.redirect_url}?state={state}") as page:
        page.read()


def test_where_no_browser_can_be_opened_the_address_is_told(broker: FakeBroker) -> None:
    said: list[str] = []
    with pytest.raises(AuthenticationError):
        web_login(broker, say=said.append, opener=lambda url: False, seconds=0)
    assert said[0].startswith("Log in at: https://login.broker.example/")


def test_every_login_has_a_state_of_its_own(broker: FakeBroker) -> None:
    said: list[str] = []
    for _ in range(2):
        with pytest.raises(AuthenticationError):
            web_login(broker, open_browser=False, say=said.append, seconds=0)
    states = [parse_qs(urlsplit(text.rpartition(" ")[2]).query)["state"][0] for text in said]
    assert states[0] != states[1]
    assert min(map(len, states)) >= 32


def test_messages_go_to_standard_error(broker: FakeBroker, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AuthenticationError):
        web_login(broker, open_browser=False, seconds=0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Log in at: ")


def test_without_a_redirect_url_nothing_is_opened() -> None:
    with pytest.raises(ConfigurationError, match="REDIRECT_URL"):
        web_login(FakeBroker(Settings()), opener=lambda url: pytest.fail("opened"))


# -- without a page of the broker's --------------------------------------------------------------------------------


def formal(broker: FakeBroker, *capabilities: Capability) -> FakeBroker:
    """With a field to fill in, and nothing configured."""
    broker.fields, broker.capabilities = (LoginField("pin", "PIN"),), capabilities
    broker.office = SimpleNamespace(environment=Environment("icici", "default", broker.settings, "environment"))
    return broker


def test_a_broker_without_a_page_has_a_form_at_its_redirect_url(broker: FakeBroker) -> None:
    said: list[str] = []
    opened: list[str] = []

    def opener(url: str) -> bool:
        opened.append(url)
        return True

    with pytest.raises(AuthenticationError):
        web_login(formal(broker), say=said.append, opener=opener, seconds=0)
    assert opened == [broker.settings.redirect_url]
    assert said == [f"Log in in your browser; if none opens: {broker.settings.redirect_url}"]


def test_a_form_needs_no_redirect_url_registered(unused_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openalgo_core.login.web._DEFAULT_PORT", unused_port)
    said: list[str] = []
    with pytest.raises(AuthenticationError):
        web_login(formal(FakeBroker(Settings())), open_browser=False, say=said.append, seconds=0)
    assert said == [f"Log in at: http://127.0.0.1:{unused_port}/icici/callback"]


def test_a_broker_with_both_opens_its_page_and_shows_the_form_by_hand(broker: FakeBroker) -> None:
    seen: list[str] = []

    def say(text: str) -> None:
        threading.Thread(target=look).start()

    def look() -> None:
        with urlopen(broker.settings.redirect_url or "") as page:
            seen.append(page.read().decode())
        _come_back(broker, f"https://x/?state={states[0]}")

    states: list[str] = []

    def noting(state: str) -> str:
        states.append(state)
        return login_url(state)

    formal(broker, Capability.WEB_LOGIN)
    login_url = broker.login_url
    broker.login_url = noting  # type: ignore[method-assign]  # the state is told to nobody else
    assert web_login(broker, open_browser=False, say=say) == STATUS
    assert "PIN" in seen[0]
    assert states[0] not in seen[0]


def test_a_broker_that_knows_no_login_has_nothing_to_open(broker: FakeBroker) -> None:
    broker.capabilities = ()
    with pytest.raises(NotSupported):
        web_login(broker, opener=lambda url: pytest.fail("opened"))


# -- pasting -------------------------------------------------------------------------------------------------------


def test_pasting(broker: FakeBroker) -> None:
    said: list[str] = []

    def ask() -> str:
        state = parse_qs(urlsplit(said[0].rpartition(" ")[2]).query)["state"][0]
        return f"{broker.settings.redirect_url}?apisession=1&state={state}"

    assert paste_login(broker, ask=ask, say=said.append) == STATUS


def test_pasting_something_else(broker: FakeBroker) -> None:
    with pytest.raises(UsageError):
        paste_login(broker, ask=lambda: "canary", say=lambda text: None)
    assert broker.answers == []


def test_what_is_pasted_is_not_echoed(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def prompt(text: str, **options: object) -> str:
        asked.update(options)
        raise click.Abort

    monkeypatch.setattr(click, "prompt", prompt)
    with pytest.raises(click.Abort):
        paste_login(broker, say=lambda text: None)
    assert asked == {"hide_input": True, "err": True}


# -- the browser ---------------------------------------------------------------------------------------------------


def test_a_browser_that_stays_in_front_does_not_hold_us_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    opened = threading.Event()
    finish = threading.Event()

    class Slow:
        def open(self, url: str) -> bool:
            opened.set()
            return finish.wait(30)

    monkeypatch.setattr("webbrowser.get", lambda: Slow())
    assert open_page("http://127.0.0.1/")
    assert opened.wait(30)
    finish.set()


def test_no_browser_and_browsers_without_a_window_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    import webbrowser

    def none() -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr("webbrowser.get", none)
    assert not open_page("http://127.0.0.1/")
    monkeypatch.setattr("webbrowser.get", lambda: webbrowser.GenericBrowser("lynx"))
    assert not open_page("http://127.0.0.1/")
