"""The simulator's login page in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from openalgo_core.secrets import Secret
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import Caller, Form, log_in, simulated, totp

KEY = TEST_ACCOUNT.api_key.reveal()
RIGHT = {"txtuid": TEST_ACCOUNT.user_id, "txtPass": TEST_ACCOUNT.password.reveal(), "chkssTnc": "Y", "AppKey": KEY}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


def post(simulation: Simulation, action: str, **fields: str) -> requests.Response:
    return requests.post(simulation.url + action, data=fields, timeout=5, allow_redirects=False)


def code_form(simulation: Simulation) -> Form:
    """The second form, as it comes after the right password."""
    return Form(post(simulation, "/apiuser/tradelogin/getotp", **RIGHT).text)


class TestTheLoginPage:
    def test_it_asks_for_two_things_and_then_for_a_code(self, simulation: Simulation) -> None:
        first = Form(requests.get(f"{simulation.url}/apiuser/login?api_key={KEY}", timeout=5).text)
        assert (first.action, first.fields) == ("/apiuser/tradelogin/getotp", {
            "AppKey": KEY, "txtuid": "", "txtPass": "", "chkssTnc": "Y",
        })  # fmt: skip
        second = code_form(simulation)
        assert second.action == "/apiuser/tradelogin/validateuser"
        assert set(second.fields) == {"ticket", "hiotp"}

    def test_the_browser_goes_back_by_post_or_by_get_with_the_session_in_the_query(
        self, simulation: Simulation
    ) -> None:
        form = code_form(simulation)
        page = post(simulation, form.action, **form.fields | {"hiotp": totp(simulation)})
        assert page.status_code == 200
        back = Form(page.text)
        assert back.action == back.link
        url = urlsplit(back.action)
        assert url._replace(query="").geturl() == "http://127.0.0.1:5000/icici/callback"
        (api_session,) = parse_qs(url.query)["apisession"]
        assert len(api_session) == 8
        assert api_session.isdecimal()
        assert back.fields == {}, "the form has nothing in it"
        with Caller(simulation) as caller:
            caller.api_session = api_session
            assert caller.customer_details()["Success"]["idirect_userid"] == TEST_ACCOUNT.user_id

    def test_the_registered_url_may_have_a_query(self) -> None:
        account = replace(TEST_ACCOUNT, redirect_url="http://127.0.0.1:9/icici/callback?a=1&b=2")
        with simulated(account=account) as running:
            form = code_form(running)
            page = post(running, form.action, **form.fields | {"hiotp": totp(running)}).text
            assert Form(page).action.startswith("http://127.0.0.1:9/icici/callback?a=1&b=2&apisession=")

    def test_a_key_with_every_awkward_character_arrives_whole(self) -> None:
        awkward = 'a+b=c&d!e% f"<g'
        with simulated(account=replace(TEST_ACCOUNT, api_key=Secret(awkward))) as running:
            assert len(log_in(running, awkward)) == 8
            # As somebody who forgets to encode it would ask.
            page = requests.get(f"{running.url}/apiuser/login?api_key=a+b=c&d!e", timeout=5).text
            assert "Public Key does not exist." in page

    @pytest.mark.parametrize("query", ["", "?api_key=nobodys"])
    def test_an_unknown_key_is_told_on_the_first_page(self, query: str, simulation: Simulation) -> None:
        page = requests.get(f"{simulation.url}/apiuser/login{query}", timeout=5)
        assert page.status_code == 200
        assert "Public Key does not exist." in page.text
        assert Form(page.text).action == ""

    @pytest.mark.parametrize("wrong", [{"txtPass": "guess"}, {"txtuid": "B1"}, {"chkssTnc": ""}, {"txtPass": ""}])
    def test_a_wrong_password_shows_the_form_again(self, wrong: dict[str, str], simulation: Simulation) -> None:
        page = post(simulation, "/apiuser/tradelogin/getotp", **RIGHT | wrong).text
        assert "Invalid user id or password." in page
        assert Form(page).action == "/apiuser/tradelogin/getotp"

    @pytest.mark.parametrize(("steps", "right"), [(-1, True), (1, True), (-2, False), (2, False)])
    def test_a_code_may_be_one_step_off(self, steps: int, right: bool, simulation: Simulation) -> None:
        form = code_form(simulation)
        page = post(simulation, form.action, **form.fields | {"hiotp": totp(simulation, steps)}).text
        assert ("apisession=" in page) is right
        assert ("Invalid OTP." in page) is not right

    def test_the_second_form_is_good_once_and_never_without_the_first(self, simulation: Simulation) -> None:
        form = code_form(simulation)
        answers = form.fields | {"hiotp": totp(simulation)}
        assert "apisession=" in post(simulation, form.action, **answers).text
        for ticket in (answers["ticket"], "made-up"):
            page = post(simulation, form.action, **answers | {"ticket": ticket}).text
            assert "Log in from the beginning." in page
            assert "apisession=" not in page
