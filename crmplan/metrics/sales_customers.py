"""Sales: customers and territories that rise and fall, and whether what each account earns is known."""

from __future__ import annotations

import pandas as pd

from crmplan.metrics.estimates import breakdown, counted, counts, nothing, share
from crmplan.metrics.marketing_churn import by_past_purchases
from crmplan.metrics.purchases import all_lines, lacks_two_years, purchases, two_years
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, known, lacks_history, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_TURN = 0.1
_NEEDS = {"customer_days": ("customer_key", "day", "net_amount")}
_CHANCE = (
    "A good year tends to be followed by a lesser one and a bad one by a better one, by chance alone; so compare the "
    "share with that of other years."
)


def _movement(customers: Expression) -> Expression:
    """Return in one word how a customer's revenue moved."""
    import ibis

    now, before = customers.revenue, customers.revenue_before
    return ibis.cases(
        (~customers.is_kept, "stopped"),
        (now > (1 + _TURN) * before, "rising"),
        (now < (1 - _TURN) * before, "falling"),
        else_="steady",
    )


def _moved(tables: Tables, period: Period, *movements: str) -> Estimate:
    if why := lacks_two_years(tables, period):
        return nothing(why)
    customers = two_years(tables, period)
    customers = customers.mutate(movement=_movement(customers))
    found = share(customers, customers.movement.isin(movements))
    if not found.n:
        return found
    groups = counts(customers, customers.movement, times=1.0 / found.n)
    return Estimate(found.value, found.n, found.low, found.high, groups)


@metric(
    id="rising_customers_share",
    label="Customers with rising revenue",
    definition="Of the customers who bought in the 12 months before the last 12, the share whose revenue rose by more "
    "than 10 % in the last 12; broken down into rising, steady, falling and stopped customers.",
    department="sales",
    unit="share",
    needs=_NEEDS,
    counts="customers of the year before",
    covers=("SM.FM.2",),
    cannot_prove=_CHANCE,
)
def _rising_customers_share(tables: Tables, period: Period) -> Estimate:
    return _moved(tables, period, "rising")


@metric(
    id="falling_customers_share",
    label="Customers with falling revenue",
    definition="Of the customers who bought in the 12 months before the last 12, the share whose revenue fell by more "
    "than 10 % in the last 12, those who stopped among them; broken down into rising, steady, falling and stopped.",
    department="sales",
    unit="share",
    direction="down",
    needs=_NEEDS,
    counts="customers of the year before",
    covers=("SM.FM.3",),
    cannot_prove=_CHANCE,
)
def _falling_customers_share(tables: Tables, period: Period) -> Estimate:
    return _moved(tables, period, "falling", "stopped")


@metric(
    id="falling_revenue",
    label="Revenue lost at falling customers",
    definition="What the customers whose revenue fell by more than 10 % brought less in the last 12 months than in the "
    "12 before, added up; broken down into customers who stopped and customers who bought less.",
    department="sales",
    unit="currency",
    direction="down",
    needs=_NEEDS,
    counts="customers of the year before",
    covers=("SM.FM.3", "SM.FM.5"),
    cannot_prove="Not all of it could have been kept, and rising customers make up for part of it. " + _CHANCE,
)
def _falling_revenue(tables: Tables, period: Period) -> Estimate:
    if why := lacks_two_years(tables, period):
        return nothing(why)
    customers = two_years(tables, period)
    customers = customers.mutate(movement=_movement(customers), lost=customers.revenue_before - customers.revenue)
    n = int(customers.count().execute())
    if not n:
        return Estimate(None, 0)
    falling = customers.filter(customers.movement.isin(["falling", "stopped"]))
    groups = breakdown(falling, falling.movement, falling.lost.sum())
    return Estimate(0.0 if groups is None else float(groups["value"].sum()), n, breakdown=groups)


@metric(
    id="retention_share",
    label="Customers kept",
    definition="Of the customers who bought in the 12 months before the last 12, the share who bought again in the "
    "last 12; broken down by how often they had bought.",
    department="sales",
    unit="share",
    needs=_NEEDS,
    counts="customers of the year before",
    covers=("SM.FM.5", "LC.4"),
    cannot_prove="That customers came back does not say why; a programme is shown to keep customers only against "
    "customers who were left out of it.",
)
def _retention_share(tables: Tables, period: Period) -> Estimate:
    if why := lacks_two_years(tables, period):
        return nothing(why)
    customers = two_years(tables, period)
    return share(customers, customers.is_kept, group=by_past_purchases(customers), ordered=True)


@metric(
    id="falling_territories_share",
    label="Territories with falling revenue",
    definition="Of the sales territories with revenue in the 12 months before the last 12, the share that brought less "
    "in the last 12; broken down into the growth of each territory.",
    department="sales",
    unit="share",
    direction="down",
    needs={"orders": ("order_id", "ordered_at", "net_amount", "territory")},
    counts="territories",
    min_rows=3,
    covers=("SM.TM.2",),
    cannot_prove="A territory can fall because customers were moved to another one; its size and market are not in the "
    "figure.",
)
def _falling_territories_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    before = period.before()
    if why := lacks_history(tables, before.start, name="orders", column="ordered_at"):
        return nothing(why)
    lines = between(all_lines(tables, "territory"), "ordered_at", before.start, period.end)
    lines = lines.filter(known(lines.territory))
    is_now = lines.ordered_at.date() >= ibis.date(period.start.isoformat())
    sums = lines.group_by(key=text(lines.territory)).aggregate(
        territory=named(lines.territory).min(),
        now=is_now.ifelse(lines.net_amount, 0.0).sum(),
        before=is_now.ifelse(0.0, lines.net_amount).sum(),
        n=lines.order_id.nunique(),
    )
    kept = sums.filter(sums.before > 0).select("territory", "now", "before", "n")
    found = pd.DataFrame(kept.to_pyarrow().to_pylist(), columns=["territory", "now", "before", "n"])
    growth = found["now"] / found["before"] - 1
    groups = pd.DataFrame({"group": found["territory"], "value": growth.astype(float), "n": found["n"]})
    groups = groups.sort_values(["value", "group"], ignore_index=True)
    return counted(int((growth < 0).sum()), len(found), groups)


@metric(
    id="account_profit_known_share",
    label="Accounts whose profit is known",
    definition="Of the accounts (firms; all customers where kinds are not told apart) that bought in the last 12 "
    "months, the share for which the cost of everything they bought is known.",
    department="sales",
    unit="share",
    needs={"customer_days": ("customer_key", "day")},
    counts="accounts",
    covers=("SM.CC.2", "MV.5"),
    cannot_prove="That profit can be computed does not mean that anybody looks at it or acts on it.",
)
def _account_profit_known_share(tables: Tables, period: Period) -> Estimate:
    days = purchases(tables, period)
    is_known = days.profit.notnull().all() if "profit" in days.columns else days.customer_key.isnull().any()
    accounts = days.group_by("customer_key").aggregate(is_known=is_known)
    if tables.has("golden", "customer_key", "kind"):
        golden = rows(tables, "golden", "customer_key", "kind")
        firms = golden.filter(text(golden.kind.fill_null("")) == "firm").select("customer_key").distinct()
        if int(firms.count().execute()):
            accounts = accounts.semi_join(firms, "customer_key")
    return share(accounts, accounts.is_known)
