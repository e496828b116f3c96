"""Answers to a broker's login fields: from `--field`, from the environment, from the stored secret, from a person."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol, TextIO

from ..errors import ConfigurationError, UsageError
from ..models import LoginField
from ..secrets import Secret
from .totp import TotpCodes

if TYPE_CHECKING:
    from ..clock import Clock
    from ..config import Environment
    from ..store import SessionStore

__all__ = ["ONE_TIME", "Configured", "collect", "given_answers", "unattended"]

#: Fields whose value may stand on the command line, where others can see it: the codes die within a minute.
ONE_TIME = frozenset({"otp", "totp"})
_TOTP_SECRET = "BROKER_TOTP_SECRET"  # noqa: S105  # a name, not a password


class Configured(Protocol):
    """What is known of an account without asking anybody."""

    @property
    def environment(self) -> Environment: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def clock(self) -> Clock: ...


def given_answers(
    options: Iterable[str], fields: Sequence[LoginField], stdin: TextIO | None = None
) -> dict[str, Secret]:
    """The answers that `--field NAME=VALUE` options give, by field name; `NAME=-` reads a line of `stdin`.

    Raises `UsageError` for a field that the broker does not ask for, one given twice, a secret as an
    argument, and an answer that does not fit.
    """
    answers: dict[str, Secret] = {}
    for option in options:
        name, equals, value = option.partition("=")
        field = _field(name, fields) if equals else None
        if field is None:
            raise UsageError("--field takes NAME=VALUE or NAME=-.", hint="For instance --field totp=123456")
        if name in answers:
            raise UsageError(f"--field {name} is given twice.", hint="Give it once.")
        answer = _line(stdin or sys.stdin, name) if value == "-" else _argument(name, value)
        if not _fits(field, answer):
            raise UsageError(f"--field {name}: {_expectation(field)}.", hint="Give the value again.")
        answers[name] = answer
    return answers


def collect(
    fields: Sequence[LoginField],
    *,
    given: Mapping[str, Secret],
    variable: Callable[[str], Secret | None],
    code: Callable[[], Secret] | None = None,
    terminal: bool | None = None,
) -> dict[str, Secret]:
    """An answer to every field, by field name; an optional field may stay without one.

    In this order: `given`; `variable(name)` for the field's environment variable; `code()` for a field that
    takes an authenticator code (`TotpCodes.next` where the secret is stored); a question on the terminal.
    `terminal` says whether there is somebody to ask, by default whether standard input is a terminal.

    Ask for the fields that are `after_request` only once the code was requested. Raises `ConfigurationError`
    for a variable that does not fit and where an answer is missing and nobody can be asked, `click.Abort` for
    Ctrl-C.
    """
    answers: dict[str, Secret] = {}
    for field in fields:
        answer = given.get(field.name) or _from_variable(field, variable)
        if answer is None and field.totp and code is not None:
            answer = code()
        if answer is None:
            answer = _asked(field, sys.stdin.isatty() if terminal is None else terminal)
        if answer:
            answers[field.name] = answer
    return answers


def unattended(account: Configured, fields: Sequence[LoginField]) -> dict[str, Secret] | None:
    """An answer to every field from the configuration alone, `None` where one is missing.

    A code is made last, and only if nothing is missing: it serves once. Raises `ConfigurationError` for a variable
    that does not fit.
    """
    environment = account.environment
    secret = environment.settings.totp_secret
    answers: dict[str, Secret] = {}
    codes: list[str] = []
    for field in fields:
        answer = _from_variable(field, environment.variables.get)
        if answer is not None:
            answers[field.name] = answer
        elif field.totp and secret is not None:
            codes.append(field.name)
        elif not field.optional:
            return None
    if codes and secret is not None:
        state = account.sessions.totp_state(environment.broker, environment.profile)
        source = TotpCodes(secret, state, account.clock)
        answers |= {name: source.next() for name in codes}
    return answers


def _field(name: str, fields: Sequence[LoginField]) -> LoginField:
    names = {field.name: field for field in fields}
    if name in names:
        return names[name]
    near = get_close_matches(name, names, n=1)
    known = f"It asks for: {', '.join(names)}." if names else "It asks for nothing."
    raise UsageError(
        f"This broker does not ask for {name!r}.", hint=f"Did you mean --field {near[0]}?" if near else known
    )


def _argument(name: str, value: str) -> Secret:
    if name not in ONE_TIME:
        raise UsageError(
            f"--field {name}=VALUE would show the value to everybody on this machine.",
            hint=f"Use --field {name}=- and write it to standard input, or set its environment variable.",
        )
    return Secret(value.strip())


def _line(stdin: TextIO, name: str) -> Secret:
    line = stdin.readline()
    if not line.strip():
        raise UsageError(f"--field {name}=- found no line on standard input.", hint="Pipe the value in.")
    return Secret(line.strip())


def _from_variable(field: LoginField, variable: Callable[[str], Secret | None]) -> Secret | None:
    if field.environment is None or field.environment == _TOTP_SECRET:  # what makes a code is not the code
        return None
    answer = variable(field.environment)
    if answer and not _fits(field, answer):
        raise ConfigurationError(
            f"{field.environment}: {_expectation(field)}.", hint=f"Correct {field.environment} in the .env file."
        )
    return answer or None


def _asked(field: LoginField, terminal: bool) -> Secret | None:
    if terminal:
        return _prompted(field)
    if field.optional:
        return None
    setting = field.environment or (_TOTP_SECRET if field.totp else None)
    way = f"Set {setting}, or use" if setting else "Use"
    value = "VALUE" if field.name in ONE_TIME else "-"
    raise ConfigurationError(
        f"{field.label} is needed to log in, and there is no terminal to ask on.",
        hint=f"{way} --field {field.name}={value}",
    )


def _prompted(field: LoginField) -> Secret | None:
    import click  # lazily: a program that gives every answer needs no terminal

    label = f"{field.label} (optional)" if field.optional else field.label
    default = "" if field.optional else None
    while True:
        text = click.prompt(label, hide_input=field.secret, default=default, show_default=False, err=True)
        answer = Secret(text.strip())
        if _fits(field, answer) or (field.optional and not answer):
            return answer or None
        click.echo(f"{_expectation(field)}.", err=True)


def _fits(field: LoginField, answer: Secret) -> bool:
    text = answer.reveal()
    return bool(text) and (field.pattern is None or re.fullmatch(field.pattern, text) is not None)


def _expectation(field: LoginField) -> str:
    return f"{field.label} is {field.pattern_hint}" if field.pattern_hint else f"{field.label} has another form"
