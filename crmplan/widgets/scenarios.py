"""What if: four sliders, and the value of the customers at once, by segment.

The sliders depart from the base case of the chapter: where they stand at rest, the value is the one printed there.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import ipywidgets

from crmplan.reporting.wording import money, share
from crmplan.value.scenarios import Scenario, scenario_values

if TYPE_CHECKING:
    from crmplan.engagement import Engagement
    from crmplan.value import CustomerEconomics

__all__ = ["ScenarioSliders"]

_CELL = "padding:4px 12px;border-bottom:1px solid #ddd"
_WIDE = {"description_width": "240px"}


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
        self.reset = ipywidgets.Button(description="As expected")
        self.reset.on_click(lambda _: self.rest())
        if economics.unavailable or self._months.empty:
            why = economics.unavailable or "no margin is expected"
            self.result.value = f"<p>Scenarios: not available; {escape(why)}.</p>"
            super().__init__([self.result])
            return
        self._base = scenario_values(self._months, self._rate, Scenario())
        for slider in self.sliders.values():
            slider.observe(lambda _: self._show(), names="value")
        super().__init__([*self.sliders.values(), self.reset, self.result])
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
            f"<p>The customers are worth <b>{money(total, self._currency)}</b> in this case, "
            f"{_change(base, total)}, at a discount rate of {share(self._rate + self.scenario.rate_points)} a year.</p>"
            f"<table><tr><th style='{_CELL};text-align:left'>Segment</th>{_heads()}</tr>{rows}"
            f"{self._row('All customers', base, total, weight='bold')}</table>"
        )

    def _row(self, name: str, base: float, now: float, *, weight: str = "normal") -> str:
        amounts = [money(base, self._currency), money(now, self._currency), money(now - base, self._currency)]
        cells = "".join(f"<td style='{_CELL};text-align:right'>{escape(amount)}</td>" for amount in amounts)
        return f"<tr style='font-weight:{weight}'><td style='{_CELL}'>{escape(name)}</td>{cells}</tr>"


def _percent(words: str) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(0, min=-50, max=50, step=5, description=words, readout_format="+d", style=_WIDE)


def _points(words: str, *, lowest: float) -> ipywidgets.FloatSlider:
    """Return a slider that cannot take the rate below 0."""
    floor = max(-5.0, lowest)
    return ipywidgets.FloatSlider(
        0.0, min=floor, max=10.0, step=0.5, description=words, readout_format="+.1f", style=_WIDE
    )


def _heads() -> str:
    names = ("As expected", "In this case", "Difference")
    return "".join(f"<th style='{_CELL};text-align:right'>{name}</th>" for name in names)


def _change(base: float, now: float) -> str:
    if base <= 0 or abs(now / base - 1) < 0.0005:
        return "as in the chapter" if abs(now - base) <= 0.0005 * abs(base) else "other than in the chapter"
    return f"{share(abs(now / base - 1))} {'more' if now > base else 'less'} than in the chapter"
