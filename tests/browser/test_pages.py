"""Brokers with a login page of their own: there, back to REDIRECT_URL, and logged in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from openalgo_core.capabilities import Capability
from openalgo_core.plugins.discovery import discover
from openalgo_core.plugins.loading import load_broker
from openalgo_core.simulation import TEST_ACCOUNT

from .conftest import REBOUND, Desk, WebLogin
from .people import fill_in, inputs, wrong

BROKERS = sorted(
    found.name
    for found in discover()
    if found.group == "openalgo.brokers" and load_broker(found).info.support(Capability.WEB_LOGIN).available
)
#: What the broker's own page asks for beside a name and a code.
SECRETS = {"angel": TEST_ACCOUNT.pin, "icici": TEST_ACCOUNT.password}


#: More forms than any of those pages has.
STEPS = 4


def log_in_at_broker(page: Page, broker: str) -> None:
    """All the forms of the broker's page, until the browser is back."""
    for _ in range(STEPS):
        if not inputs(page):
            break
        fill_in(page, pin=SECRETS[broker].reveal())
        with page.expect_navigation():
            page.get_by_role("button").click()


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_through_the_brokers_page_to_a_session(
    web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str, scripts: bool
) -> None:
    login = web_login(broker)
    person = desk(java_script_enabled=scripts)
    person.page.goto(login.address)
    person.picture(f"{broker}-page")
    log_in_at_broker(person.page, broker)
    if not scripts and person.page.get_by_role("button", name="Continue").count():
        person.page.get_by_role("button", name="Continue").click()  # what a script does there otherwise
    expect(person.page.get_by_role("heading")).to_have_text(re.compile("You are logged in to"))
    person.picture(f"{broker}-logged-in-{'scripts' if scripts else 'no-scripts'}")
    status = login.result()
    assert (status["broker"], status["user_id"], status["logged_in"]) == (broker, TEST_ACCOUNT.user_id, True)
    assert login.works()
    secret = SECRETS[broker].reveal()
    assert [url for url in person.addresses if secret in url] == []


@pytest.mark.parametrize("broker", BROKERS)
def test_a_wrong_answer_stays_on_the_brokers_page(
    web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str
) -> None:
    login = web_login(broker)
    person = desk()
    person.page.goto(login.address)
    fill_in(person.page, pin=wrong(SECRETS[broker].reveal()))
    person.page.get_by_role("button").click()
    expect(person.page.get_by_text(re.compile("[Ii]nvalid"))).to_be_visible()
    assert login.process.poll() is None
    log_in_at_broker(person.page, broker)
    expect(person.page.get_by_role("heading")).to_have_text(re.compile("You are logged in to"))
    assert login.result()["logged_in"]


@pytest.mark.parametrize("broker", BROKERS)
def test_redirect_url_opened_by_hand_is_alive(
    web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str
) -> None:
    login = web_login(broker)
    person = desk(java_script_enabled=False)
    answer = person.page.goto(login.redirect)
    assert answer is not None and answer.status == 200
    person.picture(f"{broker}-by-hand")
    assert person.page.title()


@pytest.mark.parametrize("broker", BROKERS)
def test_attackers_get_nothing_and_the_login_survives_them(
    web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str
) -> None:
    """As a browser really sends it: another site's form and fetch, and a name that was pointed at this machine."""
    login = web_login(broker)
    person = desk()
    fields = "".join(f'<input name="{name}" value="canary">' for name in ("apisession", "auth_token", "form_token"))
    attack = f'<form method="post" action="{login.redirect}">{fields}<button>Win</button></form>'
    person.context.route(
        "http://attacker.example/*", lambda route: route.fulfill(body=attack, content_type="text/html")
    )
    person.page.goto("http://attacker.example/")
    read = "url => fetch(url).then(answer => answer.text(), () => 'nothing')"
    assert person.page.evaluate(read, login.redirect) == "nothing"
    person.page.get_by_role("button").click()
    expect(person.page.get_by_role("heading")).to_have_text("This did not come from the login page")
    person.picture(f"{broker}-attacked")
    rebound = login.redirect.replace("127.0.0.1", REBOUND)
    answer = person.page.goto(f"{rebound}?apisession=canary&auth_token=canary")
    assert answer is not None and answer.status == 400
    assert login.process.poll() is None
    person.page.goto(login.address)
    log_in_at_broker(person.page, broker)
    expect(person.page.get_by_role("heading")).to_have_text(re.compile("You are logged in to"))
    assert login.result()["logged_in"]
