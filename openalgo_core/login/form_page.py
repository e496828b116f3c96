"""A form in the browser that needs no script: questions with labels, and what is wrong beside the answer it is about.

Secrets that were typed are never part of a page; the form is posted, so no answer is part of an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from .pages import Page

__all__ = ["TOKEN_FIELD", "Button", "FormPage", "Question"]

#: The hidden field that proves that a form is one of ours: another site's page cannot read it.
TOKEN_FIELD = "form_token"  # noqa: S105  # a name, not a token

_STYLE = (
    "label{display:block;font-weight:600;margin-top:1.25rem}.hint{margin:0;opacity:.85;font-size:1rem}"
    "input{box-sizing:border-box;width:100%;font:inherit;padding:.6rem;margin-top:.25rem;border:2px solid #767676;"
    "border-radius:.3rem;background:Field;color:FieldText}"
    "button{font:inherit;font-weight:600;min-height:3rem;padding:.6rem 1.4rem;margin:1.5rem .75rem 0 0;"
    "border:2px solid #0b5cad;border-radius:.3rem;background:#0b5cad;color:#fff}"
    "button.second{background:Canvas;color:CanvasText}"
    ":focus-visible{outline:3px solid #c77700;outline-offset:2px}"
    ".wrong{margin:.1rem 0 0;font-size:1rem;font-weight:600;color:#b3001b}input[aria-invalid]{border-color:#b3001b}"
    ".alert{border-left:.35rem solid #b3001b;padding:.1rem 1rem;margin:1rem 0}"
    "@media(prefers-color-scheme:dark){.wrong{color:#ff9b9b}input[aria-invalid],.alert{border-color:#ff9b9b}}"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One input. `value` is what stands in it; `problem` is why the last answer would not do."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    inputmode: str = "text"
    required: bool = True
    hint: str = ""
    value: str = ""
    problem: str = ""

    def render(self, *, focus: bool) -> str:
        """Label, hint, problem and input, tied to each other by ids."""
        return "\n".join(
            [
                f'<label for="{self.name}">{escape(self.label)}</label>',
                *self._notes(),
                f"<input {' '.join(self._attributes(focus=focus))}>",
            ]
        )

    def _notes(self) -> Iterator[str]:
        if self.hint:
            yield f'<p class="hint" id="{self.name}-hint">{escape(self.hint)}</p>'
        if self.problem:
            yield f'<p class="wrong" id="{self.name}-problem">{escape(self.problem)}</p>'

    def _attributes(self, *, focus: bool) -> Iterator[str]:
        described = [note for note, text in (("hint", self.hint), ("problem", self.problem)) if text]
        yield f'id="{self.name}" name="{self.name}" type="{self.kind}"'
        yield f'autocomplete="{self.autocomplete}" inputmode="{self.inputmode}"'
        yield 'autocapitalize="none" spellcheck="false"'
        if described:
            yield f'aria-describedby="{" ".join(f"{self.name}-{note}" for note in described)}"'
        if self.problem:
            yield 'aria-invalid="true"'
        if self.value:
            yield f'value="{escape(self.value)}"'
        if self.required:
            yield "required"
        if focus:
            yield "autofocus"


@dataclass(frozen=True, slots=True)
class Button:
    """Sends the form with `step`. The first button of a form is the one that Enter presses."""

    step: str
    label: str


@dataclass(frozen=True, slots=True)
class FormPage(Page):
    """A page with one form, posted to `action`. `alert` is what went wrong, `notice` what went well.

    `remark` stands below the form.
    """

    action: str = ""
    token: str = ""
    questions: tuple[Question, ...] = ()
    buttons: tuple[Button, ...] = ()
    alert: tuple[str, ...] = ()
    notice: str = ""
    remark: str = ""

    style: ClassVar[str] = Page.style + _STYLE
    form_action: ClassVar[str] = "'self'"
    # With `no-referrer` a browser would send `Origin: null` with our own form, as any page's sandbox can.
    referrer: ClassVar[str] = "same-origin"

    @property
    def head(self) -> str:
        wrong = self.alert or any(question.problem for question in self.questions)
        return f"Error: {self.title}" if wrong else self.title

    def content(self) -> str:
        return "\n".join([*self._messages(), *self._form()])

    def _messages(self) -> Iterator[str]:
        if self.alert:
            lines = "\n".join(f"<p>{escape(line)}</p>" for line in self.alert if line)
            yield f'<div class="alert" role="alert">\n{lines}\n</div>'
        if self.notice:
            yield f'<p role="status">{escape(self.notice)}</p>'

    def _form(self) -> Iterator[str]:
        yield f'<form method="post" action="{escape(self.action)}" novalidate>'
        yield f'<input type="hidden" name="{TOKEN_FIELD}" value="{self.token}">'
        wrong = [question for question in self.questions if question.problem]
        first = next(iter(wrong or self.questions), None)
        for question in self.questions:
            yield question.render(focus=question is first)
        for at, button in enumerate(self.buttons):
            kind = ' class="second"' if at else ""
            yield f'<button name="step" value="{button.step}"{kind}>{escape(button.label)}</button>'
        yield "</form>"
        if self.remark:
            yield f"<p>{escape(self.remark)}</p>"
