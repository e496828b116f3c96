"""Sessions as a small state machine on the IST clock: none, alive, dead; renewed where that needs nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from ..capabilities import Capability
from ..errors import ConfigurationError, LoginRequired, NotSupported, OpenAlgoError

if TYPE_CHECKING:
    from ..clock import Clock
    from ..models.account import Account
    from ..models.broker import BrokerInfo
    from ..models.login import CallbackAnswer, Challenge, LoginField, Status
    from ..models.session import Session
    from ..secrets import Secret
    from ..store.sessions import SessionStore
    from .relay import Relay

__all__ = ["SessionKeeper"]


class SessionKeeper:
    """Keeps the session of one broker and profile.

    `account_with` makes the account that a hook receives, with the given session. `unattended` answers the login
    fields from the configuration alone, or returns `None` where something is missing.
    """

    def __init__(
        self,
        *,
        info: BrokerInfo,
        profile: str,
        base_url: str | None,
        relay: Relay,
        store: Callable[[], SessionStore],
        clock: Clock,
        account_with: Callable[[Session | None], Account],
        unattended: Callable[[Sequence[LoginField]], Mapping[str, Secret] | None],
    ) -> None:
        self._info = info
        self._profile = profile
        self._place = (info.name, profile, base_url)
        self._relay = relay
        self._open_store = store
        self._clock = clock
        self._account_with = account_with
        self._unattended = unattended
        self._session: Session | None = None

    @cached_property
    def needed(self) -> bool:
        """Whether this broker knows logging in at all; the built-in paper broker does not."""
        try:
            return self._info.support(Capability.WEB_LOGIN).available or bool(self.fields())
        except ConfigurationError:  # what is asked depends on a setting that is off: something is asked
            return True

    def fields(self) -> Sequence[LoginField]:
        if not self._relay.has("login_fields"):
            return ()
        fields: Sequence[LoginField] = self._relay.call("login_fields", account=self._account_with(None))
        return fields

    def account(self) -> Account:
        """The account with a live session. Raises `LoginRequired` before any request where there is none."""
        return self._account_with(self.session())

    def session(self) -> Session | None:
        """The live session, `None` for a broker that knows no login. Raises `LoginRequired`."""
        return self._live() if self.needed else None

    # -- states ----------------------------------------------------------------------------------------------------

    def _live(self) -> Session:
        session = self._session
        if session is None or not self._alive(session):
            session = self._session = self._stored_or_renewed()
        return session

    def _alive(self, session: Session) -> bool:
        return self._clock.now() < session.expires_at

    def _stored_or_renewed(self) -> Session:
        stored, lost = self._load()
        if stored is not None and self._alive(stored):
            return stored
        # One renewal for all processes: whoever waited for the lock finds the session that the first one made.
        with self._locked():
            stored, lost = self._load()
            if stored is not None and self._alive(stored):
                return stored
            renewed = self._renew(stored)
            if renewed is None:
                raise lost or self._login_required(stored)
            self._save(renewed)
            return renewed

    def _renew(self, dead: Session | None) -> Session | None:
        if dead is not None and self._relay.has("refresh_session"):
            try:
                session: Session = self._relay.call("refresh_session", account=self._account_with(dead))
                return session
            except OpenAlgoError:
                pass  # too late for a refresh; a full login may still work
        fields = self.fields()
        if not fields or self._open_store().logged_out(*self._place):
            return None
        answers = self._unattended(fields)
        if answers is None:
            return None
        early = {field.name for field in fields if not field.after_request}
        challenge = None
        if len(early) < len(fields):  # this broker takes even an authenticator's code only after a request
            challenge = self._request_otp({name: answers[name] for name in early if name in answers})
        return self._authenticate(answers, challenge)

    def _login_required(self, dead: Session | None) -> LoginRequired:
        why = f"expired at {dead.expires_at:%d %b %H:%M} IST" if dead is not None else "does not exist"
        return LoginRequired(
            f"The session with {self._info.title} {why}.",
            hint=f"Run: openalgo login{self._options()}",
            broker=self._info.name,
        )

    def _options(self) -> str:
        profile = "" if self._profile == "default" else f" --profile {self._profile}"
        return f" --broker {self._info.name}{profile}"

    def forget(self) -> None:
        """The broker says that the session in use is over. One that another process has made since then stays."""
        dead, self._session = self._session, None
        stored, _ = self._load()
        if dead is None or stored == dead:
            self._open_store().erase(*self._place)

    # -- what users ask for ----------------------------------------------------------------------------------------

    def request_otp(self, answers: Mapping[str, Secret]) -> Challenge:
        self._require("request_otp")
        challenge = self._request_otp(answers)
        self._open_store().save_challenge(*self._place, challenge)
        return challenge

    def login(self, answers: Mapping[str, Secret]) -> Status:
        self._require("authenticate")
        challenge = self._open_store().load_challenge(*self._place)
        return self._accept(self._authenticate(answers, challenge))

    def login_url(self, state: str) -> str:
        self._require("login_url")
        url: str = self._relay.call("login_url", account=self._account_with(None), state=state)
        return url

    def complete_web_login(self, answer: CallbackAnswer, state: str) -> Status:
        self._require("handle_callback")
        return self._accept(
            self._relay.call("handle_callback", account=self._account_with(None), answer=answer, state=state)
        )

    def logout(self) -> Status:
        """Revoke at the broker where that works, erase here in any case."""
        if not self.needed:
            return self._status(None, logged_in=False)
        with self._locked():  # so that no renewal under way brings the session back
            session, _ = self._load()
            self._session = None
            self._open_store().mark_logged_out(*self._place)
        if session is not None and self._alive(session) and self._relay.has("logout"):
            with suppress(LoginRequired):  # it is over already, which is what was wanted
                self._relay.call("logout", account=self._account_with(session))
        return self._status(session, logged_in=False)

    def status(self) -> Status:
        if not self.needed:
            return self._status(None, logged_in=True)
        session, _ = self._load()
        return self._status(session, logged_in=session is not None and self._alive(session))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _request_otp(self, answers: Mapping[str, Secret]) -> Challenge:
        challenge: Challenge = self._relay.call("request_otp", account=self._account_with(None), fields=answers)
        return challenge

    def _authenticate(self, answers: Mapping[str, Secret], challenge: Challenge | None) -> Session:
        session: Session = self._relay.call(
            "authenticate", account=self._account_with(None), fields=answers, challenge=challenge
        )
        return session

    def _accept(self, session: Session) -> Status:
        self._save(session)
        self._session = session
        return self.status()

    def _status(self, session: Session | None, *, logged_in: bool) -> Status:
        from ..models.login import Status

        user_id = None if session is None else session.user_id
        expires_at = session.expires_at if session is not None and logged_in else None
        return Status(self._info.name, self._profile, user_id, logged_in, expires_at)

    def _load(self) -> tuple[Session | None, LoginRequired | None]:
        """The stored session, and why there is none where it cannot be decrypted any more."""
        try:
            return self._open_store().load(*self._place), None
        except LoginRequired as lost:
            return None, lost

    def _locked(self) -> AbstractContextManager[None]:
        return self._open_store().lock(*self._place)

    def _save(self, session: Session) -> None:
        self._open_store().save(*self._place, session)

    def _require(self, hook: str) -> None:
        if not self._relay.has(hook):
            raise NotSupported(f"{self._info.title} has no such way to log in ({hook}).", broker=self._info.name)
