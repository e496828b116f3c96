from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openalgo_core.config.dotenv import parse, read
from openalgo_core.errors import ConfigurationError

#: What a person can type into one line; surrounding spaces are stripped by contract.
secrets = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1).map(str.strip)
#: A busy machine is no failure.
calm = settings(deadline=None)
keys = st.from_regex(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", fullmatch=True)


def values(text: str) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in parse(text, "test").items()}


def quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@calm
@given(keys, secrets)
@example("BROKER_API_SECRET", "pa$$w0rd ${HOME} #1 'x' \"y\" \\")
def test_any_quoted_secret_comes_back_unchanged(key: str, secret: str) -> None:
    assert values(f"{key} = {quoted(secret)}") == {key: secret}


@calm
@given(keys, secrets.filter(lambda secret: "\\" not in secret))
def test_markdown_source_reads_like_what_it_renders_to(key: str, secret: str) -> None:
    line = f"{key} = {quoted(secret)}"
    source = line.replace("_", "\\_").replace("#", "\\#") + "&#x20;"
    assert values(source if "_" in key else line) == values(line)


@calm
@given(
    st.lists(st.tuples(keys, secrets), max_size=5, unique_by=lambda pair: pair[0]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_many_lines_with_any_line_ending(pairs: list[tuple[str, str]], newline: str) -> None:
    assert values(newline.join(f"{key}={quoted(secret)}" for key, secret in pairs)) == dict(pairs)


@calm
@given(st.text())
def test_any_text_is_read_or_refused_without_being_repeated(text: str) -> None:
    try:
        values(text)
    except ConfigurationError as error:
        assert error.message.startswith("test, line ")
        assert error.message.endswith(": not of the form NAME = 'value'.")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY = 'quoted'", "quoted"),
        ('KEY="quoted"', "quoted"),
        ("KEY=bare", "bare"),
        ("export KEY=bare", "bare"),
        ("\ufeffKEY=after a byte order mark", "after a byte order mark"),
        ("KEY = ''", ""),
        ("KEY =", ""),
        ("KEY = '  spaces  '", "spaces"),
        ("KEY = bare # comment", "bare"),
        ("KEY = bare#kept", "bare#kept"),
        ("KEY = 'value' # comment", "value"),
        ("KEY = $HOME", "$HOME"),
        ("KEY = '${OTHER}'", "${OTHER}"),
        ("KEY = 'back\\_slash'", "back\\_slash"),
        ("KEY = 'value'&#x20; &#x20;", "value"),
        ("KEY = 'first'\nKEY = 'last'", "last"),
    ],
)
def test_line(line: str, value: str) -> None:
    assert values(line) == {"KEY": value}


@pytest.mark.parametrize("text", ["", "\n\n", "# comment", "  # comment", "\\# comment of Markdown", "\t"])
def test_lines_that_say_nothing(text: str) -> None:
    assert values(text) == {}


@pytest.mark.parametrize(
    "broken",
    ["KEY = 'canary", 'KEY = "canary', "canary", "= canary", "KEY = 'can'ary'", "KEY: 'canary'"],
)
def test_broken_line_is_named_and_not_shown(broken: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# first\n\n{broken}\nOTHER = 'canary two'\n")
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    assert caught.value.message.startswith(f"{file}, line 3: ")
    assert "canary" not in caught.value.message + caught.value.hint


def test_missing_quote_does_not_swallow_the_next_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="line 1"):
        parse("BROKER_API_KEY = 'abc\nBROKER_API_SECRET = def'\n", "test")


def test_bytes_that_are_no_utf8_name_the_line_and_keep_the_rest_secret(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"KEY = 'canary'\nOTHER = '\xff'\n")
    with pytest.raises(ConfigurationError, match="line 2: not UTF-8") as caught:
        read(file)
    assert caught.value.__context__ is None, "a UnicodeDecodeError carries the file's whole text"


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path)
