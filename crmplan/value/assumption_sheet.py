"""The assumption sheet: what the value rests on, each point with its number, threshold, colour and stake in money.

The checks of rows and refunds are in the chapter on data; here are those that only a value can fail. A stake is either
what the value would gain or lose if the number were taken at its word, or the part of the value that hangs on the
assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmplan.value.assumptions import Assumption, Colour, graded
from crmplan.value.coverage import Coverage
from crmplan.value.equity import top_thousandth
from crmplan.value.further_checks import AliveCheck, Correlation, correlation, rank_correlation
from crmplan.value.margin import Margin
from crmplan.value.ranges import group_sd
from crmplan.value.repeat_models import RepeatModel
from crmplan.value.rolling import Rolling
from crmplan.value.spend import SpendFacts, similar_spend

__all__ = ["Case", "assumption_sheet", "margin_told"]

Floats = npt.NDArray[np.float64]
_LEAST_PURCHASES = 20
_SILENT_GAPS = 2.0
_FEW_AGREED = 0.2


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that assumptions are checked on.

    Parameters
    ----------
    customers, histories
        Scored customers, and their histories in the same order.
    model
        That forecasts.
    expected
        Purchases expected of each customer until the horizon, by model.
    spend, margin
        How spend and margin were found.
    rolling, coverage
        The check against the past, and that of the ranges.
    frequency
        Customers by number of repeat purchases, actual and expected.
    horizon_weeks
        Length of the forecast.
    regularity, drift
        As :func:`crmplan.value.assumptions.rhythm` and :func:`crmplan.value.assumptions.spend_drift` return them.
    seasons, alive
        As :func:`crmplan.value.further_checks.seasonality` and :func:`crmplan.value.further_checks.alive_check` return
        them.
    """

    customers: pd.DataFrame
    histories: pd.DataFrame
    model: RepeatModel
    expected: Mapping[str, Floats]
    spend: SpendFacts
    margin: Margin
    rolling: Rolling
    coverage: Coverage
    frequency: pd.DataFrame
    horizon_weeks: float
    regularity: float | None
    drift: float | None
    seasons: float | None = None
    alive: AliveCheck | None = None

    @property
    def value(self) -> Floats:
        """Value of each customer."""
        return self.customers["value"].to_numpy("float64")

    @property
    def total(self) -> float:
        """Value of the base."""
        return float(self.value.sum())

    def worth_of(self, chosen: npt.NDArray[np.bool_]) -> float:
        """Return the value of some customers."""
        return float(self.value[chosen].sum())

    def league(self, column: str) -> float | None:
        """Return a figure of the used model in the check over the cut-offs; None when there was none."""
        found = self.rolling.league.loc[self.rolling.league["forecast"] == self.model.name, column]
        return float(found.iloc[0]) if len(found) and np.isfinite(float(found.iloc[0])) else None


def assumption_sheet(case: Case) -> tuple[Assumption, ...]:
    """Return every assumption with its number, threshold, colour and stake in money."""
    return (
        *_on_the_past(case), *_on_staying(case), *_on_the_model(case), *_on_spend(case), _on_order(case),
        _on_the_top(case), *_on_customers(case), _on_seasons(case), _on_margin(case),
    )  # fmt: skip


def _on_the_past(case: Case) -> tuple[Assumption, ...]:
    bought, spent = case.league("bias_share"), case.league("spend_bias_share")
    a_purchase = (1 + spent) / (1 + bought) - 1 if spent is not None and bought is not None and bought > -1 else None
    behind = _behind_naive(case)
    wide = _widening(case)
    return (
        graded(
            "Spend was right when it could be checked (mean error of the total over the cut-offs)",
            spent, "share", (0.1, 0.25), "the value is off by about as much, in the same direction",
            money=_undone(case, spent),
        ),
        graded(
            "Purchases were right when they could be checked (mean error of the total over the cut-offs)",
            bought, "share", (0.1, 0.25), "the value is off by about as much, in the same direction",
            money=_undone(case, bought),
        ),
        graded(
            "Spend a purchase was right (error of spend beyond that of purchases)",
            a_purchase, "share", (0.1, 0.25), "customers who buy more often spend otherwise than the model says",
            money=_undone(case, a_purchase),
        ),
        _on_cohorts(case),
        graded(
            "No simple ranking puts customers in better order (lead of the best simple ranking)",
            behind, "number", (0.01, 0.05), "choose customers for offers by the simple ranking, not by value",
        ),
        graded(
            "Ranges hold what they promise (factor by which that of the base had to be widened, less 1)",
            case.coverage.base_factor - 1 if case.coverage.n_cut_offs else None, "number", (0.25, 2.0),
            "the range of the value is wider by the money shown, to each side", money=wide, is_in_doubt=True,
        ),
    )  # fmt: skip


def _on_the_model(case: Case) -> tuple[Assumption, ...]:
    fit = case.model.fit
    totals = {name: float(expected.sum()) for name, expected in case.expected.items()}
    chosen = totals[case.model.name]
    others = {name: total / chosen - 1 for name, total in totals.items() if name != case.model.name} if chosen else {}
    widest = max(others.values(), key=abs) if others else None
    swapped, worth = _rank_reversal(case)
    misfit = (
        float((case.frequency["actual"] - case.frequency["expected"]).abs().sum() / 2 / len(case.customers))
        if case.frequency["expected"].notna().all() and len(case.frequency)
        else None
    )
    doubt = 1.96 * float(case.customers["parameter_sd"].sum())
    return (
        graded(
            "Other models come to the same total (largest difference in expected purchases)",
            widest, "share", (0.1, 0.25), "the choice of model alone moves the value by so much",
            money=case.total * widest if widest is not None else None,
        ),
        graded(
            "Other models name the same best tenth (largest share of it that another model replaces)",
            swapped, "share", (0.15, 0.3), "who counts among the best depends on the model", money=worth,
            is_in_doubt=True,
        ),
        graded(
            "The model retells how often people have bought (customers it puts at a wrong number)",
            misfit, "share", (0.03, 0.08), "its forecasts start from a base that is not quite this one",
        ),
        graded(
            "The data pin the model down (parameters at a bound or hardly determined)",
            float(len(fit.at_bound) + len(fit.loose)), "number", (0, 1),
            "forecasts far ahead lean on the form of the model rather than on data", money=doubt, is_in_doubt=True,
        ),
    )  # fmt: skip


def _on_spend(case: Case) -> tuple[Assumption, ...]:
    similar = similar_spend(case.histories)
    used = case.customers["expected_spend"].to_numpy("float64")
    other = float((case.value * np.divide(similar, used, out=np.ones_like(used), where=used > 0)).sum()) - case.total
    order = np.argsort(-case.histories["revenue"].to_numpy("float64"), kind="stable")
    top = np.zeros(len(order), dtype=bool)
    top[order[: len(order) // 100]] = True
    revenue = case.histories["revenue"].to_numpy("float64")
    heavy = float(revenue[top].sum() / revenue.sum()) if len(order) >= 100 else None
    found = correlation(*_purchases_and_spend(case))
    return (
        graded(
            f"Spend per purchase does not depend on how often people buy (correlation{_within(found)})",
            case.spend.correlation, "number", (0.15, 0.3),
            "frequent buyers are valued too high or too low; above 0.3 other means are used. The money is the change "
            "if everybody spent like those who buy as often",
            money=other,
        ),
        graded(
            "Spend per purchase is stable over time (later half against earlier half)",
            case.drift, "share", (0.1, 0.25), "the value moves with it, in the same proportion",
            money=case.total * case.drift if case.drift is not None else None,
        ),
        graded(
            "No handful of customers decides (revenue of the top hundredth)",
            heavy, "share", (0.15, 0.3), "the sum hangs on a few customers: look at them one by one",
            money=case.worth_of(top), is_in_doubt=True,
        ),
    )  # fmt: skip


def _on_the_clock(case: Case, silent: npt.NDArray[np.bool_]) -> tuple[Assumption, ...]:
    """Say whether customers buy at random times; a model of occasions does not assume that."""
    if case.model.is_of_occasions:
        return ()
    return (
        graded(
            "Customers buy at random times, not by the clock (regularity, 1 = at random)",
            case.regularity,
            "number",
            (1.5, 2.5),
            "with regular buyers a long silence means more than the model "
            "thinks: the value of those silent for twice their usual time is in doubt",
            money=case.worth_of(silent),
            is_in_doubt=True,
        ),
    )


def _on_customers(case: Case) -> tuple[Assumption, ...]:
    n_repeat, age = (case.histories[name].to_numpy("float64") for name in ("n_repeat", "age_weeks"))
    recency, span = case.histories["recency_weeks"].to_numpy("float64"), max(float(age.max()), 1e-9)
    early, once = age >= 0.9 * span, n_repeat == 0
    gaps = recency[n_repeat > 0] / n_repeat[n_repeat > 0]
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    young = age < usual
    silent = (n_repeat > 0) & (age - recency > _SILENT_GAPS * np.maximum(recency / np.maximum(n_repeat, 1), 1 / 7))
    beyond = max(1 - span / case.horizon_weeks, 0.0) if case.horizon_weeks else 0.0
    return (
        *_on_the_clock(case, silent),
        graded(
            "Customers bought more than once (share with one purchase only)",
            float(once.mean()), "share", (0.5, 0.75), "little is known of those who bought once",
            money=case.worth_of(once), is_in_doubt=True,
        ),
        graded(
            "Customers have been watched long enough (share watched for less than the usual time between purchases)",
            float(young.mean()), "share", (0.2, 0.4), "nobody can tell yet whether they come back",
            money=case.worth_of(young), is_in_doubt=True,
        ),
        graded(
            "The first purchase in the data is really the first (customers first seen in the first tenth of the time)",
            float(early.mean()), "share", (0.3, 1.0),
            "customers who had bought before the data begin look newer than they are",
            money=case.worth_of(early), is_in_doubt=True,
        ),
        graded(
            "The forecast does not reach much further than the data (horizon as a multiple of the time observed)",
            case.horizon_weeks / span, "number", (1.0, 2.0),
            "nobody has seen these customers for as long as the forecast runs",
            money=case.total * beyond, is_in_doubt=True,
        ),
    )  # fmt: skip


def _on_staying(case: Case) -> tuple[Assumption, ...]:
    check = case.alive
    return (
        graded(
            "Customers taken for lost stay away (customers who bought again beyond the chance given to their tenth)",
            check.surprise_share if check else None, "share", (0.02, 0.05),
            "more of those who look lost are still customers than the model says",
        ),
        graded(
            "The chance of still being a customer tells who buys again (Brier score; 1 = no better than one chance for "
            "all)",
            check.brier_ratio if check else None, "number", (0.95, 1.0),
            "do not choose customers for winning back by this chance alone",
        ),
    )  # fmt: skip


def _on_order(case: Case) -> Assumption:
    found = rank_correlation(*_purchases_and_spend(case))
    return graded(
        f"Spend per purchase does not depend on how often people buy, by rank (rank correlation{_within(found)})",
        found.value if found else None, "number", (0.15, 0.3),
        "frequent buyers spend otherwise a purchase, whatever the largest customers do",
    )  # fmt: skip


def _purchases_and_spend(case: Case) -> tuple[Floats, Floats]:
    return case.histories["n_repeat"].to_numpy("float64"), case.histories["mean_spend"].to_numpy("float64")


def _within(found: Correlation | None) -> str:
    return f"; 95 % range {found.low:.2f} to {found.high:.2f}" if found else ""


def _on_the_top(case: Case) -> Assumption:
    n, top = len(case.customers), top_thousandth(case.value)
    held = case.worth_of(top) / case.total if n >= 1000 and case.total > 0 else None
    return graded(
        "The value stands without its very largest customers (share held by the top thousandth)",
        held, "share", (0.05, 0.15), "without them the value is lower by the money shown",
        money=-case.worth_of(top),
    )  # fmt: skip


def _on_seasons(case: Case) -> Assumption:
    return graded(
        "Customers buy alike all year (purchases that would have to move for all months to be alike)",
        case.seasons, "share", (0.1, 0.2),
        "the models know no seasons: a horizon of whole years evens them out, a check period of less does not",
    )  # fmt: skip


def margin_told(margin: Margin) -> tuple[Colour, str]:
    """Return the colour of the margin by how much of what was bought has costs or a category's share, and why."""
    if not margin.is_profit:
        return "red", f"{margin.remark}: the value is revenue, not profit"
    money = "the money is what one point less costs"
    agreed = sum(of for name, of in margin.covered.items() if name not in {"own", "category"})
    if agreed <= _FEW_AGREED:
        return "green", f"known by the costs in the orders or by product category; {money}"
    why = f"one share stands for {100 * agreed:.0f} % of what was bought, with neither costs nor a category's margin"
    return "amber", f"{why}; {money}"


def _on_margin(case: Case) -> Assumption:
    margin = case.margin
    colour, effect = margin_told(margin)
    threshold = "costs or categories hold, one share for more than 20 % of sales is to be looked at"
    worth = float((case.expected[case.model.name] * case.customers["expected_spend"]).sum())
    money = -0.01 * worth if margin.is_profit else None
    return Assumption("The margin is known", margin.base_share, "share", threshold, colour, effect, money)


def _on_cohorts(case: Case) -> Assumption:
    """Compare the model's error at customers won early and late, and take out that of the last third."""
    spreads, last = [], []
    for check in case.rolling.checks:
        if case.model.name not in check.cohorts or len(check.cohorts) < 2:
            continue
        enough = check.cohorts[check.cohorts["actual"] * check.cohorts["n_customers"] >= _LEAST_PURCHASES]
        if len(enough) >= 2:
            ratio = enough[case.model.name].to_numpy("float64") / enough["actual"].to_numpy("float64")
            spreads.append(float(ratio.max() - ratio.min()))
            last.append(float(ratio[-1]))
    first_day = case.histories["first_day"]
    newest = (first_day.rank(method="average", pct=True) > 2 / 3).to_numpy(dtype=bool)
    money = case.worth_of(newest) * (1 / float(np.mean(last)) - 1) if last and np.mean(last) > 0 else None
    return graded(
        "Customers won at different times behave alike (largest difference in error between thirds, mean)",
        float(np.mean(spreads)) if spreads else None, "share", (0.2, 0.4),
        "newer customers are worth more or less than the model says", money=money,
    )  # fmt: skip


def _undone(case: Case, bias: float | None) -> float | None:
    """Return what the value would gain if the error seen in the check were taken out of it."""
    return case.total * (1 / (1 + bias) - 1) if bias is not None and bias > -0.95 else None


def _behind_naive(case: Case) -> float | None:
    league = case.rolling.league.dropna(subset=["spend_gini"])
    is_model = league["is_model"].astype(bool)
    mine = case.league("spend_gini")
    if mine is None or is_model.all():
        return None
    return max(float(league.loc[~is_model, "spend_gini"].max()) - mine, 0.0)


def _widening(case: Case) -> float | None:
    sd = group_sd(*(case.customers[name].to_numpy("float64") for name in ("process_sd", "parameter_sd")))
    return 1.96 * sd * (case.coverage.base_factor - 1) if case.coverage.n_cut_offs else None


def _rank_reversal(case: Case) -> tuple[float | None, float | None]:
    """Share of the best tenth that another model would replace, and its value: for the model that replaces most."""
    size = len(case.customers) // 10
    if size < 1 or len(case.expected) < 2:
        return None, None
    worth = (case.customers["expected_spend"] * case.customers["margin_share"]).to_numpy("float64")
    best = {
        name: set(np.argsort(-(expected * worth), kind="stable")[:size].tolist())
        for name, expected in case.expected.items()
    }
    mine = best[case.model.name]
    gone = max((mine - other for name, other in best.items() if name != case.model.name), key=len)
    return len(gone) / size, float(case.value[sorted(gone)].sum())
