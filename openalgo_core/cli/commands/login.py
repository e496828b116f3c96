"""`openalgo login`, `logout` and `status`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    from ...models import LoginField, Status
    from ...plugins.broker import Broker
    from ...secrets import Secret

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
@click.option("--web", is_flag=True, help="Log in on the broker's own page, also where codes would do.")
@click.option("--no-browser", is_flag=True, help="Show the address of that page instead of opening a browser.")
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
    on_page = web or no_browser or paste
    if on_page and fields:
        raise click.UsageError("--field has no meaning on the broker's page, which asks by itself.")
    with broker_of(options) as broker:
        if on_page or _only_on_page(broker):
            result = _log_in_on_page(broker, open_browser=not no_browser, paste=paste)
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


def _log_in_on_page(broker: Broker, *, open_browser: bool, paste: bool) -> Status:
    from ...login import paste_login, web_login

    if not broker.info.support(Capability.WEB_LOGIN).available:
        raise NotSupported(
            f"{broker.info.title} has no login on a page of its own.", hint="Run: openalgo login", broker=broker.name
        )
    if paste:
        return paste_login(broker, say=note)
    return web_login(broker, open_browser=open_browser, say=note)


def _log_in_with_fields(broker: Broker, words: Sequence[str], *, tell: bool) -> Status:
    """Asks what is missing; a code that the broker must send first is asked for only once it was requested."""
    from ...login import given_answers

    fields = broker.login_fields()
    given = given_answers(words, fields)
    at_once = [field for field in fields if not field.after_request]
    later = [field for field in fields if field.after_request]
    answers = _collect(broker, at_once, given)
    if any(field.name not in given for field in later):
        sent = broker.request_otp(answers)
        if tell and sent.message:
            note(sent.message)
    return broker.login(answers | _collect(broker, later, given))


def _collect(broker: Broker, fields: Sequence[LoginField], given: Mapping[str, Secret]) -> dict[str, Secret]:
    from ...login import collect

    return collect(fields, given=given, variable=broker.office.environment.variables.get, code=_codes(broker))


def _codes(broker: Broker) -> Callable[[], Secret] | None:
    """Where authenticator codes come from, if a secret for them is configured."""
    from ...login import TotpCodes

    secret = broker.settings.totp_secret
    if not secret:
        return None
    office = broker.office
    return TotpCodes(secret, office.sessions.totp_state(broker.name, broker.profile), office.clock).next


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
