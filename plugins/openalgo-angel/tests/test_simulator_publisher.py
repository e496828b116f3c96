"""The simulator's login page in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import Caller, simulated, totp


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class Form(HTMLParser):
    """What a page lets a browser send."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "input":
            self.fields[given["name"] or ""] = given.get("value") or ""


class TestThePublisherPage:
    URL = f"/publisher-login?api_key={TEST_ACCOUNT.api_key.reveal()}&state=a%26%22b"

    def _submit(self, simulation: Simulation, caller: Caller, **typed: str) -> requests.Response:
        """Fills in the form as a browser does: what is hidden in it goes along."""
        page = caller.get(self.URL)
        assert page.status_code == 200
        form = Form()
        form.feed(page.text)
        account = TEST_ACCOUNT
        entered = {"clientcode": account.user_id, "password": account.pin.reveal(), "totp": totp(simulation)}
        assert form.tags.isdisjoint({"script", "img", "link"})
        assert form.fields.keys() - entered.keys() == {"api_key", "state"}
        return caller.send("POST", "/publisher-login", urlencode(form.fields | entered | typed))

    def test_logging_in_comes_back_with_the_tokens_and_the_state(self, simulation: Simulation, caller: Caller) -> None:
        answer = self._submit(simulation, caller)
        assert answer.status_code == 302
        url = urlsplit(answer.headers["Location"])
        assert url.geturl().startswith("http://127.0.0.1:5000/angel/callback?")
        given_back = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert set(given_back) == {"auth_token", "feed_token", "refresh_token", "state"}
        assert given_back["state"] == 'a&"b'
        caller.headers["Authorization"] = f"Bearer {given_back['auth_token']}"
        assert caller.get("user/v1/getProfile").json()["data"]["clientcode"] == TEST_ACCOUNT.user_id

    def test_a_wrong_code_shows_the_form_again(self, simulation: Simulation, caller: Caller) -> None:
        answer = self._submit(simulation, caller, totp="000000")
        assert answer.status_code == 200
        assert "Invalid totp" in answer.text
        assert 'value="a&amp;&quot;b"' in answer.text

    @pytest.mark.parametrize(
        "query", ["", "?api_key=nobodys", "?api_key=TESTKEY1&redirect_url=http://127.0.0.1:9/elsewhere"]
    )
    def test_an_app_that_is_not_registered_gets_403(self, query: str, caller: Caller) -> None:
        assert caller.get(f"/publisher-login{query}").status_code == 403
