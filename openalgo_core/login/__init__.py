"""Getting a person logged in: questions on the terminal, codes from a secret, the broker's page and its callback."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .arrivals import RedirectTarget, answer_from_url
    from .browser import open_page
    from .callback import CallbackReceiver
    from .fields import collect, given_answers, unattended
    from .form import LoginForm
    from .known import Known
    from .totp import TotpCodes
    from .web import WebBroker, has_page, paste_login, web_login

__all__ = [
    "CallbackReceiver",
    "Known",
    "LoginForm",
    "RedirectTarget",
    "TotpCodes",
    "WebBroker",
    "answer_from_url",
    "collect",
    "given_answers",
    "has_page",
    "open_page",
    "paste_login",
    "unattended",
    "web_login",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "CallbackReceiver": ".callback",
        "Known": ".known",
        "LoginForm": ".form",
        "RedirectTarget": ".arrivals",
        "TotpCodes": ".totp",
        "WebBroker": ".web",
        "answer_from_url": ".arrivals",
        "collect": ".fields",
        "given_answers": ".fields",
        "has_page": ".web",
        "open_page": ".browser",
        "paste_login": ".web",
        "unattended": ".fields",
        "web_login": ".web",
    },
)
