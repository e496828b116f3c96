"""A broker's login fields as a form in the browser: what it shows now, and where a posted one leads."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Protocol

from ..errors import AuthenticationError, BrokerUnavailable, OpenAlgoError, RateLimited
from ..models import BrokerInfo, Challenge, LoginField, Status
from ..secrets import Secret
from .form_page import Button, FormPage, Question
from .known import Known, expectation, fits

__all__ = ["FormBroker", "LoginForm"]

#: What another try, or another answer, may mend. Anything else ends the login, and the terminal says why.
_CORRECTABLE = (AuthenticationError, BrokerUnavailable, RateLimited)
_CODE_NAMES = frozenset({"otp", "totp"})
_DIGIT_NAMES = frozenset({"pin", "mpin"})
_PREFIX = "answer-"  # keeps a plugin's field names apart from ours


class FormBroker(Protocol):
    """What a form needs of `openalgo_core.plugins.broker.Broker`."""

    @property
    def info(self) -> BrokerInfo: ...
    def login_fields(self) -> Sequence[LoginField]: ...
    def request_otp(self, fields: Mapping[str, Secret]) -> Challenge: ...
    def login(self, fields: Mapping[str, Secret]) -> Status: ...


@dataclass(frozen=True, slots=True)
class _View:
    """What the form shows now. `given` are the answers of the step before, which stay with us."""

    asked: tuple[LoginField, ...]
    given: Mapping[str, Secret] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    alert: tuple[str, ...] = ()
    notice: str = ""
    requested: bool = False


class LoginForm:
    """One login by form, in one step, or in two where the broker sends a code first.

    Asks for what the configuration does not answer, and after a refusal for everything, because the configured answer
    may be the wrong one. `page` may be called from any thread; `submit` from one at a time.

    Raises `ConfigurationError` for a configured answer that does not fit.
    """

    def __init__(self, broker: FormBroker, known: Known, *, action: str, remark: str = "") -> None:
        fields = broker.login_fields()
        self._broker = broker
        self._known = known
        self._action = action
        self._remark = remark
        self._first = tuple(item for item in fields if not item.after_request)
        self._later = tuple(item for item in fields if item.after_request)
        self._view = self._start = _View(self._unknown(self._first))
        #: Part of every page and demanded of every posted form.
        self.token = secrets.token_urlsafe(24)

    def page(self) -> FormPage:
        """The form as it stands."""
        view = self._view
        return FormPage(
            HTTPStatus.OK,
            f"Log in to {self._broker.info.title}",
            action=self._action,
            token=self.token,
            questions=tuple(self._question(item, view) for item in view.asked),
            buttons=self._buttons(view),
            alert=view.alert,
            notice=view.notice,
            remark=self._remark,
        )

    def submit(self, posted: Mapping[str, Sequence[str]]) -> Status | None:
        """Take a posted form: a login, or `None` where `page` now shows what is still wanted.

        Raises what no other answer can mend.
        """
        view = self._view
        try:
            match posted.get("step"):
                case ["restart"]:
                    self._view = self._start
                case ["resend"] if view.requested:
                    return self._request(view.given)
                case _:
                    return self._proceed(view, posted)
        except _CORRECTABLE as error:
            self._view = self._refused(view, error)
        return None

    # -- steps -----------------------------------------------------------------------------------------------------

    def _proceed(self, view: _View, posted: Mapping[str, Sequence[str]]) -> Status | None:
        answers = _answers(view.asked, posted)
        shown = {item.name: answers[item.name].reveal() for item in view.asked if not _is_hidden(item)}
        self._view = view = replace(
            view, typed=shown, problems=self._problems(view.asked, answers), alert=(), notice=""
        )
        if view.problems:
            return None
        fields = self._later if view.requested else self._first
        complete = {**view.given, **self._completed(fields, answers)}
        return self._broker.login(complete) if view.requested or not self._later else self._request(complete)

    def _request(self, given: Mapping[str, Secret]) -> Status | None:
        """Have the broker send its code; where the configuration knows that, the login goes on by itself."""
        challenge = self._broker.request_otp(given)
        asked = self._unknown(self._later)
        notice = challenge.message or "The code was requested."
        self._view = _View(asked or self._later, given, notice=notice, requested=True)
        if asked:
            return None
        return self._broker.login({**given, **self._completed(self._later, {})})

    def _refused(self, before: _View, error: OpenAlgoError) -> _View:
        """The broker's own words over the form of the step that failed, secrets empty."""
        view = self._view
        code = f" [{error.code}]" if error.code and error.code not in error.message else ""
        hint = "" if error.hint.startswith("Run:") else error.hint  # that is for the terminal
        asked = self._later if view.requested else self._first
        typed = view.typed or before.typed
        return replace(view, asked=asked, typed=typed, problems={}, alert=(f"{error.message}{code}", hint), notice="")

    # -- answers ---------------------------------------------------------------------------------------------------

    def _unknown(self, fields: Sequence[LoginField]) -> tuple[LoginField, ...]:
        return tuple(item for item in fields if not self._known.covers(item))

    def _problems(self, asked: Sequence[LoginField], answers: Mapping[str, Secret]) -> dict[str, str]:
        problems = {}
        for item in asked:
            answer = answers[item.name]
            if not answer and not item.optional and not self._known.covers(item):
                problems[item.name] = f"{item.label} is missing."
            elif answer and not fits(item, answer):
                problems[item.name] = f"{expectation(item)}."
        return problems

    def _completed(self, fields: Sequence[LoginField], answers: Mapping[str, Secret]) -> dict[str, Secret]:
        found = {item.name: answers.get(item.name) or self._known.answer(item) for item in fields}
        return {name: answer for name, answer in found.items() if answer}

    # -- looks -----------------------------------------------------------------------------------------------------

    def _question(self, item: LoginField, view: _View) -> Question:
        known = self._known.covers(item)
        remark = " (empty: as configured)" if known else " (optional)" if item.optional else ""
        kind, autocomplete, inputmode = _input(item)
        return Question(
            name=f"{_PREFIX}{item.name}",
            label=f"{item.label}{remark}",
            kind=kind,
            autocomplete=autocomplete,
            inputmode=inputmode,
            required=not (known or item.optional),
            hint=item.pattern_hint,
            value=view.typed.get(item.name, ""),
            problem=view.problems.get(item.name, ""),
        )

    def _buttons(self, view: _View) -> tuple[Button, ...]:
        if view.requested:
            again = Button("resend", "Send the code again"), Button("restart", "Start again")
            return Button("login", "Log in"), *again
        return (Button("login", "Send the code" if self._later else "Log in"),)


def _answers(asked: Sequence[LoginField], posted: Mapping[str, Sequence[str]]) -> dict[str, Secret]:
    """What was typed; a field that came twice, or not at all, counts as empty."""
    found = {item.name: posted.get(f"{_PREFIX}{item.name}", ()) for item in asked}
    return {name: Secret(values[0].strip() if len(values) == 1 else "") for name, values in found.items()}


def _is_code(item: LoginField) -> bool:
    return item.totp or item.name in _CODE_NAMES


def _is_hidden(item: LoginField) -> bool:
    """Whether what was typed must not be part of a page again: secrets, and codes, which are good only once."""
    return item.secret or _is_code(item)


def _input(item: LoginField) -> tuple[str, str, str]:
    """Type, autocomplete and input mode, by which browsers and password managers know what to offer."""
    if _is_code(item):
        return "text", "one-time-code", "numeric"
    if item.secret:
        return "password", "current-password", "numeric" if item.name in _DIGIT_NAMES else "text"
    if item.name == "mobile" and item.pattern:  # without one a broker takes other names there, too
        return "tel", "tel", "tel"
    return "text", "username", "text"
