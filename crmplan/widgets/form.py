"""The form of one question: every change is kept at once, and what it shows can always be read anew from the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from crmplan.assessment.questionnaire.answering import Answering, Kept
from crmplan.assessment.questionnaire.panel import SaidTo
from crmplan.assessment.questionnaire.reply import CONFIDENCES, DOES_NOT_APPLY, as_typed, lines_of
from crmplan.assessment.questions import Question
from crmplan.widgets.pause import AfterPause
from crmplan.widgets.style import markup, safe

__all__ = ["Form", "QuestionForm", "RowForm"]

_UNITS = {"share": "in %, such as 12 %", "per_day": "a day", "per_year": "a year", "count": "as a number"}
_TYPED_AT_LENGTH = ("figure", "reason", "comment", "evidence")
_VERDICTS = {
    "yes": "By the rule fixed beforehand they agree.",
    "no": "By the rule fixed beforehand they do not agree.",
    "": "",
}
_YOUR_TURN = " Your own answer is below: keep it, or change it now that you have talked."
_FITS_A_LIST = 44
_CAMPS = {"by role": " The roles stand in two camps.", "across roles": " They stand in two camps.", "": ""}
Report = Callable[[str, Kept | None], None]


class Form:
    """Fields of one question, by the names of :data:`crmplan.assessment.questionnaire.reply.FIELDS`.

    Parameters
    ----------
    answering
        Where answers go.
    question
        Id of the question.
    fields
        A widget for each field that the form has.
    report
        Is told the question and what became of each change; None while a change waits to be kept.
    """

    def __init__(
        self, answering: Answering, question: str, fields: dict[str, widgets.ValueWidget], report: Report
    ) -> None:
        self._answering = answering
        self._report = report
        self._touched: set[str] = set()
        self._is_refreshing = False
        self.question = question
        self.fields = fields
        self._later = AfterPause(self.keep)
        for name, field in fields.items():
            field.observe(lambda change, name=name: self._changed(name), names="value")
        self.refresh()

    def refresh(self) -> None:
        """Show what has been said so far."""
        self._later.now()
        self._is_refreshing = True
        asked = self._answering.asked(self.question)
        typed = as_typed(asked.question, asked.reply)
        for name, field in self.fields.items():
            text = _figure_text(typed[name]) if name == "figure" else typed[name]
            options = getattr(field, "options", None)
            is_choice = options is not None and not isinstance(field, widgets.Combobox)
            known = [one[1] if isinstance(one, tuple) else one for one in options or ()]
            field.value = (text if text in known else "" if "" in known else None) if is_choice else text
        self._is_refreshing = False
        self._touched.clear()
        self.arrange()

    def arrange(self) -> None:
        """Show or hide fields as the answer asks for; forms with such fields override it."""

    def keep(self) -> Kept:
        """Keep what was touched and report what became of it."""
        typed: dict[str, Any] = {name: self.fields[name].value or "" for name in self._touched}
        kept = self._answering.put(self.question, typed)
        if kept.state in {"saved", "same"}:
            self._touched.clear()
        self._report(self.question, kept)
        return kept

    def flush(self) -> None:
        """Keep at once what still waits for a pause."""
        self._later.now()

    def close(self) -> None:
        """Give back what the browser holds of the form."""
        for field in self.fields.values():
            field.close()

    def _changed(self, name: str) -> None:
        if self._is_refreshing:
            return
        self._touched.add(name)
        self.arrange()
        if name in _TYPED_AT_LENGTH:
            self._report(self.question, None)
            self._later()
        else:
            self._later.now()
            self.keep()


class QuestionForm(Form):
    """The form that shows one question at a time, with everything there is to say; ``box`` is the widget."""

    def __init__(self, answering: Answering, question: str, report: Report) -> None:
        asked = answering.asked(question)
        fields = _fields(asked.question)
        self._details = widgets.VBox([fields[name] for name in ("confidence", "comment", "evidence")])
        super().__init__(answering, question, fields, report)
        first = ("figure", "answer", "reason") if asked.question.bands else ("answer", "reason", "up_to", "figure")
        shown = [fields[name] for name in first if name in fields]
        heading = _heading(asked.question) + _group(answering.said_before(question), advice=_YOUR_TURN)
        self.box = widgets.VBox([markup(heading), *shown, self._details])

    def arrange(self) -> None:
        """Ask for a reason only where the question does not apply, and for a range only beside a level."""
        answer = self.fields["answer"].value or ""
        is_level = answer[:1].isdigit()
        self.fields["reason"].layout.display = "" if answer == DOES_NOT_APPLY else "none"
        if "up_to" in self.fields:
            self.fields["up_to"].layout.display = "" if is_level else "none"


class RowForm(Form):
    """A row of the table of questions: the answer, the reason, and a comment; ``box`` is the widget.

    A list cuts off lines that are longer than itself, so the line that was chosen stands in full beneath it. ``said``
    is the place for what became of a change: the foot of a long table is out of sight.
    """

    def __init__(self, answering: Answering, question: str, report: Report) -> None:
        asked = answering.asked(question)
        every = _fields(asked.question)
        choices = [("choose …", ""), *((line, line) for line in lines_of(asked.question))]
        answer = _named(widgets.Dropdown(options=choices, description="Answer"), question, "answer")
        fields = {"answer": answer, "reason": every["reason"], "comment": every["comment"]}
        if "figure" in every:
            fields["figure"] = every["figure"]
        fields["comment"].rows = 1
        self.said = markup("", "crm-said")
        self.chosen = markup("", "crm-chosen")
        self.stays = widgets.Button(description="Keep this answer")
        self.stays.on_click(lambda _: self._keep_as_it_is())
        super().__init__(answering, question, fields, report)
        text = f"<b>{safe(asked.question.title)}</b><br>{safe(asked.question.text)}"
        shown = [fields[name] for name in ("figure", "answer") if name in fields]
        column = widgets.VBox([*shown, self.chosen, self.stays, fields["reason"], fields["comment"], self.said])
        column.add_class("crm-fields")
        self.box = widgets.HBox([markup(text + _group(answering.said_before(question))), column])
        self.box.add_class("crm-row")

    def arrange(self) -> None:
        """Ask for a reason only where the question does not apply; offer to keep what was said a round before."""
        answer = self.fields["answer"].value or ""
        self.fields["reason"].layout.display = "" if answer == DOES_NOT_APPLY else "none"
        self.chosen.value = safe(answer) if len(answer) > _FITS_A_LIST else ""
        self.stays.layout.display = "" if self._answering.can_keep(self.question) else "none"

    def keep(self) -> Kept:
        """Keep what was touched and report what became of it."""
        kept = super().keep()
        self.arrange()
        return kept

    def _keep_as_it_is(self) -> None:
        self.flush()
        if self._answering.can_keep(self.question):
            self._report(self.question, self._answering.keep(self.question))
        self.arrange()


def _fields(question: Question) -> dict[str, Any]:
    lines = lines_of(question)
    levels = [line for line in lines[:-2] if not line.startswith("0 ")]
    own = "Or choose the line that fits" if question.bands else "Choose the highest line that is wholly true today"
    fields: dict[str, Any] = {
        "answer": widgets.RadioButtons(options=lines, value=None, description=own),
        "reason": widgets.Combobox(
            options=question.na_reasons, ensure_option=False, continuous_update=True,
            description="Why does it not apply here?", placeholder="choose or write a reason",
        ),
        "confidence": widgets.ToggleButtons(
            options=[(line[4:].split(",")[0].capitalize(), line) for line in CONFIDENCES], value=None,
            description="How sure are you?",
        ),
        "comment": widgets.Textarea(continuous_update=True, description="Comment", rows=2),
        "evidence": widgets.Textarea(
            continuous_update=True, rows=2, description="Evidence: documents somebody could look at, one a line",
            placeholder=question.evidence.examples[0] if question.evidence else "",
        ),
    }  # fmt: skip
    if question.scale in {"practice_0_5", "fit_gap"}:
        between = [("no, the line above is right", ""), *((line, line) for line in levels)]
        fields["up_to"] = widgets.Dropdown(options=between, description="Between two lines? Then up to")
    if question.states:
        unit = _UNITS.get(question.states.unit, f"in {question.states.unit}")
        asked = f"{question.states.ask} ({unit}), as you believe it to be"
        fields["figure"] = widgets.Text(continuous_update=True, description=asked)
        fields["figure"].add_class("crm-short")
    return {name: _named(field, question.id, name) for name, field in fields.items()}


def _named(field: Any, question: str, name: str) -> Any:
    field.add_class("crm-field")
    field.add_class(f"crm-{question}-{name}")
    field.style.description_width = "initial"
    field.layout.width = "100%"
    return field


def _heading(question: Question) -> str:
    help = f"<p>{safe(question.help)}</p>" if question.help else ""
    return (
        f'<p class="crm-over">{safe(question.id)} · {safe(question.theme)}</p><h1>{safe(question.text)}</h1>{help}'
        f'<p class="crm-why">Why we ask: {safe(question.why)}</p>'
    )


def _group(before: SaidTo | None, *, advice: str = "") -> str:
    """Return what the group said in the round before, without who said what."""
    if before is None:
        return ""
    if before.said is None:
        text = "In the round before, fewer than three people gave a level; what they said is not shown."
    elif before.said.lowest == before.said.highest:
        text = (
            f"In the round before, all {before.said.n} people who gave a level answered {before.said.value:g}.{advice}"
        )
    else:
        said = before.said
        text = (
            f"In the round before, {said.n} people answered from {said.lowest:g} to {said.highest:g}; half said "
            f"{said.value:g} or less. {_VERDICTS[said.is_agreed]}{_CAMPS[said.camps]}{advice}"
        )
    return f'<p class="crm-mine">{text}</p>'


def _figure_text(value: str | float) -> str:
    return value if isinstance(value, str) else repr(value).removesuffix(".0")
