"""The live screen of the facilitator: who has answered, and, once the round is revealed, where people are apart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import ipywidgets as widgets

from crmplan.assessment.agreement import Said
from crmplan.assessment.checklists import load_checklists
from crmplan.assessment.questionnaire.panel import Panel, SaidTo, Turnout, panel_of
from crmplan.assessment.revealing import reveal_round
from crmplan.engagement import Engagement
from crmplan.errors import CrmplanError
from crmplan.widgets.style import markup, safe

__all__ = ["FacilitatorPage"]

_SECONDS_BETWEEN_LOOKS = 3.0
_TALLEST = 30


class FacilitatorPage:
    """What the facilitator sees; ``box`` is the widget. It looks again every few seconds while its kernel runs.

    Parameters
    ----------
    engagement
        The client.
    """

    who = "Facilitator"

    def __init__(self, engagement: Engagement) -> None:
        self._engagement = engagement
        self._checklists = load_checklists(overlay=engagement.overlay)
        self._panel: Panel | None = None
        self.turnout = markup()
        self.apart = markup()
        self.said = markup()
        self.name = widgets.Text(description="Revealed by", placeholder="your name, kept with the record")
        self.sure = widgets.Checkbox(description="Everybody has answered as far as they will", indent=False)
        self.reveal = widgets.Button(description="Reveal the round", disabled=True)
        for one in (self.name, self.sure):
            one.add_class("crm-field")
        self.name.add_class("crm-short")
        foot = widgets.VBox([self.name, self.sure, self.reveal, self.said])
        self.box = widgets.VBox([self.turnout, self.apart, markup("<h2>Reveal</h2>"), foot])
        self.name.observe(lambda _: self._allow(), names="value")
        self.sure.observe(lambda _: self._allow(), names="value")
        self.reveal.on_click(lambda _: self._reveal())
        self.look()
        with contextlib.suppress(RuntimeError):  # in a script no loop runs, and nobody watches
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def look(self) -> None:
        """Show how things stand now."""
        try:
            self._panel = panel_of(self._engagement, checklists=self._checklists)
        except CrmplanError as cause:
            self._say("failed", f"The answers cannot be read: {cause}")
            return
        round = self._panel.open_round
        self.turnout.value = f"<h1>Round {round.round}</h1>{_turnout_table(self._panel.turnout)}"
        self.apart.value = self._apart(self._panel)
        self.reveal.description = f"Reveal round {round.round} to all"

    def _apart(self, panel: Panel) -> str:
        if panel.revealed is None:
            return (
                "<h2>Where people are apart</h2><p>Nothing is shown while the first round is open, not even here, so "
                "that nobody leans on what others say. It appears with the reveal.</p>"
            )
        title = f"<h2>Where people were apart in round {panel.revealed.round}</h2>"
        changed = "" if panel.revealed.is_as_revealed else (
            '<p class="crm-apart">The answers of this round are not as they were when it was revealed.</p>'
        )  # fmt: skip
        return title + changed + _in_short(panel) + _apart_table(panel.questions)

    def _allow(self) -> None:
        self.reveal.disabled = not (self.name.value.strip() and self.sure.value)

    def _reveal(self) -> None:
        if self._panel is None or self.reveal.disabled:
            return
        open_round = self._panel.open_round
        try:
            reveal_round(
                self._engagement.answers, self._engagement.folder / "decisions", wave=open_round.wave,
                round=open_round.round, by=self.name.value.strip(), at=datetime.now(UTC).isoformat(timespec="seconds"),
                rule=self._engagement.consensus,
            )  # fmt: skip
        except CrmplanError as cause:
            self._say("failed", f"The round was not revealed: {cause}")
            return
        self.sure.value = False
        self._say("saved", f"✓ Round {open_round.round} is revealed; answers now go to round {open_round.round + 1}")
        self.look()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            self.look()

    def _say(self, tone: str, text: str) -> None:
        self.said.value = f'<div class="crm-status {tone}" role="status" aria-live="polite">{safe(text)}</div>'


def _turnout_table(turnout: Iterable[Turnout]) -> str:
    rows = "".join(
        f"<tr><td>{safe(one.respondent)}</td><td>{safe(one.role.replace('_', ' '))}</td>"
        f'<td class="n">{one.n_answered} of {one.n_asked}</td><td style="width:34%"><div class="crm-bar">'
        f'<i style="width:{round(100 * one.n_answered / one.n_asked) if one.n_asked else 0}%"></i></div></td>'
        f'<td class="n">{safe(_clock(one.last_at))}</td></tr>'
        for one in turnout
    )
    head = '<tr><th>Who</th><th>Role</th><th class="n">Answered</th><th></th><th class="n">Last answer</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _in_short(panel: Panel) -> str:
    """Return the rule in words, and how many questions it leaves open."""
    rule = panel.rule
    levels = "level" if rule.within_levels == 1 else "levels"
    words = (
        f"The rule fixed before anybody answered: people agree when {100 * rule.share:.0f} % of the answers lie within "
        f"{rule.within_levels:g} {levels} of the middle one and the mean distance from it is at most "
        f"{rule.max_average_deviation:g}."
    )
    shown = [one.said for one in panel.questions if one.said is not None]
    n_open = sum(said.is_agreed == "no" for said in shown)
    n_camps = sum(bool(said.camps) for said in shown)
    camps = f"; on {n_camps} they stand in two camps" if n_camps else ""
    return f"<p>{words}</p><p><b>No consensus on {n_open} of {len(shown)} questions{camps}.</b></p>" if shown else ""


def _apart_table(questions: Sequence[SaidTo]) -> str:
    shown = [row for one in questions if (row := _apart_row(one))]
    n_left = len(questions) - len(shown)
    left = f"<p>{n_left} of {len(questions)} questions are not shown: fewer than three people gave a level.</p>"
    head = (
        '<tr><th>Question</th><th>Answers at 0 to 5</th><th class="n">Median</th>'
        '<th class="n">Mean distance<br>from it, levels</th><th>Consensus</th><th>Who stands where</th></tr>'
    )
    table = f"<table><thead>{head}</thead><tbody>{''.join(shown)}</tbody></table>" if shown else ""
    return table + (left if n_left else "")


def _apart_row(one: SaidTo) -> str:
    if one.said is None or one.by_level is None:
        return ""
    said = one.said
    is_open = said.is_agreed == "no"
    far = ' class="crm-apart"' if is_open else ""
    return (
        f"<tr><td><b>{safe(one.question.id)}</b> {safe(one.question.title)}</td><td>{_bars(one.by_level)}</td>"
        f'<td class="n">{said.value:g}</td><td class="n">{said.spread:.1f}</td>'
        f"<td{far}>{'no' if is_open else 'yes'}</td><td>{_who_stands_where(said)}</td></tr>"
    )


def _who_stands_where(said: Said) -> str:
    """Return the camps and the medians of the roles; roles holds no group of fewer than three people."""
    camps = {"by role": "two camps, by role", "across roles": "two camps", "": ""}[said.camps]
    is_shown = said.camps == "by role" or (said.lowest_role and said.highest_role)
    roles = [f"{one.role.replace('_', ' ')} {one.value:g} ({one.n})" for one in said.roles] if is_shown else []
    told = [f"<b>{camps}</b>"] if camps else []
    return "<br>".join([*told, *(safe(role) for role in roles)]) or "–"


def _bars(by_level: tuple[int, ...]) -> str:
    most = max(by_level) or 1
    words = ", ".join(f"{n} at {level}" for level, n in enumerate(by_level) if n)
    bars = "".join(
        f'<i class="{"" if n else "none"}" style="height:{max(2, round(_TALLEST * n / most))}px"></i>' for n in by_level
    )
    return f'<span class="crm-levels" role="img" aria-label="{safe(words)}">{bars}</span>'


def _clock(at: str) -> str:
    try:
        return datetime.fromisoformat(at).strftime("%d %b %H:%M") if at else "–"
    except ValueError:
        return "–"
