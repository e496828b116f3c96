from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import click
import pytest

from openalgo_core.clock import IST
from openalgo_core.errors import AuthenticationError, ConfigurationError, UsageError
from openalgo_core.login import open_page, paste_login, web_login
from openalgo_core.models import CallbackAnswer, Settings, Status

STATUS = Status("icici", "default", "AB1234", logged_in=True, expires_at=datetime(2026, 11, 21, tzinfo=IST))
START = "http://127.0.0.1:"


@dataclass
class FakeBroker:
    """Its login page is what the test's browser makes of it."""

    settings: Settings
    name: str = "icici"
    page: str = "https://login.broker.example/login?api_key=canary-key"
    answers: list[CallbackAnswer] = field(default_factory=list)

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
