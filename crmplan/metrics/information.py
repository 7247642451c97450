"""Information: whether what is known about customers is complete, single, agreed and shared."""

from __future__ import annotations

import pandas as pd

from crmplan.metrics.estimates import breakdown, counted, mean, nothing, one_row, share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, known, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_BASIC = ("name", "email", "phone", "address", "postcode", "city", "country")
_COMPARED = ("email", "phone", "postcode", "city", "country", "birth_year")


@metric(
    id="completeness_share",
    label="Basic fields that are filled",
    definition="Of the basic fields that the client's systems have (name, e-mail, telephone, address, postcode, town, "
    "country), the share that is filled, averaged over all customer records; broken down by field.",
    department="information",
    unit="share",
    needs={"customers": ("customer_id",)},
    counts="customer records",
    window_days=None,
    covers=("IC.1",),
    cannot_prove="Filled is not right; fields that the client did not send are not counted against it.",
)
def _completeness_share(tables: Tables, period: Period) -> Estimate:
    records = rows(tables, "customers", "customer_id", *_BASIC)
    fields = [name for name in _BASIC if name in records.columns]
    if not fields:
        return nothing(f"needs customers (one or more of {', '.join(_BASIC)})")
    filled = records.select(**{name: known(records[name]).cast("float64") for name in fields})
    filled = filled.mutate(filled_share=sum((filled[name] for name in fields[1:]), filled[fields[0]]) / len(fields))
    found = mean(filled, "filled_share")
    if not found.n:
        return found
    by_field = one_row(filled.aggregate(**{name: filled[name].mean() for name in fields}))
    groups = pd.DataFrame({"group": fields, "value": [by_field[name] for name in fields], "n": found.n})
    low, high = (None if bound is None else min(1.0, max(0.0, bound)) for bound in (found.low, found.high))
    return Estimate(found.value, found.n, low, high, groups.sort_values("value", kind="stable", ignore_index=True))


@metric(
    id="duplicate_share",
    label="Customer records that are duplicates",
    definition="Customer records beyond the first of the same customer in the same system, divided by all customer "
    "records; broken down by system.",
    department="information",
    unit="share",
    direction="down",
    needs={"customers": ("customer_id", "customer_key")},
    counts="customer records",
    window_days=None,
    covers=("OP.3", "IC.2"),
    cannot_prove="Duplicates were found by likeness; some may be two people, and some true ones were not found.",
)
def _duplicate_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    records = rows(tables, "customers", "source", "customer_id", "customer_key")
    records = records.filter(records.customer_key.notnull())
    if "source" not in records.columns:
        records = records.mutate(source=ibis.literal("all"))
    key = records.group_by("source", "customer_key").aggregate(n_records=records.count())
    counts = key.group_by("source").aggregate(n=key.n_records.sum(), n_first=key.count())
    found = pd.DataFrame(counts.order_by("source").to_pyarrow().to_pylist(), columns=["source", "n", "n_first"])
    if found.empty:
        return Estimate(None, 0)
    extra = found["n"] - found["n_first"]
    groups = pd.DataFrame({"group": found["source"], "value": extra / found["n"], "n": found["n"]})
    n = int(found["n"].sum())
    return counted(int(extra.sum()), n, groups[groups["group"].notna()].reset_index(drop=True))


def _comparable(records: Expression, name: str) -> Expression:
    """Return a field so that what differs in spelling alone is equal; null where it says nothing."""
    column = records[name].cast("string")
    if name == "phone":
        # National and international ways of writing a number agree in the last digits.
        value = column.re_replace(r"[^0-9]", "").right(8)
    elif name == "email":
        value = text(column)
    else:
        value = column.lower().re_replace(r"[^\w]+", "")
    return known(column).ifelse(value.nullif(""), None)


@metric(
    id="conflict_share",
    label="Customers whose records contradict each other",
    definition="Of the customers with two or more records, the share whose records disagree in e-mail, telephone, "
    "postcode, town, country or year of birth; broken down by field, among the customers who have it filled twice.",
    department="information",
    unit="share",
    direction="down",
    needs={"customers": ("customer_id", "customer_key")},
    counts="customers with two or more records",
    window_days=None,
    covers=("OP.3", "IC.2"),
    cannot_prove="Two e-mail addresses may both be right, and an old address may be kept on purpose; two records may "
    "have been joined by mistake.",
)
def _conflict_share(tables: Tables, period: Period) -> Estimate:
    records = rows(tables, "customers", "customer_id", "customer_key", *_COMPARED)
    records = records.filter(records.customer_key.notnull())
    fields = [name for name in _COMPARED if name in records.columns]
    if not fields:
        return nothing(f"needs customers (one or more of {', '.join(_COMPARED)})")
    values = records.select("customer_key", **{name: _comparable(records, name) for name in fields})
    counts = {f"n_{name}": values[name].count() for name in fields}
    kinds = {name: values[name].nunique() for name in fields}
    customers = values.group_by("customer_key").aggregate(n_records=values.count(), **counts, **kinds)
    customers = customers.filter(customers.n_records >= 2)
    clashes = {name: customers[name] > 1 for name in fields}
    some = clashes[fields[0]]
    for name in fields[1:]:
        some = some | clashes[name]
    found = share(customers, some)
    asked: dict[str, Expression] = {}
    for name in fields:
        asked[f"{name}_n"] = (customers[f"n_{name}"] >= 2).cast("int64").sum()
        asked[f"{name}_clash"] = clashes[name].cast("int64").sum()
    sums = one_row(customers.aggregate(**asked))
    listed = [
        (name, sums[f"{name}_clash"] / sums[f"{name}_n"], sums[f"{name}_n"]) for name in fields if sums[f"{name}_n"]
    ]
    groups = pd.DataFrame(listed, columns=["group", "value", "n"]) if listed else None
    return Estimate(found.value, found.n, found.low, found.high, groups)


@metric(
    id="cross_source_match_share",
    label="Customers found in two or more systems",
    definition="Of all customers, the share that could be found in two or more of the client's systems; broken down by "
    "system, as the share of its customers that another system knows, too.",
    department="information",
    unit="share",
    needs={"customer_ids": ("source", "customer_key")},
    counts="customers",
    window_days=None,
    covers=("MV.3", "OP.3"),
    cannot_prove="Some customers have no reason to be in a second system; a low share may mean either that or that "
    "they cannot be told to be the same.",
)
def _cross_source_match_share(tables: Tables, period: Period) -> Estimate:
    import ibis

    pairs = rows(tables, "customer_ids", "source", "customer_key")
    pairs = pairs.filter(pairs.customer_key.notnull() & pairs.source.nullif("").notnull()).distinct()
    if int(pairs.source.nunique().execute()) < 2:
        return nothing("needs customers from two or more systems")
    n_sources = pairs.source.count().over(ibis.window(group_by=pairs.customer_key))
    pairs = pairs.mutate(is_shared=n_sources >= 2)
    customers = pairs.group_by("customer_key").aggregate(is_shared=pairs.is_shared.any())
    found = share(customers, customers.is_shared)
    groups = breakdown(pairs, pairs.source, pairs.is_shared.cast("int64").mean())
    return Estimate(found.value, found.n, found.low, found.high, groups)


@metric(
    id="client_facing_contributors_share",
    label="Staff who meet customers and record it",
    definition="Of the members of staff who meet customers, the share that appears in the last 12 months' records: as "
    "the one who handled a contact, opened a deal or made a customer record.",
    department="information",
    unit="share",
    needs={"staff": ("staff_id", "is_client_facing")},
    counts="members of staff who meet customers",
    min_rows=5,
    covers=("IC.3", "MV.10"),
    cannot_prove="One entry is enough to count; it says nothing about what is worth knowing and was not written down.",
)
def _client_facing_contributors_share(tables: Tables, period: Period) -> Estimate:
    authors = None
    for name, author, moment in (
        ("interactions", "agent_id", "started_at"),
        ("customers", "created_by", "created_at"),
        ("opportunities", "owner", "created_at"),
    ):
        if tables.has(name, author, moment):
            table = between(rows(tables, name, author, moment), moment, period.start, period.end)
            named = table.select(staff_id=table[author])
            authors = named if authors is None else authors.union(named)
    if authors is None:
        return nothing("needs interactions (agent_id), customers (created_by) or opportunities (owner)")
    staff = rows(tables, "staff", "staff_id", "is_client_facing", "department")
    staff = staff.filter(staff.is_client_facing & staff.staff_id.notnull())
    seen = authors.filter(authors.staff_id.notnull()).distinct().mutate(has_written=True)
    joined = staff.left_join(seen, "staff_id")
    return share(joined, joined.has_written, group=joined.department if "department" in joined.columns else None)
