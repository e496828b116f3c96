"""Parameter types of the commands: what a word on the command line must look like."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import click

__all__ = ["INSTRUMENT", "Word", "calendar_day", "rupees"]

#: How an instrument is written wherever a command takes one.
INSTRUMENT = "EXCHANGE:SYMBOL"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Word(click.Choice[str]):
    """A word of the vocabulary, in capitals or not. click's own would show it in small letters."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__([str(word) for word in kind])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        word: str = value.upper()
        return word if word in self.choices else super().convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "|".join(self.choices)


def rupees(text: str) -> Decimal:
    """An exact number; whether it may be negative or zero is for the order to know."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise click.BadParameter(f"{text!r} is not a price in rupees, such as 812.35.")
    return number


def calendar_day(text: str) -> date:
    """A calendar day."""
    if not _DAY.fullmatch(text):
        raise click.BadParameter(f"{text!r} is not a day written YYYY-MM-DD, such as 2026-11-20.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"There is no day {text}.") from None
