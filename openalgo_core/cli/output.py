"""The one place that prints results: JSON, or tables for people. Notes never go to standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from .options import Options
from .shapes import Shape, as_json
from .tables import Column

__all__ = ["emit", "emit_json", "emit_list", "note", "print_details", "print_table", "warn"]


def emit(options: Options, row: Any, shape: Shape, show: Callable[[Any], None]) -> None:
    """One result: as JSON of that shape, or as `show` prints it."""
    if options.json:
        emit_json(as_json(row, shape))
    else:
        show(row)


def emit_list(options: Options, rows: Sequence[Any], shape: Shape, columns: Sequence[Column], nothing: str) -> None:
    """A list of results: a JSON array, or a table; `nothing` is the note for an empty one."""
    if options.json:
        emit_json([as_json(row, shape) for row in rows])
    elif rows:
        print_table(rows, columns)
    else:
        note(nothing)


def emit_json(value: Any, indent: int | None = 2) -> None:
    from json import dumps

    click.echo(dumps(value, ensure_ascii=False, indent=indent))


def note(text: str) -> None:
    """A line for people, on standard error. Callers note nothing where `--json` was asked for."""
    click.echo(text, err=True)


def warn(text: str) -> None:
    """Something is off but the command goes on."""
    click.echo(f"{click.style('Warning:', fg='yellow', bold=True)} {text}", err=True)


def print_details(row: Any, columns: Sequence[Column], *more: tuple[str, str]) -> None:
    """One object, a line per field; `more` are further headings and texts."""
    pairs = [*((column.title, column.cell(row)) for column in columns), *more]
    width = max(len(title) for title, _ in pairs) + 1
    for title, text in pairs:
        click.echo(f"{click.style(f'{title}:'.ljust(width), bold=True)}  {text}".rstrip())


def print_table(rows: Iterable[Any], columns: Sequence[Column]) -> None:
    """Aligned columns, ruled and coloured on a terminal, plain where output is piped. Nothing is cut off."""
    cells = [[column.cell(row) for column in columns] for row in rows]
    if sys.stdout.isatty():
        _print_rich(cells, columns)
    else:
        _print_plain(cells, columns)


def _print_plain(cells: list[list[str]], columns: Sequence[Column]) -> None:
    widths = _widths(cells, columns)
    for line in [[column.title for column in columns], *cells]:
        padded = [
            text.rjust(width) if column.right else text.ljust(width)
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def _print_rich(cells: list[list[str]], columns: Sequence[Column]) -> None:
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column, width in zip(columns, _widths(cells, columns), strict=True):
        whole = None if column.wraps else width
        table.add_column(column.title, justify="right" if column.right else "left", min_width=whole)
    for line in cells:
        table.add_row(*(Text(text, _style(text, column)) for text, column in zip(line, columns, strict=True)))
    console = Console(highlight=False)
    # A table that cannot be narrower than the terminal is printed whole; rich would cut the symbols.
    needed = Measurement.get(console, console.options.update(width=10_000), table).minimum
    console.width = max(console.width, needed)
    console.print(table)


def _widths(cells: list[list[str]], columns: Sequence[Column]) -> list[int]:
    lines = [[column.title for column in columns], *cells]
    return [max(map(len, texts)) for texts in zip(*lines, strict=True)]


def _style(text: str, column: Column) -> str:
    if not column.signed or text.strip("-0.,") == "":
        return ""
    return "red" if text.startswith("-") else "green"
