"""`openalgo doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ...errors import ConfigurationError
from ..checks import Finding, broker_findings, machine_findings, safely
from ..command import command
from ..options import Options
from ..output import emit_json
from ..plugin_checks import plugin_findings
from ..session import broker_of
from ..shapes import FINDING, as_json
from ..text import one_line

__all__ = ["doctor"]

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@command("doctor", examples=("openalgo doctor", "openalgo doctor --broker angel --json", "openalgo doctor --fix"))
@click.option("--fix", is_flag=True, help="Take others' rights to the state directory and the settings file away.")
@click.pass_obj
def doctor(options: Options, fix: bool) -> None:
    """Check configuration, plugins, session, clock, files and the way out.

    Shows what is in force, too. Exit code 3 if anything is in a state that stops trading; warnings alone are 0.
    """
    findings = [
        *machine_findings(fix=fix),
        *safely("plugins", plugin_findings),
        *safely("broker", lambda: _of_broker(options, fix=fix)),
    ]
    if options.json:
        emit_json([as_json(finding, FINDING) for finding in findings])
    else:
        _print_findings(findings)
    errors = [finding.check for finding in findings if finding.state == "error"]
    if errors:
        raise ConfigurationError(f"Not in order: {', '.join(errors)}.", hint="The report says what to do.")


def _print_findings(findings: Sequence[Finding]) -> None:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        state = click.style(f"{finding.state:<7}", fg=_COLOURS[finding.state])
        click.echo(f"{state}  {finding.check:<{width}}  {one_line(finding.message)}")
        if finding.remedy:
            click.echo(f"{'':7}  {'':{width}}  {one_line(finding.remedy)}")


def _of_broker(options: Options, *, fix: bool) -> Iterator[Finding]:
    with broker_of(options) as broker:
        yield from broker_findings(broker, fix=fix)
