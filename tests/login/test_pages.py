"""What the person sees."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from openalgo_core.errors import AuthenticationError
from openalgo_core.models import CallbackAnswer

from .conftest import PATH, STATE, Answer, waiting

RIGHT = f"{PATH}?apisession=12345678&state={STATE}"


class Outline(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def every_page() -> list[Answer]:
    def refuse(answer: CallbackAnswer) -> CallbackAnswer:
        raise AuthenticationError("<b>Invalid</b> session & more", hint="Try again")

    with waiting() as login:
        pages = [login.send("GET", "/"), login.send("PUT", RIGHT), login.send("GET", f"{RIGHT}&a=%00")]
        pages += [login.send("POST", RIGHT, {"Origin": "https://attacker.example"}), login.send("GET", RIGHT)]
    with waiting(refuse) as login:
        pages.append(login.send("GET", RIGHT))
    return pages


def test_every_page_is_small_self_contained_accessible_and_holds_no_token() -> None:
    for page in every_page():
        outline = Outline(page.text)
        assert len(page.text) < 2000
        assert outline.attributes["lang"] == "en"
        assert outline.attributes["name"] == "viewport"
        assert outline.tags.count("h1") == outline.tags.count("title") == outline.tags.count("main") == 1
        assert not {"script", "link", "img", "iframe", "a", "form", "base"} & set(outline.tags)
        assert "http" not in page.text.lower()
        assert not any(secret in page.text for secret in ("12345678", STATE, "canary-key"))


def test_every_answer_is_kept_by_nobody_and_runs_nothing() -> None:
    for page in every_page():
        headers = {name.lower(): value for name, value in page.headers.items()}
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert not {"location", "set-cookie", "server", "access-control-allow-origin"} & set(headers)


def test_success_and_the_broker_s_own_error_are_shown() -> None:
    *_, success, error = every_page()
    assert (success.status, error.status) == (200, 400)
    assert "You are logged in to icici" in Outline(success.text).texts
    assert "&lt;b&gt;Invalid&lt;/b&gt; session &amp; more" in error.text
    assert "Try again" in error.text


def test_a_fault_of_ours_is_not_explained_to_the_browser() -> None:
    def fail(answer: CallbackAnswer) -> CallbackAnswer:
        raise RuntimeError("canary")

    with waiting(fail) as login:
        page = login.send("GET", RIGHT)
        assert page.status == 400
        assert "canary" not in page.text
        with pytest.raises(RuntimeError):
            login.result.result(30)
