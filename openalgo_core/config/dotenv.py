"""The `.env` format, as the brokers' set-up pages show it and as people paste it.

python-dotenv reads each line, so quotes, spaces around `=`, `export` and comments mean what they mean
elsewhere. Three things differ, all for the sake of secrets: nothing is interpolated (secrets contain `$`), a
value ends with its line (a missing quote must not swallow the next secret), and a line that says nothing is
an error. Beyond that the raw Markdown of Definedge's page is understood: see `_plain`.
"""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from ..errors import ConfigurationError
from ..secrets import Secret

__all__ = ["parse", "read"]

_NEWLINE = re.compile(r"\r\n|\n|\r")  # not str.splitlines, which also cuts at separators that may stand in a password
_ESCAPED_KEY = re.compile(r"\s*(?:export\s+)?\w*(?:\\_\w*)+\s*=")
_MARKDOWN_SPACE = "&#x20;"


def read(path: Path) -> dict[str, Secret]:
    """The variables of a file. Raises `ConfigurationError`, naming file and line, for what cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", hint="Check the name and the file's mode."
        ) from error
    try:
        return parse(content.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        # Not chained: a UnicodeDecodeError carries the whole file, secrets and all.
        line = content.count(b"\n", 0, error.start) + 1
    raise ConfigurationError(f"{path}, line {line}: not UTF-8.", hint="Save the file as UTF-8 text.")


def parse(text: str, source: str) -> dict[str, Secret]:
    """The variables of a text; the last of a repeated name counts, surrounding spaces of a value do not.

    `source` names the text in the `ConfigurationError` that a broken line raises; what the line holds is
    never shown.
    """
    from dotenv.parser import parse_stream  # lazily: 20 ms that a shell with the variables set need not pay

    variables: dict[str, Secret] = {}
    for number, line in enumerate(_NEWLINE.split(text.removeprefix("\ufeff")), start=1):
        for binding in parse_stream(StringIO(_plain(line))):
            if binding.error or (binding.key is not None and binding.value is None):
                raise ConfigurationError(
                    f"{source}, line {number}: not of the form NAME = 'value'.",
                    hint="Close every quote, put = between name and value, and start comments with #.",
                )
            if binding.key is not None and binding.value is not None:
                variables[binding.key] = Secret(binding.value.strip())
    return variables


def _plain(line: str) -> str:
    r"""The line without what Markdown added.

    GitBook's source of a set-up page writes a trailing space as `&#x20;`, a comment as `\#…` and a name as
    `BROKER\_API\_KEY`. Values are unescaped only where the name is escaped too: elsewhere a backslash is the
    secret's own.
    """
    line = line.rstrip()
    while line.endswith(_MARKDOWN_SPACE):
        line = line.removesuffix(_MARKDOWN_SPACE).rstrip()
    if line.lstrip().startswith("\\#"):
        return ""
    if _ESCAPED_KEY.match(line):
        return line.replace("\\_", "_").replace("\\#", "#")
    return line
