"""What if: four sliders, the value of the customers at once, by segment, and the decision that would be another one.

The sliders depart from the base case of the chapter: where they stand at rest, the value is the one printed there.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import ipywidgets

from crmplan.reporting.brand import load_brand
from crmplan.reporting.wording import money, share
from crmplan.value.scenarios import Scenario, decisions_changed, new_customers, scenario_values
from crmplan.widgets.keyboard import keyboard
from crmplan.widgets.style import sheet

if TYPE_CHECKING:
    import pandas as pd

    from crmplan.engagement import Engagement
    from crmplan.value import CustomerEconomics

__all__ = ["ScenarioSliders"]

_RULES = """
.crm .crm-slide {{ display: grid; grid-template-columns: 250px minmax(120px, 1fr) 70px; align-items: center;
  width: 100%; max-width: 720px; height: auto; min-height: 40px; margin: 0; padding: 0; overflow: visible; }}
.crm .crm-slide > .widget-label {{ width: auto; max-width: none; text-align: left; font-size: 15px;
  white-space: normal; margin: 0; }}
.crm .crm-slide > .slider-container {{ width: auto; margin: 0 12px; }}
.crm .crm-slide > .widget-readout {{ width: auto; max-width: none; margin: 0; text-align: right; font-size: 15px;
  font-variant-numeric: tabular-nums; }}
.crm .crm-slide .noUi-handle, .crm .crm-slide .noUi-handle.noUi-active, .crm .crm-slide .noUi-handle:hover,
.crm .crm-slide .noUi-handle:focus {{ background: {accent};
  border-color: {accent}; }}
.crm .crm-back {{ margin: 12px 0 18px; }}
.crm .crm-result b.total {{ font-size: 22px; }}
.crm .crm-result tr.all td {{ font-weight: 700; }}
@media (max-width: 600px) {{
  .crm .crm-slide {{ grid-template-columns: minmax(0, 1fr) 70px; padding-bottom: 8px; }}
  .crm .crm-slide > .widget-label {{ grid-column: 1 / -1; }}
  .crm .crm-result .wide {{ display: none; }}
}}
"""


class ScenarioSliders(ipywidgets.VBox):  # type: ignore[misc]
    """Sliders for retention, margin, frequency and discount rate over a table of value by segment.

    Parameters
    ----------
    economics
        What the customers are worth; without a value the widget says why there is none.
    engagement
        Whose currency the value is in.
    """

    def __init__(self, economics: CustomerEconomics, engagement: Engagement) -> None:
        self._months, self._rate = economics.months, economics.annual_discount_rate
        self._currency = engagement.client.currency
        self.result = ipywidgets.HTML()
        self.sliders = {
            "leaving": _percent("Customers who leave, change in %"),
            "margin": _percent("Margin, change in %"),
            "frequency": _percent("Purchases, change in %"),
            "rate": _points("Discount rate, change in points", lowest=-100 * self._rate),
        }
        self.reset = ipywidgets.Button(description="Back to what is expected")
        self.reset.on_click(lambda _: self.rest())
        if economics.unavailable or self._months.empty:
            why = economics.unavailable or "no margin is expected"
            self.result.value = f"<p>Scenarios: not available; {escape(why)}.</p>"
            super().__init__([self.result])
            return
        # The largest first, as in the chapter.
        self._base = scenario_values(self._months, self._rate, Scenario()).sort_values(ascending=False, kind="stable")
        self._economics = economics
        for slider in self.sliders.values():
            slider.observe(lambda _: self._show(), names="value")
        self.result.add_class("crm-result")
        self.reset.add_class("crm-back")
        brand = load_brand(engagement)
        head = f"<div class='crm-head'><b>{escape(engagement.client.name)}</b><span>What if</span></div>"
        looks = (sheet(brand), ipywidgets.HTML(f"<style>{_RULES.format(**brand.colours)}</style>"))
        super().__init__([*looks, *keyboard(), ipywidgets.HTML(head), *self.sliders.values(), self.reset, self.result])
        self.add_class("crm")
        self._show()

    @property
    def scenario(self) -> Scenario:
        """The departure from the base case that the sliders stand for."""
        at = {name: slider.value / 100 for name, slider in self.sliders.items()}
        return Scenario(1 + at["leaving"], 1 + at["margin"], 1 + at["frequency"], at["rate"])

    def rest(self) -> None:
        """Put every slider back to the base case."""
        for slider in self.sliders.values():
            slider.value = 0

    def _show(self) -> None:
        now = scenario_values(self._months, self._rate, self.scenario)
        total, base = float(now.sum()), float(self._base.sum())
        rows = "".join(
            self._row(str(segment), float(self._base[segment]), float(now[segment])) for segment in self._base.index
        )
        self.result.value = (
            f"<p>The customers are worth <b class='total'>{money(total, self._currency)}</b> in this case, "
            f"{_change(base, total)}, at a discount rate of {share(self._rate + self.scenario.rate_points)} a year.</p>"
            f"<p>{escape(self._decisions(now))}</p>"
            f"<table><tr><th>Segment</th>{_heads()}</tr>{rows}"
            f"{self._row('All customers', base, total, of='all')}</table>"
        )

    def _decisions(self, now: pd.Series) -> str:
        """Return which decision would be another one in this case."""
        known = self._economics
        new = new_customers(known.acquisition, self._rate, self.scenario)
        found = decisions_changed(self._base, now, known.offers, new, known.contact_cost)
        told = [f"{decision[:1].upper()}{decision[1:]} {change}." for decision, change in found]
        if told:
            return " ".join(told)
        return "No decision on offers or on ways of winning customers would be another one, where its cost is stated."

    def _row(self, name: str, base: float, now: float, *, of: str = "one") -> str:
        amounts = [money(base, self._currency), money(now, self._currency), money(now - base, self._currency)]
        cells = "".join(
            f"<td class='n{' wide' if not place else ''}'>{escape(amount)}</td>" for place, amount in enumerate(amounts)
        )
        return f"<tr class='{of}'><td>{escape(name)}</td>{cells}</tr>"


def _percent(words: str) -> ipywidgets.IntSlider:
    return _slide(ipywidgets.IntSlider(0, min=-50, max=50, step=5, description=words, readout_format="+d"))


def _points(words: str, *, lowest: float) -> ipywidgets.FloatSlider:
    """Return a slider that cannot take the rate below 0."""
    floor = max(-5.0, lowest)
    return _slide(ipywidgets.FloatSlider(0.0, min=floor, max=10.0, step=0.5, description=words, readout_format="+.1f"))


def _slide(slider: ipywidgets.Widget) -> ipywidgets.Widget:
    slider.add_class("crm-slide")
    return slider


def _heads() -> str:
    return "<th class='n wide'>As expected</th><th class='n'>In this case</th><th class='n'>Difference</th>"


def _change(base: float, now: float) -> str:
    if base <= 0 or abs(now / base - 1) < 0.0005:
        return "as in the chapter" if abs(now - base) <= 0.0005 * abs(base) else "other than in the chapter"
    return f"{share(abs(now / base - 1))} {'more' if now > base else 'less'} than in the chapter"
