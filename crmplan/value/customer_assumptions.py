"""What a value takes for granted of customers: how they buy and spend, how long they were watched, what they leave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmplan.value.assumption_case import Case
from crmplan.value.assumptions import Assumption, Colour, graded
from crmplan.value.equity import top_thousandth
from crmplan.value.further_checks import Correlation, correlation, rank_correlation
from crmplan.value.margin import Margin
from crmplan.value.spend import similar_spend

__all__ = ["customer_assumptions", "margin_told"]

Floats = npt.NDArray[np.float64]
_SILENT_GAPS = 2.0
_FEW_AGREED = 0.2


def customer_assumptions(case: Case) -> tuple[Assumption, ...]:
    """Return the assumptions on spend, on how customers buy and were watched, and on the margin."""
    return (
        *_on_spend(case), _on_order(case), _on_the_top(case), *_on_customers(case), _on_seasons(case), _on_margin(case),
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


def _on_seasons(case: Case) -> Assumption:
    return graded(
        "Customers buy alike all year (purchases that would have to move for all months to be alike)",
        case.seasons, "share", (0.1, 0.2),
        "the models know no seasons: a horizon of whole years evens them out, a check period of less does not",
    )  # fmt: skip


def _on_margin(case: Case) -> Assumption:
    margin = case.margin
    colour, effect = margin_told(margin)
    threshold = "costs or categories hold, one share for over 20 % of sales is to be looked at"
    worth = float((case.expected[case.model.name] * case.customers["expected_spend"]).sum())
    money = -0.01 * worth if margin.is_profit else None
    return Assumption("The margin is known", margin.base_share, "share", threshold, colour, effect, money)


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
