"""`openalgo plugin`: for those who write one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import PluginBroken
from ..command import group
from ..options import Options
from ..output import emit_json, note
from ..shapes import CHECK, as_json
from ..text import one_line

if TYPE_CHECKING:
    from ...testing.checking import Report
    from ...testing.pytest_plugin import CaseResult

__all__ = ["plugin"]

_COLOURS = {"passed": "green", "failed": "red", "exempt": "yellow", "skipped": "yellow"}
#: Reasons that leave out fewer cases are shown with --verbose only.
_WORTH_A_LINE = 3


@group("plugin")
def plugin() -> None:
    """Write a plugin, and prove that it is right."""


@plugin.command("new", examples=("openalgo plugin new acme", "openalgo plugin new curfew --kind guard"))
@click.argument("name", metavar="NAME")
@click.option("--kind", type=click.Choice(["broker", "guard"]), default="broker", show_default=True)
@click.option("--directory", metavar="D", type=click.Path(path_type=Path), help="Where to; else ./openalgo-NAME.")
@click.pass_obj
def new(options: Options, name: str, kind: str, directory: Path | None) -> None:
    """Write the package of a new plugin.

    A whole one: a broker comes with a small wire, its simulator, golden cases and the conformance suite, a guard with a
    rule. Its tests pass at once, without an account and without a network; change it from there.
    """
    from ...scaffold import write_plugin

    place = directory or Path(f"openalgo-{name}")
    files = write_plugin(name, kind, place)
    if options.json:
        written = [file.relative_to(place).as_posix() for file in files]
        emit_json({"name": name, "kind": kind, "directory": str(place), "files": written})
        return
    for file in files:
        click.echo(file)
    note(f"\nNext: cd {place} && pip install -e '.[testing]' && pytest")


@plugin.command(
    "check",
    examples=(
        "openalgo plugin check acme",
        "openalgo plugin check acme --case 300 --case 815",
        "openalgo plugin check acme --tests tests/test_conformance.py --json",
    ),
)
@click.argument("name", metavar="NAME")
@click.option(
    "--tests",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The plugin's test_conformance.py, for the facts and exemptions that it states.",
)
@click.option("--case", "numbers", metavar="NUMBER", type=int, multiple=True, help="Only this case; several times.")
@click.pass_obj
def check(options: Options, name: str, tests: Path | None, numbers: tuple[int, ...]) -> None:
    """Whether an installed plugin keeps the contract.

    Loads it as the core does, in a process of its own, and runs the conformance suite over its simulator: every case
    that its declaration makes apply. Exit code 0 if it loads and all pass, else 10. A guard is loaded only.
    """
    from ...testing.checking import check_plugin

    if tests is not None and not tests.is_file():
        raise click.UsageError(f"There is no file {tests}.")
    report = check_plugin(name, tests, numbers)
    if options.json:
        emit_json(as_json(report, CHECK))
    else:
        _print_report(report, options.verbose)
    if report.state == "broken":
        raise PluginBroken(str(report.cause), hint=report.remedy or "", broker=name)
    if report.state == "failed":
        facts = "" if tests else " Facts and exemptions that its own test_conformance.py states need --tests FILE."
        raise PluginBroken(
            f"The plugin {name!r} fails {report.failed} of {len(report.cases)} conformance cases.",
            hint=f"The report says what it did, what was expected, and which page explains it.{facts}",
            broker=name,
        )


def _print_failure(case: CaseResult) -> None:
    variant = f" [{case.variant}]" if case.variant else ""
    click.echo(f"{click.style(case.outcome, fg='red')}  {case.number}  {case.title}{variant}")
    for line in case.reason.splitlines():
        click.echo(f"{'':13}{line}")
    click.echo(f"{'':13}explained in {case.page}")


def _print_report(report: Report, verbose: bool) -> None:
    if report.state == "broken":
        return
    api = "" if report.api is None else f", plugin API {report.api}"
    click.echo(f"{report.name}: {report.distribution} {report.version}{api}: loads.")
    if not report.cases:
        return
    for case in report.cases:
        if case.outcome in ("failed", "stale"):
            _print_failure(case)
    counts = [
        click.style(f"{count} {word}", fg=colour if count else None)
        for word, colour in _COLOURS.items()
        if (count := getattr(report, word)) or word in ("passed", "failed")
    ]
    why = ". Skipped is what the declaration leaves out:" if report.skipped else "."
    click.echo(f"{', '.join(counts)}, in {report.seconds:.1f} s{why}")
    for reason, count in report.skips():
        if verbose or count >= _WORTH_A_LINE:
            click.echo(f"{count:>7}  {one_line(reason)}")
