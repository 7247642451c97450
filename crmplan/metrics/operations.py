"""Operations: returns, wrong goods, promises kept, and customer data that field support can rely on."""

from __future__ import annotations

from crmplan.metrics.estimates import breakdown, counted, nothing, one_row, share
from crmplan.metrics.purchases import all_lines, is_refund, orders_received
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, known, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}$"


@metric(
    id="return_share",
    label="Orders returned or refunded",
    definition="Orders with a refund or return recorded in the last 12 months, divided by the orders received in the "
    "same months; an order counts once.",
    department="operations",
    unit="share",
    direction="down",
    needs={"orders": ("order_id", "ordered_at", "net_amount")},
    counts="orders",
    covers=("OP.5",),
    cannot_prove="A refund may also mend a typing error or a price; refunds of the first weeks belong to orders of the "
    "year before.",
)
def _return_share(tables: Tables, period: Period) -> Estimate:
    lines = all_lines(tables, "refunds_order_id")
    refunds = lines.filter(is_refund(lines))
    if not int(refunds.count().execute()):
        return nothing("the orders hold no refunds or returns")
    n = int(orders_received(tables, period).count().execute())
    recent = between(refunds, "ordered_at", period.start, period.end)
    order = recent.order_id
    if "refunds_order_id" in recent.columns:
        order = recent.refunds_order_id.fill_null(recent.order_id)
    n_returned = int(recent.mutate(order=order).order.nunique().execute())
    return counted(min(n_returned, n), n)


def _deliveries(tables: Tables, period: Period) -> Expression:
    shipments = rows(tables, "shipments", "order_id", "delivered_on", "is_correct_item", "handling_cost")
    return between(shipments, "delivered_on", period.start, period.end)


@metric(
    id="wrong_item_share",
    label="Deliveries of the wrong goods",
    definition="Of the deliveries of the last 12 months that were checked, the share that brought the wrong goods.",
    department="operations",
    unit="share",
    direction="down",
    needs={"shipments": ("delivered_on", "is_correct_item")},
    counts="deliveries",
    covers=("OP.5",),
    cannot_prove="Mistakes that no customer reported are missing.",
)
def _wrong_item_share(tables: Tables, period: Period) -> Estimate:
    deliveries = _deliveries(tables, period)
    deliveries = deliveries.filter(deliveries.is_correct_item.notnull())
    return share(deliveries, ~deliveries.is_correct_item)


@metric(
    id="wrong_item_cost",
    label="Cost of wrong deliveries in the year",
    definition="Extra handling cost of the deliveries of the last 12 months that brought the wrong goods, added up "
    "where it is known.",
    department="operations",
    unit="currency",
    direction="down",
    needs={"shipments": ("delivered_on", "is_correct_item", "handling_cost")},
    counts="wrong deliveries with a known cost",
    min_rows=5,
    covers=("OP.5",),
    cannot_prove="It leaves out orders that the customer does not place any more, and cost that nobody recorded.",
)
def _wrong_item_cost(tables: Tables, period: Period) -> Estimate:
    deliveries = _deliveries(tables, period)
    wrong = deliveries.filter(~deliveries.is_correct_item & deliveries.handling_cost.notnull())
    found = one_row(wrong.aggregate(cost=wrong.handling_cost.sum(), n=wrong.count()))
    return Estimate(found["cost"], int(found["n"]))


@metric(
    id="on_time_share",
    label="Deliveries on the promised day or before",
    definition="Of the deliveries promised for a day in the last 12 months, the share that came on that day or before; "
    "a delivery that is still out counts as late. Broken down by month.",
    department="operations",
    unit="share",
    needs={"shipments": ("promised_on", "delivered_on")},
    counts="deliveries",
    covers=("CC.CM.6", "LC.5"),
    cannot_prove="A promise can be kept by promising late; an order that was cancelled on the way looks like one that "
    "never came.",
)
def _on_time_share(tables: Tables, period: Period) -> Estimate:
    shipments = rows(tables, "shipments", "promised_on", "delivered_on")
    due = between(shipments, "promised_on", period.start, period.end)
    return share(due, due.delivered_on <= due.promised_on, group=due.promised_on.strftime("%Y-%m"), ordered=True)


def _valid_email(column: Expression) -> Expression:
    return text(column).re_search(_EMAIL).fill_null(False)


def _valid_phone(column: Expression) -> Expression:
    digits = column.re_replace(r"[^0-9]", "")
    # 0000000 and 9999999 are what people type where a number is demanded.
    is_one_digit = digits.replace(digits.substr(0, 1), "").length() == 0
    return (digits.length().between(7, 15) & ~is_one_digit).fill_null(False)


@metric(
    id="valid_contact_data_share",
    label="Customer records with a valid e-mail address or telephone number",
    definition="Of the customer records, the share with at least one e-mail address or telephone number of a valid "
    "form; broken down into the share of valid entries among the filled ones.",
    department="operations",
    unit="share",
    needs={"customers": ("customer_id",)},
    counts="customer records",
    window_days=None,
    covers=("OP.2", "IC.2"),
    cannot_prove="An address of a valid form can be out of date or belong to somebody else; only writing to it shows.",
)
def _valid_contact_data_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    records = rows(tables, "customers", "customer_id", "email", "phone")
    tests = {"email": _valid_email, "phone": _valid_phone}
    fields = [name for name in tests if name in records.columns]
    if not fields:
        return nothing("needs customers (email or phone)")
    records = records.mutate(
        **{f"{name}_known": known(records[name]) for name in fields},
        **{f"{name}_valid": tests[name](records[name]) for name in fields},
    )
    entries = ibis.union(
        *(
            records.filter(records[f"{name}_known"]).select(field=ibis.literal(name), valid=records[f"{name}_valid"])
            for name in fields
        )
    )
    reachable = records[f"{fields[0]}_valid"] | records[f"{fields[-1]}_valid"]
    groups = breakdown(entries, entries.field, entries.valid.cast("int64").mean(), ordered=True)
    found = share(records, reachable)
    return Estimate(found.value, found.n, found.low, found.high, groups)
