"""250: logging in on the broker's own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from ...capabilities import Capability
from ...demo.browser import visit
from ...errors import AuthenticationError
from ...models import CallbackAnswer
from .base import Group
from .cases import Variant, a_wire, case
from .outcomes import error_of
from .stand import Stand, expect, stand_of

__all__ = ["Pages"]

_WEB = Capability.WEB_LOGIN
_STATE = "a-one-time-text-of-the-suite"


class Pages(Group):
    @case(
        given="a broker with a login page",
        when="its address is asked for",
        then="it is on a host that is declared, and no request is made",
        page="docs/hooks.md#login_url",
        needs=[_WEB, a_wire],
    )
    def test_250_the_login_page_is_the_brokers(self, stand: Stand) -> None:
        seen = stand.seen()
        url: str = stand.call_with(None, "login_url", state=_STATE)
        host = urlsplit(url).hostname or ""
        known = any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in stand.info.hosts)
        expect(known and url.startswith("https://"), f"the page is on {host}", f"https, one of {stand.info.hosts}")
        expect(stand.seen() == seen, "requests were made", "none")

    @case(
        given="at the redirect nothing, or everything twice, or the state of another login",
        when="it is taken for a login",
        then="that is refused (exit 4), and nobody is logged in",
        page="docs/hooks.md#handle_callback",
        needs=[_WEB, a_wire],
        each=lambda info: (Variant(word, word) for word in ("nothing", "twice", "another state")),
    )
    def test_253_other_answers_at_the_redirect_are_refused(self, variant: Variant) -> None:
        with stand_of(self.broker, logged_in=False) as new:
            good = _on_the_page(new)
            parameters = _spoilt(good.parameters, variant.value)
            returned = any(_STATE in values for values in good.parameters.values())
            if variant.value == "another state" and not returned:
                return  # this broker returns no state: there is nothing to compare
            answer = CallbackAnswer(good.method, parameters)
            error = error_of(lambda: new.broker.complete_web_login(answer, _STATE))
            expect(isinstance(error, AuthenticationError), f"it gave {error!r}", "AuthenticationError (exit 4)")
            expect(not new.broker.status().logged_in, "one is logged in", "logged out")

    @case(
        given="a good answer at the redirect",
        when="it is taken for a login",
        then="the account is logged in and can trade",
        page="docs/hooks.md#handle_callback",
        needs=[_WEB, a_wire],
    )
    def test_256_a_login_on_the_page_opens_a_session(self) -> None:
        with stand_of(self.broker, logged_in=False) as new:
            answer = _on_the_page(new)
            status = new.broker.complete_web_login(answer, _STATE)
            expect(status.logged_in, f"the status is {status}", "logged in")
            new.broker.funds()


def _on_the_page(stand: Stand) -> CallbackAnswer:
    """What the browser brings back for the test account; a page may want the PIN where others want a password."""
    url, settings = stand.broker.login_url(_STATE), stand.broker.settings
    try:
        return visit(url, settings, stand.clock)
    except AuthenticationError:
        return visit(url, replace(settings, password=None), stand.clock)


def _spoilt(parameters: Mapping[str, Sequence[str]], how: str) -> dict[str, list[str]]:
    given = {name: list(values) for name, values in parameters.items()}
    if how == "nothing":
        return {}
    if how == "twice":
        return {name: values * 2 for name, values in given.items()}
    return {name: ["another" if value == _STATE else value for value in values] for name, values in given.items()}
