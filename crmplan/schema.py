"""The canonical tables: what every client's data looks like once it has been read.

A client sends what it has; intake maps it to these tables. Every table but one of ``orders`` or ``contracts`` is
optional. A column that a client does not have is absent from the table, so "is it there?" is one question with one
answer. Two columns are added to every table: ``source`` (the system a row came from) and, once people have been
matched, ``customer_key`` (one key per customer across all systems).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["TABLES", "Column", "Kind", "Table"]

Kind = Literal["id", "text", "number", "money", "flag", "timestamp", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name, kind
        ``money`` is in the engagement's currency; ``timestamp`` is local time without zone; ``id`` is text that keeps
        its leading zeros.
    meaning
        What a value says, with its unit.
    is_required
        The table is useless without it.
    is_personal
        Names or reaches a person; pseudonymised in anything rendered.
    """

    name: str
    kind: Kind
    meaning: str
    is_required: bool = False
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: its name, what one row is, its columns, and the columns that identify a row."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _c(name: str, kind: Kind, meaning: str, flags: str = "") -> Column:
    return Column(name, kind, meaning, is_required="r" in flags, is_personal="p" in flags)


_CUSTOMERS = Table(
    "customers",
    "one customer record as one source system keeps it",
    (
        _c("customer_id", "id", "the source system's own number", "r"),
        _c("other_ids", "text", "numbers of the same customer in other systems, as 'system:number', parted by '|'"),
        _c("kind", "text", "person or firm"),
        _c("name", "text", "full name of the person or firm", "p"),
        _c("email", "text", "e-mail address", "p"),
        _c("phone", "text", "telephone number", "p"),
        _c("address", "text", "street and number", "p"),
        _c("postcode", "text", "postal code"),
        _c("city", "text", "town"),
        _c("region", "text", "state, province or sales region"),
        _c("country", "text", "country, as the source writes it"),
        _c("firm", "text", "the firm a person buys for"),
        _c("industry", "text", "line of business of a firm"),
        _c("staff_count", "number", "people working at a firm"),
        _c("born_on", "date", "day of birth of a person", "p"),
        _c("birth_year", "number", "year of birth of a person, where the day is not known"),
        _c("age_band", "text", "age group, where only that is known"),
        _c("income_band", "text", "income group, where only that is known"),
        _c("household_size", "text", "people in the household"),
        _c("segment", "text", "the client's own grouping of customers"),
        _c("first_heard", "text", "how the customer first heard of the company"),
        _c("created_at", "timestamp", "when the record was made"),
        _c("updated_at", "timestamp", "when the record was last changed"),
        _c("created_by", "id", "member of staff who made the record"),
        _c("household_id", "id", "number of the household or firm a person belongs to, or of the parent of a firm"),
    ),
    ("source", "customer_id"),
)
_ORDERS = Table(
    "orders",
    "one order line (or one order, where lines are not kept)",
    (
        _c("order_id", "id", "number of the order", "r"),
        _c("customer_id", "id", "who ordered, in the numbers of the source system; empty when not known", "r"),
        _c("ordered_at", "timestamp", "when it was ordered", "r"),
        _c("product_id", "id", "what was ordered"),
        _c("quantity", "number", "pieces; negative for a return"),
        _c("net_amount", "money", "what the customer pays for the line, after discount; negative for a refund", "r"),
        _c("cost", "money", "what the goods of the line cost the company"),
        _c("discount", "money", "how much was taken off the list price of the line; 0 or more"),
        _c("channel", "text", "shop, web, telephone, field"),
        _c("country", "text", "country the order is sent to"),
        _c("region", "text", "region the order is sent to"),
        _c("territory", "text", "sales territory"),
        _c("is_refund", "flag", "the line gives money back"),
        _c("refunds_order_id", "id", "the order that a refund belongs to"),
        _c("status", "text", "open, shipped, completed, cancelled"),
    ),
)
_PRODUCTS = Table(
    "products",
    "one product",
    (
        _c("product_id", "id", "number of the product", "r"),
        _c("name", "text", "name"),
        _c("category", "text", "the product group in which offers are planned"),
        _c("subcategory", "text", "finer group"),
        _c("brand", "text", "brand or manufacturer"),
        _c("list_price", "money", "price of one piece"),
        _c("unit_cost", "money", "cost of one piece"),
    ),
    ("product_id",),
)
_INTERACTIONS = Table(
    "interactions",
    "one call, mail or chat",
    (
        _c("interaction_id", "id", "number of the contact", "r"),
        _c("customer_id", "id", "who it was, in the numbers of the source system; empty when not recognised"),
        _c("started_at", "timestamp", "when it began", "r"),
        _c("channel", "text", "call, mail, chat, visit"),
        _c("direction", "text", "inbound, outbound or internal"),
        _c("topic", "text", "product, order_status, billing, complaint, other"),
        _c("wait_seconds", "number", "time until somebody answered"),
        _c("duration_seconds", "number", "time spent on it"),
        _c("is_resolved", "flag", "settled in this contact"),
        _c("is_reopened", "flag", "opened again after it had been settled"),
        _c("order_id", "id", "the order it was about or that it brought"),
        _c("revenue", "money", "revenue that the contact brought"),
        _c("agent_id", "id", "member of staff"),
        _c("parent_id", "id", "the customer's contact for which an internal one was needed"),
    ),
    ("source", "interaction_id"),
)
_OPPORTUNITIES = Table(
    "opportunities",
    "one deal",
    (
        _c("opportunity_id", "id", "number of the deal", "r"),
        _c("customer_id", "id", "with whom"),
        _c("created_at", "timestamp", "when the lead came in", "r"),
        _c("first_response_at", "timestamp", "when somebody first answered the lead"),
        _c("closed_at", "timestamp", "when it was won or lost"),
        _c("outcome", "text", "won, lost or open", "r"),
        _c("stage", "text", "step of the sales process"),
        _c("amount", "money", "worth of the deal"),
        _c("lead_source", "text", "where the lead came from"),
        _c("campaign_id", "id", "campaign that brought the lead"),
        _c("owner", "id", "seller"),
        _c("territory", "text", "sales territory"),
        _c("lost_reason", "text", "why it was lost"),
        _c("competitor", "text", "to whom it was lost"),
    ),
    ("source", "opportunity_id"),
)
_CONTRACTS = Table(
    "contracts",
    "one contract",
    (
        _c("contract_id", "id", "number of the contract", "r"),
        _c("customer_id", "id", "with whom", "r"),
        _c("started_on", "date", "first day", "r"),
        _c("ended_on", "date", "last day; empty while it runs"),
        _c("monthly_fee", "money", "fee per month"),
        _c("committed_amount", "money", "what the customer promised to take in the contract year"),
        _c("fulfilled_amount", "money", "what the customer took"),
        _c("cancel_reason", "text", "why it was cancelled"),
    ),
    ("source", "contract_id"),
)
_CAMPAIGNS = Table(
    "campaigns",
    "one campaign",
    (
        _c("campaign_id", "id", "number of the campaign", "r"),
        _c("name", "text", "name"),
        _c("channel", "text", "channel"),
        _c("started_on", "date", "first day"),
        _c("ended_on", "date", "last day"),
        _c("cost", "money", "what it cost"),
    ),
    ("campaign_id",),
)
_TOUCHES = Table(
    "touches",
    "one customer reached by one campaign",
    (
        _c("campaign_id", "id", "number of the campaign", "r"),
        _c("customer_id", "id", "who was reached", "r"),
        _c("touched_at", "timestamp", "when"),
        _c("channel", "text", "channel"),
        _c("is_response", "flag", "the customer responded"),
    ),
)
_SURVEYS = Table(
    "surveys",
    "one answer to a customer survey",
    (
        _c("customer_id", "id", "who answered", "r"),
        _c("answered_at", "timestamp", "when", "r"),
        _c("kind", "text", "satisfaction (1 to 5) or recommend (0 to 10)", "r"),
        _c("score", "number", "the answer", "r"),
        _c("reason", "text", "the reason given"),
    ),
)
_SHIPMENTS = Table(
    "shipments",
    "one delivery",
    (
        _c("order_id", "id", "the order", "r"),
        _c("promised_on", "date", "promised day"),
        _c("delivered_on", "date", "day of delivery; empty while under way"),
        _c("is_correct_item", "flag", "the right goods arrived"),
        _c("handling_cost", "money", "extra cost of a wrong delivery"),
    ),
)
_STAFF = Table(
    "staff",
    "one member of staff",
    (
        _c("staff_id", "id", "number", "r"),
        _c("name", "text", "name", "p"),
        _c("department", "text", "marketing, sales, call_center, operations, other"),
        _c("is_client_facing", "flag", "meets clients"),
        _c("training_hours", "number", "hours of training in the last 12 months"),
    ),
    ("staff_id",),
)
_SYSTEMS = Table(
    "systems",
    "one system that a CRM must be linked to",
    (
        _c("system_id", "id", "short name", "r"),
        _c("name", "text", "name"),
        _c("serves", "text", "accounting, e_commerce, service, delivery, sales_marketing"),
        _c("owner", "text", "department that answers for it"),
        _c("technology", "text", "platform"),
        _c("remaining_life_years", "number", "years until it is replaced"),
        _c("link", "text", "none, file, interface"),
        _c("link_effort_days", "number", "effort to link it"),
        _c("urgency", "text", "low, medium, high"),
    ),
    ("system_id",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            _CUSTOMERS,
            _ORDERS,
            _PRODUCTS,
            _INTERACTIONS,
            _OPPORTUNITIES,
            _CONTRACTS,
            _CAMPAIGNS,
            _TOUCHES,
            _SURVEYS,
            _SHIPMENTS,
            _STAFF,
            _SYSTEMS,
        )
    }
)
"""The canonical tables by name, in the order in which a consultant asks for them."""
