"""The door of the workshop: a token opens one's own page, the facilitator's opens the live screen, others nothing."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as widgets

from crmplan.assessment.access import FACILITATOR, holder_of
from crmplan.assessment.questionnaire.answering import Answering
from crmplan.engagement import Engagement, find_client
from crmplan.errors import CrmplanError
from crmplan.reporting.brand import load_brand
from crmplan.widgets.answering_page import AnsweringPage
from crmplan.widgets.facilitator import FacilitatorPage
from crmplan.widgets.keyboard import keyboard
from crmplan.widgets.style import markup, safe, sheet

__all__ = ["Workshop"]


class Workshop:
    """The workshop of a client: first the door, behind it the page of whoever entered; ``box`` is the widget.

    Parameters
    ----------
    client
        A client's folder, or the name of a sample client.

    Examples
    --------
    >>> workshop = Workshop("rehearsal")
    >>> workshop.enter("a wrong token")
    >>> workshop.page is None
    True
    """

    def __init__(self, client: str | Path) -> None:
        self.engagement = Engagement.open(find_client(client))
        self.page: AnsweringPage | FacilitatorPage | None = None
        brand = load_brand(self.engagement)
        self.token = widgets.Password(description="Your token", placeholder="xxxx-xxxx-xxxx-xxxx")
        self.token.add_class("crm-field")
        self.door = widgets.Button(description="Enter", button_style="primary")
        self.said = markup("", "crm-said")
        entry = widgets.VBox([markup("<h1>Readiness questionnaire</h1>"), self.token, self.door, self.said])
        entry.add_class("crm-entry")
        self._inside = widgets.VBox([entry])
        self.box = widgets.VBox([sheet(brand), *keyboard(), self._inside])
        self.box.add_class("crm")
        self.door.on_click(lambda _: self.enter(self.token.value))
        self.token.observe(lambda change: self._pasted(change["new"]), names="value")

    def enter(self, token: str) -> None:
        """Open the page of whoever holds the token; say the same to every other one."""
        if self.page is not None:
            return
        try:
            holder = holder_of(self.engagement.folder, token)
            if holder is None:
                self._say("This token opens nothing. Please look at it again, or ask whoever invited you.")
                return
            page = self._page_of(holder)
        except CrmplanError as cause:
            self._say(f"The questionnaire cannot be opened: {cause}")
            return
        self.page = page
        self.token.value = ""
        name = safe(self.engagement.client.name)
        heading = f'<div class="crm-head"><b>{name}</b><span>{safe(page.who)}</span></div>'
        self._inside.children = (markup(heading), page.box)

    def _page_of(self, holder: str) -> AnsweringPage | FacilitatorPage:
        if holder == FACILITATOR:
            return FacilitatorPage(self.engagement)
        return AnsweringPage(Answering(self.engagement, holder))

    def _pasted(self, token: str) -> None:
        # A whole token, pasted or typed, opens without a further click; part of one is left alone.
        if sum(sign.isalnum() for sign in token) >= 16:
            self.enter(token)

    def _say(self, text: str) -> None:
        self.said.value = f'<div class="crm-status failed" role="alert">{safe(text)}</div>'
