"""A text that must not be seen.

Our own few lines rather than pydantic's secret type, so that reading a quote does not pay for importing pydantic.
"""

from __future__ import annotations

from typing import NoReturn

__all__ = ["Secret"]


class Secret:
    """Holds a text and shows it only to who asks by name.

    >>> pin = Secret("1234")
    >>> print(pin, repr(pin), f"{pin}")
    ********** Secret('**********') **********
    >>> pin.reveal()
    '1234'

    `repr`, `str` and formatting print asterisks, an empty secret included, so that not even its length shows.
    Pickling and copying to JSON are refused. Truth value: whether there is any text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it where the bytes go onto the wire or into the cipher, and nowhere else."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest  # here, because it imports OpenSSL, and few secrets are ever compared

        return compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return "*" * 10

    def __repr__(self) -> str:
        return "Secret('**********')"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")
