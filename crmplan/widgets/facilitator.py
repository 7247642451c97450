"""The live screen of the facilitator: who has answered, and, once the round is revealed, where people are apart."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

import ipywidgets as widgets

from crmplan.assessment.checklists import load_checklists
from crmplan.assessment.questionnaire.panel import Panel, panel_of
from crmplan.assessment.revealing import reveal_round
from crmplan.engagement import Engagement
from crmplan.errors import CrmplanError
from crmplan.widgets.panel_tables import not_counted, turnout_table, where_apart
from crmplan.widgets.style import markup, safe

__all__ = ["FacilitatorPage"]

_SECONDS_BETWEEN_LOOKS = 3.0


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
        self._cannot_read = False
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
        self.box.add_class("crm-screen")
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
        except (CrmplanError, OSError) as cause:  # the watch must go on: at the next look it may be mended
            self._cannot_read = True
            self._say("failed", f"The answers cannot be read: {cause}")
            return
        if self._cannot_read:
            self._cannot_read = False
            self._say("", "")
        round = self._panel.open_round
        turnout = turnout_table(self._panel.turnout, time_zone=self._engagement.time_zone)
        wave = f"Wave {round.wave}, round" if round.wave > 1 else "Round"
        self.turnout.value = f"<h1>{wave} {round.round}</h1>{turnout}{not_counted(self._panel)}"
        self.apart.value = where_apart(self._panel)
        self.reveal.description = f"Reveal round {round.round} to all"

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
                rule=self._engagement.consensus, respondents=self._engagement.respondents,
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
