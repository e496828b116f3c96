"""Finding instruments by what people type, and what they may have meant.

A text is read into (base, kind, strike, expiry) where it can be, and answered from an index. Only what does not
parse is looked for inside symbols and names, among shares, indices and futures: an option is never found by a
fragment of its name, but always by its base, strike or expiry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from ..models.vocabulary import Exchange
from ..numbers import decimal_text
from ..symbols import MONTHS, index_name
from .table import SELECT

__all__ = ["Query", "Select", "close_to", "matches", "read_query"]

Select = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]

_OPTIONS: Final = ("CE", "PE")
_KIND_WORDS: Final = {
    **dict.fromkeys(("CE", "CALL"), ("CE",)),
    **dict.fromkeys(("PE", "PUT"), ("PE",)),
    **dict.fromkeys(("OPT", "OPTION", "OPTIONS"), _OPTIONS),
    **dict.fromkeys(("FUT", "FUTURE", "FUTURES"), ("FUT",)),
}
_MONTH: Final = (
    "JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|"
    "AUG(?:UST)?|SEP(?:T|TEMBER)?|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?"
)
#: What names are made of.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&-"
_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_YEAR: Final = "(?:20)?([0-9]{2})"
#: The beginning of a unified symbol, as far as its expiry at least.
_CONTRACT: Final = re.compile(rf"([A-Z0-9&-]+?)([0-9]{{2}})({'|'.join(MONTHS)})([0-9]{{2}})({_NUMBER})?(CE|PE|FUT)?")
_STRIKE: Final = re.compile(rf"({_NUMBER})(CE|PE)?")
_EXPIRY: Final = re.compile(rf"([0-9]{{1,2}})?({_MONTH})(?:{_YEAR})?")
_SPACED_DATE: Final = re.compile(rf"\b([0-9]{{1,2}})[ -]({_MONTH})(?:[ -]{_YEAR})?(?=\s|$)")
#: Greater than any symbol that begins with the text before it.
_BEGINS: Final = "symbol >= ? AND symbol < ?"
_END: Final = "\U0010ffff"
#: Options by parts of their symbols, for which sqlite reads no more than the index of the symbols. An index of the
#: strikes would spare this some milliseconds, and cost a fifth of every sync.
_INSIDE: Final = "symbol IN (SELECT symbol FROM instrument WHERE instr(symbol, ?) AND instr(symbol, ?))"

_ORDER: Final = """
    ORDER BY CASE kind WHEN 'INDEX' THEN 0 WHEN 'EQ' THEN 1 WHEN 'FUT' THEN 2 ELSE 3 END,
        expiry, CAST(strike AS REAL), length(base), symbol, exchange DESC LIMIT ?"""

_NEAREST: Final = """
    SELECT exchange, symbol FROM listed
    WHERE symbol >= ? AND symbol < ? AND base = ? AND exchange = ? AND instr(?, kind)
    ORDER BY abs(julianday(expiry) - julianday(?)), abs(CAST(strike AS REAL) - ?) LIMIT 3"""
_SAME_START: Final = """
    SELECT DISTINCT base, symbol FROM listed
    WHERE strike IS NULL AND symbol >= ? AND symbol < ? AND exchange = ?"""
_BASES: Final = "SELECT base FROM listed WHERE strike IS NULL AND symbol >= ? AND symbol < ?"


@dataclass(frozen=True, slots=True)
class Query:
    """A text as understood.

    `words` are all its words, `base` those that say what is bought or sold; `expiry` is an SQL pattern over
    `YYYY-MM-DD`.
    """

    words: tuple[str, ...]
    base: str
    exchange: str | None = None
    kinds: tuple[str, ...] = ()
    strike: str | None = None
    expiry: str | None = None

    @property
    def is_contract(self) -> bool:
        return bool(self.kinds or self.strike or self.expiry)

    @property
    def wants_options(self) -> bool:
        return bool(self.strike) or not self.kinds or self.kinds[0] in _OPTIONS


def read_query(text: str) -> Query:
    """`NIFTY 24500 CE`, `banknifty fut dec`, `NFO:NIFTY25AUG26`, `nifty 25 aug 24500 put`, `State Bank`."""
    exchange, _, rest = text.upper().replace(",", "").rpartition(":")
    words = tuple(_SPACED_DATE.sub(_joined_date, rest).split())
    base: list[str] = []
    parts: dict[str, Any] = {}
    for place, word in enumerate(words):
        # What comes first is a name, even if it is called MAY or FUT, unless it is a number with more to follow.
        may_be_part = place > 0 or (word[0].isdigit() and len(words) > 1)
        part = _contract(word) or (_part(word) if may_be_part else {})
        base.append(part.pop("base", "" if part else word))
        parts |= part
    named = exchange.strip()
    return Query(words, "".join(base), named if named in Exchange.__members__ else None, **parts)


def matches(select: Select, text: str, limit: int) -> list[tuple[Any, ...]]:
    """At most `limit` rows of `SELECT`, the best first: the base exactly, then its beginning, then inside.

    Where nothing fits, a name may be mistyped: then those of the listed name most like it.
    """
    query = read_query(text)
    if not query.words:
        return []
    found = _matches(select, query, limit)
    if not found and (meant := _respelt(select, query)):
        found = _matches(select, meant, limit)
    return found


def _matches(select: Select, query: Query, limit: int) -> list[tuple[Any, ...]]:
    contracts = _contracts(select, query, limit) if query.is_contract else []
    return contracts or _named(select, query, limit) or _begun(select, query, limit)


def close_to(select: Select, exchange: str, symbol: str) -> list[str]:
    """At most three full names that may be meant by one that does not exist, the likeliest first."""
    wanted = symbol.upper()
    rows = select(
        "SELECT exchange, symbol FROM listed WHERE symbol IN (?, ?) ORDER BY exchange DESC LIMIT 3",
        (wanted, index_name(wanted)),
    )
    if not rows and (parts := _contract(wanted)):
        rows = _neighbours(select, exchange, parts)
    if not rows:
        names = (row[1] for row in _same_start(select, exchange, wanted))
        rows = [(exchange, name) for name in _alike(wanted, names)]
    return [f"{listed}:{name}" for listed, name in rows]


def _joined_date(date: re.Match[str]) -> str:
    return "".join(part or "" for part in date.groups())


def _contract(word: str) -> dict[str, Any]:
    match = _CONTRACT.fullmatch(word)
    if match is None:
        return {}
    base, day, month, year, strike, kind = match.groups()
    return {"base": base, "expiry": _pattern(day, month, year), **_strike(strike), **_kinds(kind)}


def _part(word: str) -> dict[str, Any]:
    """The fields of `Query` that a word after the base fills; none for one more word of the base."""
    if strike := _STRIKE.fullmatch(word):
        return {**_strike(strike[1]), **_kinds(strike[2])}
    if expiry := _EXPIRY.fullmatch(word):
        return {"expiry": _pattern(*expiry.groups())}
    return _kinds(word)


def _strike(text: str | None) -> dict[str, Any]:
    return {"strike": decimal_text(Decimal(text))} if text else {}


def _kinds(word: str | None) -> dict[str, Any]:
    return {"kinds": _KIND_WORDS[word]} if word in _KIND_WORDS else {}


def _pattern(day: str | None, month: str, year: str | None) -> str:
    return f"{'20' + year if year else '____'}-{MONTHS.index(month[:3]) + 1:02d}-{day.zfill(2) if day else '__'}"


def _contracts(select: Select, query: Query, limit: int) -> list[tuple[Any, ...]]:
    """Futures and options that fit every part of the query, by the first reading of its base that has any."""
    condition, values = _conditions(query)
    for base_condition, base_values in _bases(query):
        statement = f"{SELECT} {base_condition} AND {condition} {_ORDER}"
        if rows := select(statement, (*base_values, *values, limit)):
            return rows
    return []


def _bases(query: Query) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Conditions on the base; its index is that of the symbols, which begin with it."""
    base = query.base
    if base:
        yield f"{_BEGINS} AND base = ?", (base, base + _END, base)
        yield _BEGINS, (base, base + _END)
    if query.strike:
        yield f"{_INSIDE} AND instr(base, ?)", (base, query.strike, base)
    elif not query.wants_options:
        yield "instr(base, ?)", (base,)


def _conditions(query: Query) -> tuple[str, tuple[str, ...]]:
    listed, exchange = _listed(query)
    conditions = [listed]
    values = [*exchange]
    if query.strike:
        conditions.append("instr(symbol, ?) AND strike = ?")  # the first is answered by the index of the symbols
        values += [query.strike, query.strike]
    elif not query.wants_options:
        conditions.append("strike IS NULL")
    if query.kinds:
        conditions.append("instr(?, kind)")
        values.append(" ".join(query.kinds))
    if query.expiry:
        conditions.append("expiry LIKE ?")
        values.append(query.expiry)
    return " AND ".join(conditions), tuple(values)


def _named(select: Select, query: Query, limit: int) -> list[tuple[Any, ...]]:
    """Shares, indices and futures by the words of the query, until there are enough."""
    base = "".join(query.words)
    inside = " AND ".join(["(instr(symbol, ?) OR instr(upper(name), ?))"] * len(query.words))
    stages: tuple[tuple[str, tuple[str, ...]], ...] = (
        (f"{_BEGINS} AND base = ?", (base, base + _END, base)),
        (_BEGINS, (base, base + _END)),
        (inside, tuple(word for word in query.words for _ in range(2))),
    )
    listed, exchange = _listed(query)
    found: dict[tuple[Any, ...], None] = {}
    for condition, values in stages:
        statement = f"{SELECT} strike IS NULL AND {condition} AND {listed} {_ORDER}"
        found |= dict.fromkeys(select(statement, (*values, *exchange, limit)))
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _begun(select: Select, query: Query, limit: int) -> list[tuple[Any, ...]]:
    """What begins so, options included: a symbol that was not typed to its end."""
    begin = "".join(query.words)
    listed, exchange = _listed(query)
    return select(f"{SELECT} {_BEGINS} AND {listed} {_ORDER}", (begin, begin + _END, *exchange, limit))


def _listed(query: Query) -> tuple[str, tuple[str, ...]]:
    return ("exchange = ?", (query.exchange,)) if query.exchange else ("TRUE", ())


def _neighbours(select: Select, exchange: str, parts: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The contracts nearest to one that does not exist: same base, or the base most like it; same kind."""
    base = parts["base"]
    kinds = " ".join(parts.get("kinds", ("FUT",)))
    wanted = (exchange, kinds, parts["expiry"], float(parts.get("strike", 0)))
    for name in (base, *_alike(base, (row[0] for row in _same_start(select, exchange, base)))):
        if rows := select(_NEAREST, (name, name + _END, name, *wanted)):
            return rows
    return []


def _respelt(select: Select, query: Query) -> Query | None:
    """The query with the most similar name of a share, index or future that begins and is as long as what was typed."""
    typed = query.base
    names = {name for (name,) in select(_BASES, (typed[:1], typed[:1] + _END))}
    if not typed or typed in names:
        return None
    # Most slips are single ones, and looking those up is quick. For two, comparing what differs in more takes too long.
    near = names & _slips(typed) or {
        name for name in names if abs(len(name) - len(typed)) <= 1 and len({*name} ^ {*typed}) <= 2
    }
    alike = _alike(typed, sorted(near))
    return replace(query, words=(alike[0],), base=alike[0]) if alike else None


def _slips(word: str) -> set[str]:
    """What one letter left out, swapped with the next, changed or added makes of a word."""
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(head + tail[1:] for head, tail in halves),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1),
        *(head + letter + tail[cut:] for head, tail in halves for letter in _LETTERS for cut in (0, 1)),
    }


def _same_start(select: Select, exchange: str, text: str) -> list[tuple[Any, ...]]:
    """Base and symbol of the shares, indices and futures that begin with the letter of `text`."""
    return select(_SAME_START, (text[:1], text[:1] + _END, exchange))


def _alike(text: str, names: Iterable[str]) -> list[str]:
    from difflib import get_close_matches  # only who mistypes pays for it

    return get_close_matches(text, dict.fromkeys(names))
