"""`openalgo login`, `logout` and `status`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ...capabilities import Capability
from ...errors import LoginRequired, NotSupported
from ..command import command
from ..options import Options
from ..output import emit, note
from ..session import broker_of
from ..shapes import STATUS
from ..text import moment

if TYPE_CHECKING:
    from ...models import Status
    from ...plugins.broker import Broker

__all__ = ["login", "logout", "status"]


@command(
    "login",
    examples=(
        "openalgo login --broker angel",
        "openalgo login --field totp=123456",
        "openalgo login --field pin=- --field totp=123456",
        "openalgo login --web --no-browser",
    ),
)
@click.option("--web", is_flag=True, help="Log in in the browser: on the broker's own page, or on a form here.")
@click.option("--no-browser", is_flag=True, help="As --web, but show the address instead of opening it.")
@click.option("--paste", is_flag=True, help="The browser is on another machine: paste the address it ends at.")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=VALUE|-",
    help="Answer a question beforehand: an otp or totp as VALUE, anything else as - from standard input.",
)
@click.pass_obj
def login(options: Options, web: bool, no_browser: bool, paste: bool, fields: tuple[str, ...]) -> None:
    """Log in to the broker.

    What the settings do not hold is asked for; a code is made from BROKER_TOTP_SECRET where that is set. A secret
    is never shown and never a word of the command.
    """
    in_browser = web or no_browser or paste
    if in_browser and fields:
        raise click.UsageError("--field has no meaning in the browser, where the page asks by itself.")
    with broker_of(options) as broker:
        if in_browser or _only_on_page(broker):
            result = _log_in_in_browser(broker, open_browser=not no_browser, paste=paste)
        else:
            result = _log_in_with_fields(broker, fields, tell=not options.json)
    emit(options, result, STATUS, _show)


@command("logout", examples=("openalgo logout", "openalgo logout --broker angel --profile father"))
@click.pass_obj
def logout(options: Options) -> None:
    """End the session, here and at the broker.

    Afterwards nothing logs in by itself until `openalgo login`.
    """
    with broker_of(options) as broker:
        result = broker.logout()
    emit(options, result, STATUS, _show_logout)


@command("status", examples=("openalgo status --json",))
@click.pass_obj
def status(options: Options) -> None:
    """Who is logged in where, and until when.

    Asks nobody but this machine. Exit code 4 where nobody is logged in.
    """
    with broker_of(options) as broker:
        result = broker.status()
    emit(options, result, STATUS, _show)
    if not result.logged_in:
        raise LoginRequired(f"Not logged in to {result.broker}.", hint=_how_to_log_in(result), broker=result.broker)


def _only_on_page(broker: Broker) -> bool:
    info = broker.info
    return not info.support(Capability.LOGIN).available and info.support(Capability.WEB_LOGIN).available


def _log_in_in_browser(broker: Broker, *, open_browser: bool, paste: bool) -> Status:
    from ...login import has_page, paste_login, web_login

    if not paste:
        return web_login(broker, open_browser=open_browser, say=note)
    if not has_page(broker):
        raise NotSupported(
            f"{broker.info.title} has no login page whose address could be pasted.",
            hint="Run: openalgo login",
            broker=broker.name,
        )
    return paste_login(broker, say=note)


def _log_in_with_fields(broker: Broker, words: Sequence[str], *, tell: bool) -> Status:
    """Asks what is missing; a code that the broker must send first is asked for only once it was requested."""
    from ...login import Known, collect, given_answers

    fields = broker.login_fields()
    given, known = given_answers(words, fields), Known.of(broker.office)
    at_once = [field for field in fields if not field.after_request]
    later = [field for field in fields if field.after_request]
    answers = collect(at_once, given=given, known=known)
    if any(field.name not in given for field in later):
        sent = broker.request_otp(answers)
        if tell and sent.message:
            note(sent.message)
    return broker.login(answers | collect(later, given=given, known=known))


def _show(result: Status) -> None:
    until = f" until {moment(result.expires_at)} IST" if result.expires_at else ""
    if not result.logged_in:
        click.echo(f"Not logged in to {_account(result)}.")
    elif result.user_id is None:
        click.echo(f"{_account(result)} needs no login.")
    else:
        click.echo(f"Logged in to {_account(result)} as {result.user_id}{until}.")


def _show_logout(result: Status) -> None:
    if result.logged_in:
        _show(result)
    else:
        click.echo(f"Logged out of {_account(result)}.")


def _account(result: Status) -> str:
    return f"{result.broker} (profile {result.profile})"


def _how_to_log_in(result: Status) -> str:
    profile = "" if result.profile == "default" else f" --profile {result.profile}"
    return f"Run: openalgo login --broker {result.broker}{profile}"
