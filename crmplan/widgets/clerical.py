"""Clerical review: one pair of customer records after another, judged same, different or unsure by a person.

It shows the records as the systems have them, for nobody can judge a pseudonym; it belongs into the working session
and never into a report. Every verdict is written at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

import ipywidgets

from crmplan.customers import PairLabel, keep_label
from crmplan.customers.review import open_pairs, side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from crmplan.customers.labels import Verdict
    from crmplan.workbench import Workbench

__all__ = ["PairReview"]

_CHOICES: tuple[tuple[Verdict, str, str], ...] = (
    ("same", "Same customer", "success"),
    ("different", "Different customers", "danger"),
    ("unsure", "Unsure", ""),
)
_CELL = "padding:4px 12px;text-align:left;border-bottom:1px solid #ddd"


class PairReview(ipywidgets.VBox):  # type: ignore[misc]
    """A pair of records with three buttons; a verdict brings the next pair.

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
        self.status = ipywidgets.HTML()
        self.pair = ipywidgets.HTML()
        self.buttons = {
            verdict: ipywidgets.Button(description=words, button_style=style) for verdict, words, style in _CHOICES
        }
        for verdict, button in self.buttons.items():
            button.on_click(lambda _, said=verdict: self.judge(said))
        super().__init__([self.status, self.pair, ipywidgets.HBox(list(self.buttons.values()))])
        self._show()

    def judge(self, verdict: Verdict) -> None:
        """Write a verdict on the pair shown and show the next one."""
        if self._place >= len(self._pairs):
            return
        pair = self._pairs.iloc[self._place]
        ends = (pair["source_a"], pair["customer_id_a"], pair["source_b"], pair["customer_id_b"])
        now = datetime.now(UTC).isoformat(timespec="seconds")
        keep_label(self._file, PairLabel(*ends, verdict=verdict, by=self._by, at=now))
        self._place += 1
        self._show()

    def _show(self) -> None:
        n = len(self._pairs)
        for button in self.buttons.values():
            button.disabled = self._place >= n
        if self._place >= n:
            done = (
                f"{n} judged; open the chapter anew, and these verdicts count." if n else "No pair waits for a verdict."
            )
            self.status.value, self.pair.value = f"<b>{done}</b>", ""
            return
        pair = self._pairs.iloc[self._place]
        self.status.value = (
            f"<b>Pair {self._place + 1} of {n}</b>: likeness {100 * pair['probability']:.0f} %, "
            f"{'taken for one customer' if pair['outcome'] == 'joined' else 'kept apart'} now"
        )
        self.pair.value = self._table(pair)

    def _table(self, pair: pd.Series) -> str:
        systems = [escape(self._systems.get(pair[f"source_{side}"], pair[f"source_{side}"])) for side in ("a", "b")]
        heads = "".join(f"<th style='{_CELL}'>{system}</th>" for system in systems)
        rows = [f"<tr><th></th>{heads}</tr>"]
        fields = [] if self._customers is None else side_by_side(self._customers, pair).to_dict("records")
        for one in fields:
            style = _CELL if one["is_same"] else f"{_CELL};font-weight:bold"
            cells = "".join(f"<td style='{style}'>{escape(one[side])}</td>" for side in ("a", "b"))
            rows.append(f"<tr><td style='{_CELL}'>{escape(one['field'].replace('_', ' '))}</td>{cells}</tr>")
        return f"<table>{''.join(rows)}</table><p>{escape(pair['reasons'])}</p>"
