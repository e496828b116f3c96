"""What the customer of a simulator types, found as a password manager finds it: by what an input is for."""

from __future__ import annotations

import time

import pyotp
from playwright.sync_api import Locator, Page

from openalgo_core.simulation import TEST_ACCOUNT

__all__ = ["fill_in", "inputs", "wrong"]

_ANSWERS = {
    "client_id": TEST_ACCOUNT.user_id,
    "ucc": TEST_ACCOUNT.user_id,
    "mobile": TEST_ACCOUNT.mobile,
    "pin": TEST_ACCOUNT.pin.reveal(),
    "mpin": TEST_ACCOUNT.pin.reveal(),
    "password": TEST_ACCOUNT.password.reveal(),
    "token": TEST_ACCOUNT.api_secret.reveal(),
}


def inputs(page: Page) -> list[Locator]:
    """What is to be filled in, in the order of the page."""
    return page.locator("form input:not([type=hidden]):not([type=checkbox])").all()


def fill_in(page: Page, *, pin: str = TEST_ACCOUNT.pin.reveal()) -> list[str]:
    """Fill in every input with the right answer, and return what was typed; `pin` is what a broker's page wants."""
    typed = []
    for field in inputs(page):
        name, purpose = field.get_attribute("name") or "", field.get_attribute("autocomplete")
        if purpose == "one-time-code":
            text = _code()
        elif name.startswith("answer-"):
            text = _ANSWERS[name.removeprefix("answer-")]
        else:
            text = pin if purpose == "current-password" else TEST_ACCOUNT.user_id
        field.fill(text)
        typed.append(text)
    return typed


def wrong(answer: str) -> str:
    """Another one of the same form."""
    last = answer[-1]
    return answer[:-1] + (str((int(last) + 1) % 10) if last.isdigit() else "x")


def _code() -> str:
    """One that lives for a few seconds more."""
    left = 30 - time.time() % 30
    if left < 3:
        time.sleep(left)
    return pyotp.TOTP(TEST_ACCOUNT.totp_secret.reveal()).now()
