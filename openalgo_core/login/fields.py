"""Answers to a broker's login fields: from `--field`, from the environment, from the stored secret, from a person."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TextIO

from ..errors import ConfigurationError, UsageError
from ..models import LoginField
from ..secrets import Secret
from .known import TOTP_SECRET, Configured, Known, expectation, fits

__all__ = ["ONE_TIME", "collect", "given_answers", "unattended"]

#: Fields whose value may stand on the command line, where others can see it: the codes die within a minute.
ONE_TIME = frozenset({"otp", "totp"})


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
        if not fits(field, answer):
            raise UsageError(f"--field {name}: {expectation(field)}.", hint="Give the value again.")
        answers[name] = answer
    return answers


def collect(
    fields: Sequence[LoginField],
    *,
    given: Mapping[str, Secret],
    known: Known,
    terminal: bool | None = None,
) -> dict[str, Secret]:
    """An answer to every field, by field name; an optional field may stay without one.

    In this order: `given`; the configuration (`known`); a question on the terminal.
    `terminal` says whether there is somebody to ask, by default whether standard input is a terminal.

    Ask for the fields that are `after_request` only once the code was requested. Raises `ConfigurationError`
    for a variable that does not fit and where an answer is missing and nobody can be asked, `click.Abort` for
    Ctrl-C.
    """
    answers: dict[str, Secret] = {}
    # Codes that we make come last: one that waits for somebody to type a PIN may be dead by then.
    for field in sorted(fields, key=lambda field: field.totp and known.covers(field)):
        answer = given.get(field.name) or known.answer(field)
        if answer is None:
            answer = _asked(field, sys.stdin.isatty() if terminal is None else terminal)
        if answer:
            answers[field.name] = answer
    return answers


def unattended(account: Configured, fields: Sequence[LoginField]) -> dict[str, Secret] | None:
    """An answer to every field from the configuration alone, `None` where one is missing.

    A code is made only if nothing is missing: it serves once. Raises `ConfigurationError` for a variable
    that does not fit.
    """
    known = Known.of(account)
    if not all(known.covers(field) or field.optional for field in fields):
        return None
    found = {field.name: known.answer(field) for field in fields}
    return {name: answer for name, answer in found.items() if answer is not None}


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


def _asked(field: LoginField, terminal: bool) -> Secret | None:
    if terminal:
        return _prompted(field)
    if field.optional:
        return None
    setting = field.environment or (TOTP_SECRET if field.totp else None)
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
        if fits(field, answer) or (field.optional and not answer):
            return answer or None
        click.echo(f"{expectation(field)}.", err=True)
