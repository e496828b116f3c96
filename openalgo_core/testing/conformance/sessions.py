"""200: logging in, staying logged in, and what happens when a session ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from ...capabilities import Capability, Support
from ...errors import AuthenticationError, ConfigurationError, LoginRequired
from ...login import unattended
from ...models import Session
from ...plugins.broker import Broker
from ...secrets import Secret
from ..bench import log_in
from .base import Group
from .cases import Variant, a_wire, case
from .outcomes import error_of
from .stand import Stand, expect, stand_of

__all__ = ["Sessions"]

_LOGIN, _WEB = Capability.LOGIN, Capability.WEB_LOGIN
_STATE = "a-one-time-text-of-the-suite"
#: What every command that needs a session ends up in.
_USES: dict[str, Callable[[Stand, Broker], object]] = {
    "funds": lambda stand, broker: broker.funds(),
    "orders": lambda stand, broker: broker.orders(),
    "cancel": lambda stand, broker: broker.cancel_order("1"),
    "place": lambda stand, broker: broker.place_order(str(stand.sample()), "BUY", stand.sample().lot_size, price=100),
}


class Sessions(Group):
    @case(
        given="the credentials of the test account",
        when="they are used to log in",
        then="the account is logged in under its user id, until the time that is declared",
        page="docs/hooks.md#authenticate",
        needs=[a_wire],
    )
    def test_200_a_login_opens_a_session(self, fresh: Stand) -> None:
        status = fresh.broker.status()
        expect(status.logged_in and status.user_id, f"the status is {status}", "logged in, with a user id")
        rule, expires, now = fresh.info.session, status.expires_at, fresh.clock.now()
        assert expires is not None
        longest = rule.lifetime or timedelta(days=1)
        expect(now < expires <= now + longest, f"it ends at {expires}", f"within {longest} from {now}")
        if rule.dies_at is not None:
            expect(
                expires.time() <= rule.dies_at or expires.time() > now.time(), f"it ends at {expires}", "as declared"
            )

    @case(
        given="what a login asks for",
        when="it is read",
        then="names are unique, patterns compile, and what is secret is declared so",
        page="docs/hooks.md#login_fields",
        needs=[_LOGIN],
    )
    def test_203_login_fields_are_well_formed(self, stand: Stand) -> None:
        fields = stand.broker.login_fields()
        names = [field.name for field in fields]
        expect(len(set(names)) == len(names), f"fields are {names}", "each name once")
        for field in fields:
            re.compile(field.pattern or "")
            expect(field.label, f"{field.name} has no label", "words for people")
            variable = field.environment
            expect(not variable or variable.startswith("BROKER_"), f"the variable is {variable}", "BROKER_…")
            open_words = ("mobile", "client", "user", "ucc")
            expect(
                field.secret or any(word in field.name for word in open_words), f"{field.name} is shown", "secret=True"
            )

    @case(
        given="one answer that is wrong, each in turn",
        when="it is used to log in",
        then="that is refused (exit 4) with the broker's text, and nobody is logged in",
        page="docs/errors.md",
        needs=[_LOGIN, a_wire],
    )
    def test_206_a_wrong_answer_is_refused_with_a_reason(self, stand: Stand) -> None:
        asked = [field.name for field in stand.broker.login_fields() if not field.optional]
        for name in asked:
            with stand_of(self.broker, logged_in=False) as new:
                error = error_of(lambda: _log_in_with(new.broker, wrong=name))  # noqa: B023 - used at once
                expect(isinstance(error, AuthenticationError), f"a wrong {name} gave {error!r}", "AuthenticationError")
                expect(error and error.message, "there is no text", "the broker's own")
                expect(not new.broker.status().logged_in, f"after a wrong {name} one is logged in", "logged out")
                new.waiting_faults()
                new.simulator.setup.surprises.clear()  # a stranger is a surprise to some simulators

    @case(
        given="an API key and secret that nobody has",
        when="they are used to log in",
        then="that is refused (exit 4), and nobody is logged in",
        page="docs/errors.md",
        needs=[a_wire],
    )
    def test_209_a_wrong_key_is_refused(self) -> None:
        with stand_of(self.broker, logged_in=False) as new:
            wrong = {"BROKER_API_KEY": "WRONGKEY", "BROKER_API_SECRET": "wrong-api-secret"}
            with new.another(variables=wrong) as broker:
                error = error_of(lambda: (log_in(broker), broker.funds()))
                expect(isinstance(error, AuthenticationError), f"it gave {error!r}", "AuthenticationError (exit 4)")
                expect(not broker.status().logged_in, "one is logged in", "logged out")
            new.simulator.setup.surprises.clear()

    @case(
        given="a configuration without an API key and secret",
        when="a login is tried, with made-up answers to what is asked",
        then="it is refused: by us before any request, naming the variable (exit 3), or by the broker (exit 4)",
        page="docs/configuration.md",
        needs=[a_wire],
    )
    def test_212_a_missing_credential_is_named(self) -> None:
        with stand_of(self.broker, logged_in=False) as new:
            nothing = dict.fromkeys(("BROKER_API_KEY", "BROKER_API_SECRET", "BROKER_TOTP_SECRET"), "")
            with new.another(variables=nothing) as broker:
                seen = new.seen()
                error = error_of(lambda: _log_in_blindly(broker))
                expect(isinstance(error, ConfigurationError | AuthenticationError), f"it gave {error!r}", "exit 3 or 4")
                expect(not broker.status().logged_in, "one is logged in", "logged out")
                if isinstance(error, ConfigurationError):
                    text = f"{error.message} {error.hint}"
                    expect("BROKER_" in text, f"the text is {text}", "the variable's name in it")
                    expect(new.seen() == seen, "requests were made", "none")

    @case(
        given="a session that was opened in one process",
        when="another process of the same home uses it",
        then="it works without another login",
        page="docs/configuration.md",
        needs=[a_wire],
    )
    def test_215_a_session_is_shared_by_processes(self, stand: Stand) -> None:
        with stand.another() as second:
            here, there = stand.broker.status(), second.status()
            expect(here == there, f"the other process says {there}", f"{here}")
            made = stand.requests(second.funds)
            usual = stand.requests(stand.broker.funds)
        expect(made == usual, f"the other process made the requests {made}", f"{usual}")

    @case(
        given="an account that was logged out",
        when="something is asked for that needs a session",
        then="a login is asked for (exit 4) before any request, in this process and in another",
        page="docs/cli.md",
        needs=[a_wire],
        each=lambda info: (Variant(word, use) for word, use in _USES.items()),
    )
    def test_220_after_a_logout_nothing_is_sent(self, fresh: Stand, variant: Variant) -> None:
        fresh.sample()
        status = fresh.broker.logout()
        expect(not status.logged_in and not fresh.broker.status().logged_in, f"the status is {status}", "logged out")
        with fresh.another() as second:
            for broker in (fresh.broker, second):
                seen = fresh.seen()
                error = error_of(lambda: variant.value(fresh, broker))  # noqa: B023 - used at once
                expect(isinstance(error, LoginRequired), f"it gave {error!r}", "LoginRequired (exit 4)")
                expect("login" in str(error and error.hint), f"the hint is {error and error.hint!r}", "the command")
                expect(fresh.seen() == seen, "requests were made", "none: who logged out wants no login by itself")

    @case(
        given="an account that was logged out",
        when="one logs in again",
        then="everything works again",
        page="docs/cli.md",
        needs=[a_wire],
    )
    def test_223_after_a_logout_one_can_log_in_again(self, fresh: Stand) -> None:
        fresh.broker.logout()
        log_in(fresh.broker)
        expect(fresh.broker.status().logged_in, "one is logged out", "logged in")
        fresh.place()

    @case(
        given="a broker that forgets a session when asked to",
        when="the account is logged out",
        then="the old session is dead at the broker too",
        page="docs/hooks.md#logout",
        needs=[Capability.LOGOUT, Capability.FUNDS, a_wire],
    )
    def test_226_a_logout_reaches_the_broker(self, fresh: Stand) -> None:
        session = fresh.broker.office.keeper.account().session
        fresh.broker.logout()
        error = error_of(lambda: fresh.call_with(session, "funds"))
        if fresh.info.support(Capability.LOGOUT) is not Support.PARTIAL:
            expect(isinstance(error, LoginRequired), f"the old session gave {error!r}", "SessionExpired")

    @case(
        given="a session whose time is over by the clock",
        when="it would be used",
        then="it is renewed by itself, or a login is asked for (exit 4) before any request",
        page="docs/hooks.md#authenticate",
        needs=[a_wire],
    )
    def test_230_a_dead_session_is_never_used(self, fresh: Stand) -> None:
        status = fresh.broker.status()
        assert status.expires_at is not None
        fresh.clock.sleep((status.expires_at - fresh.clock.now()).total_seconds() + 1)
        expect(not fresh.broker.status().logged_in, "one is still logged in", "logged out: the time is over")
        seen = fresh.seen()
        error = error_of(fresh.broker.funds)
        if error is not None:
            expect(isinstance(error, LoginRequired), f"it gave {error!r}", "LoginRequired (exit 4)")
            expect(fresh.seen() == seen, "requests were made with a dead session", "none")
        else:
            renewed = fresh.broker.status()
            expect(renewed.logged_in, f"it works, and the status is {renewed}", "a session that was renewed")

    @case(
        given="a session that the broker ends early",
        when="it is used",
        then="a login is asked for (exit 4), and the dead session is not used again",
        page="docs/errors.md",
        needs=[Capability.FUNDS, a_wire],
    )
    def test_233_the_brokers_end_of_a_session_is_understood(self, fresh: Stand) -> None:
        (request, *_) = fresh.requests(fresh.broker.funds)
        session = fresh.broker.office.keeper.account().session
        fresh.fault(f"broker=expired@{request}")
        error = error_of(fresh.broker.funds)
        expect(isinstance(error, LoginRequired), f"it gave {error!r}", "SessionExpired (exit 4)")
        expect(not fresh.broker.status().logged_in, "one is logged in", "logged out")
        again = error_of(fresh.broker.funds)
        expect(again is None or isinstance(again, LoginRequired), f"then it gave {again!r}", "funds, or exit 4")
        if again is None:
            now = fresh.broker.office.keeper.account().session
            expect(now != session, "the same session is used again", "a new one")

    @case(
        given="a broker whose sessions can be refreshed",
        when="one is",
        then="a new session of the same user comes back, and works",
        page="docs/hooks.md#refresh_session",
        needs=[Capability.REFRESH_SESSION, Capability.FUNDS, a_wire],
    )
    def test_236_a_refreshed_session_works(self, fresh: Stand) -> None:
        old = fresh.broker.office.keeper.account().session
        new: Session = fresh.call("refresh_session")
        expect(old is not None and new.user_id == old.user_id, f"it is that of {new.user_id}", f"{old and old.user_id}")
        expect(new.expires_at > fresh.clock.now(), f"it ends at {new.expires_at}", "later than now")
        fresh.call_with(new, "funds")

    @case(
        given="a broker that sends a code",
        when="it is asked for in one process and answered in another",
        then="the login works; a wrong code is refused (exit 4)",
        page="docs/hooks.md#request_otp",
        needs=[Capability.REQUEST_OTP, a_wire],
    )
    def test_240_a_code_may_be_answered_by_another_process(self) -> None:
        for wrong in (True, False):
            with stand_of(self.broker, logged_in=False) as new, new.another() as second:
                fields = new.broker.login_fields()
                late = [field.name for field in fields if field.after_request]
                if not late:  # its usual way to log in needs none
                    expect(new.info.support(Capability.REQUEST_OTP) is Support.PARTIAL, "no code is asked for", "one")
                    return
                answers = _answers(new.broker)
                new.broker.request_otp({name: text for name, text in answers.items() if name not in late})
                if wrong:
                    answers[late[0]] = _other(answers[late[0]])
                error = error_of(lambda: second.login(answers))  # noqa: B023 - used at once
                fits = isinstance(error, AuthenticationError) if wrong else error is None
                expect(fits, f"a {'wrong' if wrong else 'right'} code gave {error!r}", "exit 4" if wrong else "a login")

    @case(
        given="two profiles of one home",
        when="one is logged in",
        then="the other is not",
        page="docs/configuration.md",
        needs=[a_wire],
    )
    def test_260_profiles_keep_their_own_sessions(self, stand: Stand) -> None:
        with stand.another(profile="second") as second:
            status = second.status()
        expect(not status.logged_in, f"the second profile is {status}", "logged out")
        expect(stand.broker.status().logged_in, "the first one is logged out", "logged in")


def _answers(broker: Broker) -> dict[str, Secret]:
    answers = unattended(broker.office, broker.login_fields())
    assert answers is not None, "the test account does not answer every question of the login"
    return dict(answers)


def _log_in_with(broker: Broker, *, wrong: str) -> None:
    """With the answers that are needed, one of them wrong: a broker may help itself with optional ones."""
    needed = [field.name for field in broker.login_fields() if not field.optional]
    answers = {name: text for name, text in _answers(broker).items() if name in needed}
    answers[wrong] = _other(answers[wrong])
    late = [field.name for field in broker.login_fields() if field.after_request]
    if late:
        broker.request_otp({name: text for name, text in answers.items() if name not in late})
    broker.login(answers)


def _log_in_blindly(broker: Broker) -> None:
    """As the command does, with an answer to every question from somebody who knows them."""
    fields = broker.login_fields()
    if not fields:
        broker.login_url(_STATE)
        return
    answers = {field.name: Secret("123456") for field in fields}
    if any(field.after_request for field in fields):
        broker.request_otp(answers)
    broker.login(answers)


def _other(text: Secret) -> Secret:
    """As long and of the same kind, and wrong."""
    clear = text.reveal()
    last = clear[-1]
    changed = str((int(last) + 5) % 10) if last.isdigit() else ("A" if last != "A" else "B")
    return Secret(clear[:-1] + changed)
