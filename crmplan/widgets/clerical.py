"""Clerical review: one pair of customer records after another, judged same, different or unsure by a person.

It shows the records as the systems have them, for nobody can judge a pseudonym; it belongs into the working session
and never into a report. Every verdict is written at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ipywidgets

from crmplan.customers import PairLabel, keep_label
from crmplan.customers.review import open_pairs, side_by_side
from crmplan.reporting.brand import load_brand
from crmplan.widgets.keyboard import keyboard
from crmplan.widgets.style import markup, safe, sheet

if TYPE_CHECKING:
    import pandas as pd

    from crmplan.customers.labels import Verdict
    from crmplan.workbench import Workbench

__all__ = ["PairReview"]

_CHOICES: tuple[tuple[Verdict, str], ...] = (
    ("same", "Same customer"),
    ("different", "Different customers"),
    ("unsure", "Unsure"),
)
_KEPT = {"same": "one customer", "different": "different customers", "unsure": "unsure"}


class PairReview(ipywidgets.VBox):  # type: ignore[misc]
    """A pair of records with three buttons; a verdict brings the next pair, and one may go back and judge anew.

    Parameters
    ----------
    bench
        The client's workbench.
    by
        Pseudonym of whoever judges.
    most
        How many pairs to show, the closest calls first.
    """

    def __init__(self, bench: Workbench, *, by: str = "consultant", most: int = 50) -> None:
        view = bench.customers()
        self._file = bench.engagement.pair_labels
        self._systems = {source.name: source.label or source.name for source in bench.engagement.sources}
        self._customers = view.tables.frame("customers") if "customers" in view.tables else None
        self._pairs = open_pairs(view.joining.pairs, threshold=view.joining.threshold, most=most)
        self._by = by
        self._place = 0
        self.status, self.pair = markup(), markup()
        self.said = markup("", "crm-said")
        self.buttons = {verdict: ipywidgets.Button(description=words) for verdict, words in _CHOICES}
        self.back = ipywidgets.Button(description="Previous pair")
        for verdict, button in self.buttons.items():
            button.on_click(lambda _, said=verdict: self.judge(said))
        self.back.on_click(lambda _: self._step_back())
        choices = ipywidgets.HBox([*self.buttons.values(), self.back])
        choices.add_class("crm-nav")
        self.back.add_class("crm-apart-from-others")
        head = (
            f"<div class='crm-head'><b>{safe(bench.engagement.client.name)}</b><span>One customer or two?</span></div>"
        )
        looks = (sheet(load_brand(bench.engagement)), *keyboard())
        super().__init__([*looks, markup(head), self.status, self.pair, choices, self.said])
        self.add_class("crm")
        self._show()

    def judge(self, verdict: Verdict) -> None:
        """Write a verdict on the pair shown and show the next one; of two verdicts on a pair the later counts."""
        if self._place >= len(self._pairs):
            return
        pair = self._pairs.iloc[self._place]
        ends = (pair["source_a"], pair["customer_id_a"], pair["source_b"], pair["customer_id_b"])
        now = datetime.now(UTC).isoformat(timespec="seconds")
        keep_label(self._file, PairLabel(*ends, verdict=verdict, by=self._by, at=now))
        self._place += 1
        self.said.value = (
            f'<div class="crm-status saved" role="status">✓ Kept: pair {self._place}, {_KEPT[verdict]}</div>'
        )
        self._show()

    def _step_back(self) -> None:
        self._place = max(0, self._place - 1)
        self.said.value = ""
        self._show()

    def _show(self) -> None:
        n = len(self._pairs)
        for button in self.buttons.values():
            button.disabled = self._place >= n
        self.back.disabled = self._place == 0
        if self._place >= n:
            done = (
                f"All {n} judged. Open the chapter anew, and these verdicts count." if n
                else "No pair waits for a verdict."
            )  # fmt: skip
            self.status.value, self.pair.value = f"<p><b>{done}</b></p>", ""
            return
        pair = self._pairs.iloc[self._place]
        bar = (
            f'<div class="crm-bar" role="progressbar" aria-label="Judged" aria-valuemin="0" aria-valuemax="{n}" '
            f'aria-valuenow="{self._place}"><i style="width:{round(100 * self._place / n)}%"></i></div>'
        )
        self.status.value = (
            f'{bar}<p class="crm-counted">Pair {self._place + 1} of {n} · likeness {100 * pair["probability"]:.0f} % · '
            f"{'taken for one customer' if pair['outcome'] == 'joined' else 'kept apart'} until somebody judges</p>"
        )
        self.pair.value = self._table(pair)

    def _table(self, pair: pd.Series) -> str:
        systems = [safe(self._systems.get(pair[f"source_{side}"], pair[f"source_{side}"])) for side in ("a", "b")]
        heads = "".join(f'<th scope="col">{system}</th>' for system in systems)
        fields = [] if self._customers is None else side_by_side(self._customers, pair).to_dict("records")
        rows = []
        for one in fields:
            # A record that says nothing does not contradict, and no two systems enter a customer at the same time.
            is_marked = bool(one["a"] and one["b"]) and not one["is_same"] and one["field"] != "created_at"
            cells = "".join(_cell(one[side], is_marked=is_marked) for side in ("a", "b"))
            rows.append(f'<tr><th scope="row">{safe(one["field"].replace("_", " "))}</th>{cells}</tr>')
        table = (
            f"<table class='crm-pair'><thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )
        reasons = safe(pair["reasons"])
        return f"<h2>Are these one customer?</h2>{table}<p>{reasons[:1].upper()}{reasons[1:]}</p>"


def _cell(text: str, *, is_marked: bool) -> str:
    """Return a cell; what differs is marked, so that nobody has to search for it."""
    return f"<td><mark>{safe(text)}</mark></td>" if is_marked else f"<td>{safe(text) or '–'}</td>"
