"""The assumption sheet: what the value rests on, each point with its number, threshold, colour and stake in money.

The checks of rows and refunds are in the chapter on data; here are those that only a value can fail. A stake is either
what the value would gain or lose if the number were taken at its word, or the part of the value that hangs on the
assumption.
"""

from __future__ import annotations

import numpy as np

from crmplan.value.assumption_case import Case
from crmplan.value.assumptions import Assumption, graded
from crmplan.value.customer_assumptions import customer_assumptions
from crmplan.value.ranges import group_sd

__all__ = ["assumption_sheet"]

_LEAST_PURCHASES = 20


def assumption_sheet(case: Case) -> tuple[Assumption, ...]:
    """Return every assumption with its number, threshold, colour and stake in money."""
    return (*_on_the_past(case), *_on_staying(case), *_on_the_model(case), *customer_assumptions(case))


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
