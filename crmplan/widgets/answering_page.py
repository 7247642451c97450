"""The page of a respondent: one question at a time or a table, always kept, always where one left off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ipywidgets as widgets

from crmplan.assessment.questionnaire.answering import Answering, Kept
from crmplan.widgets.form import QuestionForm, RowForm
from crmplan.widgets.style import markup, safe

__all__ = ["AnsweringPage"]

_ONE, _TABLE = "One at a time", "Table"
_KEYS = (
    '<p class="crm-keys">With the keyboard: 0 to 5, N or D choose the line that begins so, Tab goes to the next field, '
    "Alt and K keep an answer of the round before.</p>"
)


class AnsweringPage:
    """What one respondent sees and fills in; ``box`` is the widget.

    Parameters
    ----------
    answering
        The questionnaire, open for answers.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._open: list[QuestionForm | RowForm] = []
        self._is_moving = False
        self.progress = markup()
        self.status = markup("", "crm-said")
        self.mode = widgets.ToggleButtons(options=[_ONE, _TABLE], value=_ONE, description="Show")
        self.mode.add_class("crm-field")
        self.goto = widgets.Dropdown(description="Question")
        self.area = widgets.Dropdown(options=self._areas(), description="Area")
        self.back = widgets.Button(description="Previous")
        self.next = widgets.Button(description="Next question", button_style="primary")
        self.keep = widgets.Button(description="Keep my answer and go on")
        self.keep.add_class("crm-keep")
        self.content = widgets.VBox()
        self.content.add_class("crm-content")
        for one in (self.goto, self.area):
            one.add_class("crm-field")
            one.add_class("crm-goto")
        self.keys = markup(_KEYS)
        self.box = widgets.VBox([self._top(), self.content, self.status, self._bottom(), self.keys])
        self._tell_progress()
        self._refill()
        self.goto.value = answering.first_open() or None
        self._listen()
        self._show()

    @property
    def who(self) -> str:
        """Who answers, for the heading."""
        asked = self._answering.questionnaire
        wave = f"wave {asked.wave}, " if asked.wave > 1 else ""
        return f"{asked.respondent.id}, {asked.respondent.role.replace('_', ' ')} · {wave}round {asked.round}"

    @property
    def forms(self) -> tuple[QuestionForm | RowForm, ...]:
        """The forms now on the page."""
        return tuple(self._open)

    def reported(self, question: str, kept: Kept | None) -> None:
        """Say what became of a change, in a line that screen readers read out."""
        now = datetime.now().strftime("%H:%M:%S")
        if kept is None:
            self._say("", "Saving …", question)
        elif kept.state in {"saved", "same"}:
            self._say("saved", f"✓ Saved at {now}", question)
            self._tell_progress()
            self._refill()
            self._offer_to_keep()
        elif kept.state == "incomplete":
            self._say("open", f"Not saved yet: {kept.message}", question)
        else:
            self._say("failed", f"Could not be saved: {kept.message}", question)

    def flush(self) -> None:
        """Keep whatever still waits."""
        for form in self._open:
            form.flush()

    def _top(self) -> widgets.VBox:
        nav = widgets.HBox([self.mode, self.goto, self.area])
        nav.add_class("crm-nav")
        keeping = widgets.HBox([self.keep])
        keeping.add_class("crm-turn")
        return widgets.VBox([self.progress, nav, keeping])

    def _bottom(self) -> widgets.HBox:
        bottom = widgets.HBox([self.back, self.next])
        bottom.add_class("crm-nav")
        bottom.add_class("crm-turn")  # the page moves the keyboard from these buttons to the question that comes
        return bottom

    def _listen(self) -> None:
        self.mode.observe(lambda _: self._show(), names="value")
        self.area.observe(lambda _: self._show(), names="value")
        self.goto.observe(lambda _: self._show(), names="value")
        self.back.on_click(lambda _: self._step(-1))
        self.next.on_click(lambda _: self._step(1))
        self.keep.on_click(lambda _: self._keep())

    def _areas(self) -> list[tuple[str, str]]:
        return [(title, area) for area, title in self._answering.questionnaire.titles.items()]

    def _show(self) -> None:
        if self._is_moving:
            return
        self.flush()
        is_table = self.mode.value == _TABLE
        for one in (self.goto, self.back, self.next, self.keys):
            one.layout.display = "none" if is_table else ""
        self.area.layout.display = "" if is_table else "none"
        old = self._open
        if is_table:
            self._open = [RowForm(self._answering, id, self.reported) for id in self._of_area()]
        elif self.goto.value:
            self._open = [QuestionForm(self._answering, self.goto.value, self.reported)]
        self.content.children = tuple(form.box for form in self._open)
        for form in old:
            form.close()
        self._say("", "")
        ids = self._answering.ids
        place = ids.index(self.goto.value) if self.goto.value in ids else 0
        self.back.disabled = place == 0
        self.next.disabled = place >= len(ids) - 1
        self._offer_to_keep()

    def _offer_to_keep(self) -> None:
        can_keep = bool(self.goto.value) and self._answering.can_keep(self.goto.value)
        self.keep.layout.display = "" if can_keep and self.mode.value == _ONE else "none"

    def _keep(self) -> None:
        self.flush()
        question = self.goto.value
        if not self._answering.can_keep(question):  # a click while it was being hidden
            return
        kept = self._answering.keep(question)
        self._step(1)
        self.reported(question, kept)

    def _of_area(self) -> tuple[str, ...]:
        return tuple(id for id in self._answering.ids if self._answering.asked(id).area == self.area.value)

    def _step(self, by: int) -> None:
        ids = self._answering.ids
        place = ids.index(self.goto.value) + by
        if 0 <= place < len(ids):
            self.goto.value = ids[place]

    def _refill(self) -> None:
        """Mark in the list of questions which of them have an answer."""
        options: list[tuple[str, Any]] = []
        for number, id in enumerate(self._answering.ids, start=1):
            asked = self._answering.asked(id)
            mark = "✓" if self._answering.is_answered(id) else "○"
            options.append((f"{mark} {number}. {asked.question.title}", id))
        if options != list(self.goto.options):
            chosen = self.goto.value
            self._is_moving = True
            self.goto.options = options
            self.goto.value = chosen if chosen in self._answering.ids else None
            self._is_moving = False

    def _tell_progress(self) -> None:
        n, done = len(self._answering.ids), self._answering.n_answered
        share = round(100 * done / n) if n else 0
        words = self._progress_in_words(n, done)
        self.progress.value = (
            f'<div class="crm-bar" role="progressbar" aria-label="Answered" aria-valuemin="0" aria-valuemax="{n}" '
            f'aria-valuenow="{done}"><i style="width:{share}%"></i></div><p class="crm-counted">{words}</p>'
        )

    def _progress_in_words(self, n: int, done: int) -> str:
        asked = self._answering.questionnaire
        within = f" in round {asked.round}" if asked.round > 1 else ""
        if not n:
            return "There is nothing to ask you at present."
        if done == n:
            return f"✓ {n} of {n} questions answered{within}. Thank you. You can change answers until all see them."
        before = ""
        if asked.round > 1:
            before = "; what you said before stands until you change it"
        elif asked.wave > 1 and not done:
            before = ". The assessment before is closed; what you answer now belongs to the next one"
        return f"{done} of {n} questions answered{within}{before}"

    def _say(self, tone: str, text: str, question: str = "") -> None:
        """Say something in the row of the question; where no table is shown, beneath the question."""
        rows = [form.said for form in self._open if isinstance(form, RowForm) and form.question == question]
        for place in rows or [self.status]:
            place.value = f'<div class="crm-status {tone}" role="status" aria-live="polite">{safe(text)}</div>'
