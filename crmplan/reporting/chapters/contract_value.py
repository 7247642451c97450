"""The part of chapter 05 on contracts: how long they last, and what those in force will still bring."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.reporting.blocks import Block, Chart, Figure, KeyFigures, Note
from crmplan.reporting.chapters.value_sentences import day
from crmplan.reporting.charts import chart
from crmplan.reporting.wording import count, money, plural, quantity, share

if TYPE_CHECKING:
    from crmplan.value import ContractValue, Value

__all__ = ["blocks", "contract_figures", "retention_chart"]

_MODELS = {"sBG": "shifted beta-geometric model", "BdW": "beta-discrete-Weibull model"}
_LEAST_SHOWN = 10
"""Shares of fewer contracts than these are left out of the picture."""


def blocks(value: Value, engagement: Engagement) -> tuple[Block, ...]:
    """Return what the chapter shows of contracts: figures and picture, or why there are none."""
    found = (contract_figures(value, engagement), retention_chart(value))
    return tuple(block for block in found if block is not None)


def contract_figures(value: Value, engagement: Engagement) -> KeyFigures | Note:
    """Return the value of the contracts in force, how many are expected to stay, and for how long."""
    contracts = value.contracts
    if contracts.unavailable or contracts.total is None:
        return Note(f"The value of contracts: not available; {contracts.unavailable}.", tone="unavailable")
    currency, running = engagement.client.currency, contracts.running
    valued = running["value"].notna()
    stated = "profit" if contracts.is_profit else "revenue"
    without = int((~valued).sum())
    mean_months = float(running.loc[valued, "expected_months"].mean())
    rest = f"; {plural(without, 'contract')} without a fee left out" if without else ""
    return KeyFigures(
        (
            Figure(
                "Value of the contracts in force",
                money(contracts.total, currency),
                f"{money(contracts.low, currency)} to {money(contracts.high, currency)}; {stated} until "
                f"{day(contracts.horizon_end)}{rest}",
            ),
            Figure("Value of a contract, mean", money(contracts.total / max(int(valued.sum()), 1), currency), stated),
            Figure(
                "Still in force in a year",
                share(float(running["stays_a_year"].mean())),
                f"expected, of {plural(contracts.n_running, 'contract')} in force",
            ),
            Figure(
                "Months still to be paid",
                quantity(mean_months),
                f"expected of a contract until {day(contracts.horizon_end)}",
            ),
        )
    )


def retention_chart(value: Value) -> Chart | None:
    """Return the share of contracts that outlived each period, as it was and as the models carry it on."""
    contracts = value.contracts
    if not contracts.chosen_model:
        return None
    unit = "years" if contracts.period_months == 12 else "months"
    last = _shown(contracts).dropna(subset=["survival_share"]).iloc[-1]
    left_out = (
        f" {plural(contracts.n_left_out, 'contract')} without sound dates left out." if contracts.n_left_out else ""
    )
    return chart(
        _survival(contracts, unit).properties(width=560, height=260),
        title=_title(contracts, unit),
        alt=(
            f"Two falling lines by age of the contract. After {count(last['period'])} {unit}, "
            f"{share(last['survival_share'])} were still in force; the model says "
            f"{share(last[contracts.chosen_model])}."
        ),
        caption=(
            f"{plural(contracts.n_contracts, 'contract')} begun by {day(contracts.as_of)}, of which "
            f"{count(contracts.n_ended)} ended. The {_MODELS[contracts.chosen_model]} is used: "
            f"{contracts.chosen_because}. Shaded: 95 % range. Fees from {day(contracts.as_of + timedelta(days=1))} on "
            f"are valued apart from purchases.{left_out}"
        ),
    )


def _survival(contracts: ContractValue, unit: str) -> Any:
    """Return both lines over the range of the first."""
    import altair as alt

    rows = pd.concat(
        [pd.DataFrame({"period": [0], "survival_share": [1.0], contracts.chosen_model: [1.0]}), _shown(contracts)]
    )
    names = {"survival_share": "As it was (Kaplan-Meier)", contracts.chosen_model: "Expected by the model"}
    lines = rows.melt("period", list(names), "of", "share").dropna()
    lines["percent"], lines["of"] = 100 * lines["share"], lines["of"].map(names)
    ranges = rows.dropna(subset=["low"])[["period", "low", "high"]]
    ranges = ranges.assign(low=100 * ranges["low"], high=100 * ranges["high"])
    domain = list(names.values())
    x = alt.X("period:Q", title=f"Age of the contract ({unit})")
    y = alt.Y("percent:Q", title="Contracts still in force (%)", scale=alt.Scale(domain=[0, 100]))
    band = (
        alt.Chart(ranges)
        .mark_area(color="brand:ink", opacity=0.12, interpolate="step-after")
        .encode(x=x, y=alt.Y("low:Q", title="Contracts still in force (%)"), y2="high:Q")
    )
    colour = alt.Color("of:N", title=None, scale=alt.Scale(domain=domain, range=["brand:ink", "brand:accent"]))
    seen = alt.Chart(lines[lines["of"] == domain[0]]).mark_line(interpolate="step-after", strokeWidth=2)
    expected = alt.Chart(lines[lines["of"] == domain[1]]).mark_line(strokeDash=[6, 4], strokeWidth=2)
    return band + seen.encode(x=x, y=y, color=colour) + expected.encode(x=x, y=y, color=colour)


def _shown(contracts: ContractValue) -> pd.DataFrame:
    curve = contracts.curve
    is_thin = curve["n_at_risk"].notna() & (curve["n_at_risk"] < _LEAST_SHOWN)
    return curve.assign(**{name: curve[name].mask(is_thin) for name in ("survival_share", "low", "high")})


def _title(contracts: ContractValue, unit: str) -> str:
    step = 12 // contracts.period_months
    stays = dict(zip(contracts.curve["period"].astype(int), contracts.curve[contracts.chosen_model], strict=True))
    first, later = stays.get(step), stays.get(2 * step)
    if first is None:
        return "How long contracts last"
    so = f"Of 100 contracts, {count(100 * first)} outlive their first year"
    return so if later is None else f"{so} and {count(100 * later)} their second"
