"""Getting a person logged in: questions on the terminal, codes from a secret, the broker's page and its callback."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .browser import open_page
    from .callback import CallbackReceiver, RedirectTarget, answer_from_url
    from .fields import collect, given_answers, unattended
    from .totp import TotpCodes
    from .web import WebBroker, paste_login, web_login

__all__ = [
    "CallbackReceiver",
    "RedirectTarget",
    "TotpCodes",
    "WebBroker",
    "answer_from_url",
    "collect",
    "given_answers",
    "open_page",
    "paste_login",
    "unattended",
    "web_login",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "CallbackReceiver": ".callback",
        "RedirectTarget": ".callback",
        "TotpCodes": ".totp",
        "WebBroker": ".web",
        "answer_from_url": ".callback",
        "collect": ".fields",
        "given_answers": ".fields",
        "open_page": ".browser",
        "paste_login": ".web",
        "unattended": ".fields",
        "web_login": ".web",
    },
)
