"""Each broker's form at REDIRECT_URL: right and wrong answers, by keyboard, without scripts, on a phone, in the dark.

What a login field asks for is configured nowhere: the form has to ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no marker
from playwright.sync_api import Page, expect

from openalgo_core.plugins.discovery import discover
from openalgo_core.simulation import TEST_ACCOUNT

from .conftest import Desk, WebLogin, login_fields
from .people import fill_in, inputs, wrong

BROKERS = sorted(
    found.name
    for found in discover()
    if found.group == "openalgo.brokers" and found.name != "paper" and login_fields(found.name)
)


def send(page: Page) -> None:
    """The button that Enter presses, too; until the next page is there as a whole."""
    with page.expect_navigation():
        page.get_by_role("button").first.click()


def press_enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def to_last_step(page: Page) -> None:
    """Past the request of a code, where there is one."""
    if page.get_by_role("button", name="Send the code").count():
        fill_in(page)
        send(page)
        expect(page.get_by_role("status")).to_be_visible()


@pytest.mark.parametrize("broker", BROKERS)
def test_wrong_then_right_answers_without_scripts(
    web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str
) -> None:
    login = web_login(broker)
    person = desk(java_script_enabled=False)
    page = person.page
    page.goto(login.redirect)
    person.picture(f"{broker}-form")
    to_last_step(page)
    typed = fill_in(page)
    mistaken = wrong(typed[-1])
    inputs(page)[-1].fill(mistaken)
    person.picture(f"{broker}-form-filled")
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.title().startswith("Error: ")
    assert mistaken not in page.content()
    person.picture(f"{broker}-form-refused")
    login.minutes_later()
    typed += fill_in(page)
    send(page)
    expect(page.get_by_role("heading")).to_have_text(re.compile("You are logged in to"))
    person.picture(f"{broker}-form-logged-in")
    status = login.result()
    assert (status["broker"], status["logged_in"]) == (broker, True)
    assert status["user_id"] in (TEST_ACCOUNT.user_id, TEST_ACCOUNT.api_key.reveal())  # kotak calls the name a key
    assert login.works()
    assert [url for url in person.addresses for text in (*typed, mistaken) if len(text) > 3 and text in url] == []


@pytest.mark.parametrize("broker", BROKERS)
def test_by_keyboard_alone(web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str) -> None:
    login = web_login(broker)
    page = desk().page
    page.goto(login.redirect)
    if not inputs(page):
        page.keyboard.press("Tab")
        press_enter(page)
        expect(page.get_by_role("status")).to_be_visible()
    expect(inputs(page)[0]).to_be_focused()
    press_enter(page)
    expect(inputs(page)[0]).to_be_focused()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    for field in inputs(page):
        described = (field.get_attribute("aria-describedby") or "").split()
        assert all(page.locator(f"#{note}").count() == 1 for note in described)
    answers = fill_in(page)
    inputs(page)[0].focus()
    for answer in answers:
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type(answer)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button").first).to_be_focused()
    press_enter(page)
    expect(page.get_by_role("heading")).to_have_text(re.compile("You are logged in to"))
    assert login.result()["logged_in"]


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_readable_by_everybody(
    web_login: Callable[[str], WebLogin], desk: Callable[..., Desk], broker: str, scheme: str, width: int
) -> None:
    """No finding of axe-core (WCAG 2.2 AA and best practices), and nothing to scroll sideways for, in each state."""
    login = web_login(broker)
    person = desk(color_scheme=scheme, viewport={"width": width, "height": 640}, bypass_csp=True)
    page = person.page
    page.goto(login.redirect)

    def look(state: str) -> None:
        person.picture(f"{broker}-{state}-{scheme}-{width}")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    look("asked")
    to_last_step(page)
    look("last-step")
    inputs(page)[-1].fill("?")
    send(page)
    look("does-not-fit")
    fill_in(page)
    inputs(page)[-1].fill(wrong(inputs(page)[-1].input_value()))
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    look("refused")
    login.minutes_later()
    fill_in(page)
    send(page)
    expect(page.get_by_role("heading")).to_have_text(re.compile("You are logged in to"))
    look("done")
