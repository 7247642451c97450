"""What to ask the client for next: data that did not come, and what each would make possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crmplan.engagement import Engagement
from crmplan.intake.words import column_label, table_label
from crmplan.metrics.registry import Metric
from crmplan.schema import TABLES
from crmplan.tables import Tables
from crmplan.value.category_margin import category_margins

__all__ = ["Request", "margins_to_ask_for", "missing_for", "requests"]

Needed = tuple[str, str]
"""A canonical table and one of its columns; an empty column stands for the whole table."""

_MADE_FROM: Mapping[str, Mapping[str, tuple[Needed, ...]]] = MappingProxyType(
    {
        "customer_days": {
            "": (("orders", "customer_id"), ("orders", "ordered_at"), ("orders", "net_amount")),
            "profit": (("orders", "cost"),),
        },
        "golden": {"": (("customers", "customer_id"),)},
        "customer_ids": {"": (("customers", "customer_id"),)},
        "segments": {"": (("orders", "customer_id"), ("orders", "ordered_at"), ("orders", "net_amount"))},
        "customer_value": {"": ()},
        "quality": {"": ()},
    }
)
"""What the tables that crmplan derives are made from, by column; an empty column is needed for any of them."""

_STEPS: Mapping[Needed, str] = MappingProxyType(
    {
        ("customers", "email"): "customers recognised across systems and at every contact",
        ("customers", "first_heard"): "what each way of winning customers is worth",
        ("customers", "age_band"): "what marks valuable customers and those at risk",
        ("customers", "industry"): "what marks valuable customers and those at risk",
        ("customers", "segment"): "your own groups of customers beside those found in the data",
        ("customers", "created_by"): "who adds to what is known of customers",
        ("orders", "cost"): "profit by customer, segment and source in place of an assumed margin",
        ("orders", "channel"): "which channels customers prefer",
        ("orders", "discount"): "who buys only at a discount",
        ("products", "category"): "what else customers are likely to buy",
        ("contracts", ""): "value of customers under contract",
        ("systems", ""): "the map of systems that a CRM must be linked to",
        ("staff", ""): "who meets customers, and who records it",
    }
)
_ONE_OF = MappingProxyType(
    {"age_band": ("age_band", "birth_year"), "industry": ("industry", "staff_count"), "email": ("email", "phone")}
)
_ONLY_FOR = MappingProxyType({"age_band": ("consumers", "both"), "industry": ("firms", "both")})

_WORDS: Mapping[Needed, str] = MappingProxyType(
    {
        ("customers", "email"): "E-mail addresses or telephone numbers of customers",
        ("customers", "first_heard"): "How each customer first heard of the company",
        ("customers", "age_band"): "Age or year of birth of customers",
        ("customers", "industry"): "Industry or size of the firms",
        ("customers", "segment"): "The company's own grouping of customers",
        ("customers", "created_by"): "Who made each customer record",
        ("orders", "cost"): "What the goods of each order line cost",
        ("orders", "channel"): "The channel of each order",
        ("orders", "discount"): "The discount on each order line",
        ("opportunities", ""): "Deals (won, lost and open), if there are any",
        ("contracts", ""): "Contracts, if there are any",
        ("interactions", ""): "Calls, mails and chats with customers",
        ("staff", ""): "Members of staff and their training",
        ("systems", ""): "The systems in use",
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask for.

    Parameters
    ----------
    table, columns
        What is missing; no columns when the whole table is.
    figures
        Labels of the metrics that it alone makes possible.
    helps
        Labels of those that need it and something else that is missing.
    steps
        What it makes possible beside figures.
    """

    table: str
    columns: tuple[str, ...]
    figures: tuple[str, ...]
    helps: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def weight(self) -> float:
        """How much it would bring: each figure 1, each figure it helps 0.3, each step 1.5."""
        return len(self.figures) + 0.3 * len(self.helps) + 1.5 * len(self.steps)

    @property
    def what(self) -> str:
        """The request in words."""
        rows = table_label(self.table)
        if len(self.columns) < 2 and (self.table, "".join(self.columns)) in _WORDS:
            return _WORDS[self.table, "".join(self.columns)]
        if not self.columns:
            return rows[0].upper() + rows[1:]
        first, *more = (column_label(column) for column in self.columns)
        return f"{first[0].upper()}{first[1:]}{''.join(f', {name}' for name in more)} of {rows}"


def missing_for(metric: Metric, tables: Tables) -> frozenset[Needed]:
    """Return what a metric needs that did not come: (table, column), or (table, "") where the table is missing."""
    needed: set[Needed] = set()
    for table, columns in metric.needs.items():
        for column in ("", *columns):
            needed |= set(_canonical(table, column))
    return frozenset(
        (table, "" if table not in tables else column)
        for table, column in needed
        if table not in tables or (column and not tables.has(table, column))
    )


def requests(metrics: Iterable[Metric], tables: Tables, *, customers: str = "both") -> tuple[Request, ...]:
    """Return what to ask for, the most valuable first.

    Parameters
    ----------
    metrics
        What is to be measured.
    tables
        The canonical tables that came.
    customers
        Whether the client serves ``consumers``, ``firms`` or ``both``.
    """
    figures: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    helps: dict[Needed, list[str]] = {}
    for metric in metrics:
        missing = missing_for(metric, tables)
        asked_of = {table for table, _ in missing}
        if len(asked_of) == 1:
            table = next(iter(asked_of))
            columns = tuple(sorted(column for _, column in missing if column))
            figures.setdefault((table, columns), []).append(metric.label)
        for one in missing if len(asked_of) > 1 else ():
            helps.setdefault(one, []).append(metric.label)
    steps = {one: text for one, text in _STEPS.items() if _is_lacking(one, tables, customers)}
    keys = {
        *figures,
        *((t, (c,) if c else ()) for t, c in helps),
        *((t, (c,) if c and t in tables else ()) for t, c in steps),
    }
    found = [_request(table, columns, figures, helps, steps) for table, columns in keys]
    return tuple(sorted(found, key=lambda one: (-one.weight, list(TABLES).index(one.table), one.columns)))


def margins_to_ask_for(engagement: Engagement, tables: Tables) -> str:
    """Return a sentence on categories whose margin is still to be asked for; empty where nothing is missing.

    Parameters
    ----------
    tables
        The canonical tables that came. Order lines that carry their cost need no margin of their category.
    """
    stated = engagement.economics
    if not stated.gross_margin_share_by_category:
        return ""
    found = category_margins(
        tables,
        stated.gross_margin_share_by_category,
        stated.gross_margin_share,
        as_of=engagement.as_of,
        customer="customer_id",
    )
    until = "" if tables.has("orders", "cost") else ": value stays revenue until then"
    asked = [f"{found.remark}{until}"] if found.missing else []
    if found.unavailable:
        asked.append(found.unavailable)
    if found.unknown:
        asked.append(f"a margin is stated for {', '.join(found.unknown)}, of which nothing was bought")
    return f"To be asked for: {'; '.join(asked)}." if asked else ""


def _request(
    table: str,
    columns: tuple[str, ...],
    figures: Mapping[tuple[str, tuple[str, ...]], list[str]],
    helps: Mapping[Needed, list[str]],
    steps: Mapping[Needed, str],
) -> Request:
    wanted = [(table, column) for column in columns or ("",)]
    reached = steps if columns else {one: text for one, text in steps.items() if one[0] == table}
    enabled = [text for one, text in reached.items() if not columns or one in wanted]
    return Request(
        table,
        columns,
        tuple(figures.get((table, columns), ())),
        tuple(dict.fromkeys(label for one in wanted for label in helps.get(one, ()))),
        tuple(dict.fromkeys(enabled)),
    )


def _canonical(table: str, column: str) -> tuple[Needed, ...]:
    if table in _MADE_FROM:
        return _MADE_FROM[table].get(column, ())
    if column == "customer_key":
        return ((table, "customer_id"),)
    return ((table, column),)


def _is_lacking(needed: Needed, tables: Tables, customers: str) -> bool:
    table, column = needed
    if customers not in _ONLY_FOR.get(column, (customers,)):
        return False
    return not any(tables.has(table, *((one,) if one else ())) for one in _ONE_OF.get(column, (column,)))
