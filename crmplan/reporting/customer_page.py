"""One customer's page: everything that all systems know of one customer, as whoever takes the call needs it.

Names and addresses appear only where the engagement allows them; otherwise the page says that they are on file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmplan.analysis.purchases import MONTHS_12
from crmplan.errors import UnknownNameError
from crmplan.reporting.blocks import Block, Figure, KeyFigures, Note, Table
from crmplan.reporting.chapters.single_customer_view_sentences import label_of
from crmplan.reporting.wording import count, money, plural, share
from crmplan.schema import TABLES

if TYPE_CHECKING:
    from crmplan.workbench import Workbench

__all__ = ["CustomerPage", "customer_page"]

_MOST_ROWS = 6
_WORDS = {
    "kind": "Person or firm", "name": "Name", "email": "E-mail address", "phone": "Telephone",
    "postcode": "Postal code", "city": "Town", "region": "Region", "country": "Country", "firm": "Firm",
    "industry": "Industry", "staff_count": "Staff", "born_on": "Day of birth", "birth_year": "Year of birth",
    "age_band": "Age group", "segment": "The client's own group", "first_heard": "First heard through",
    "created_at": "Customer record since",
}  # fmt: skip
_PERSONAL = frozenset(column.name for column in TABLES["customers"].columns if column.is_personal) | {"firm"}
_ANSWERS = {"satisfaction": "5", "recommend": "10"}


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """The page of one customer: what to print at the top, and its parts with their headings.

    Parameters
    ----------
    key
        The customer's key.
    client, customer
        Names as printed; the customer under its key where names are not allowed.
    as_of
        The last day that counts, in words.
    sections
        Heading and blocks.
    """

    key: str
    client: str
    customer: str
    as_of: str
    sections: tuple[tuple[str, tuple[Block, ...]], ...]

    def html(self) -> str:
        """Return the page as one HTML file that opens without a network."""
        from crmplan.reporting.brand import standard_brand
        from crmplan.reporting.html import page_html
        from crmplan.reporting.plain import plain

        sections = [(heading, [plain(one.facts()) for one in blocks]) for heading, blocks in self.sections]
        page = {"client": self.client, "customer": self.customer, "as_of": self.as_of, "sections": sections}
        return page_html("customer.html.j2", brand=standard_brand(), page=plain(page), sheet="customer.css")

    def _repr_html_(self) -> str:
        from crmplan.reporting.page import block_html

        parts = [f"<h3>{heading}</h3>{''.join(block_html(one.facts()) for one in blocks)}"
                 for heading, blocks in self.sections]  # fmt: skip
        return "".join(parts)


def customer_page(bench: Workbench, key: str = "") -> CustomerPage:
    """Return one customer's page.

    Parameters
    ----------
    bench
        The client's workbench.
    key
        The customer's key (``C00042``), or a number in one of the systems (``web_shop:W-000002``); of none the
        first customer.

    Raises
    ------
    UnknownNameError
        When no customer has that key or number.
    """
    key = _key_of(bench, key)
    known = _Known(bench, key)
    sections = (
        ("At a glance", (known.key_figures(), *known.conflicts())),
        ("Who", (known.profile(), known.numbers(), *known.belonging())),
        ("Purchases", tuple(known.purchases())),
        ("Contacts and opinion", tuple(known.contacts())),
        ("Deals and contracts", tuple(known.agreements())),
    )
    engagement = bench.engagement
    name = known.golden.get("name") if engagement.privacy.show_names else None
    day = f"{engagement.as_of.day} {engagement.as_of:%B %Y}"
    return CustomerPage(key, engagement.client.name, f"{name} ({key})" if _is_said(name) else key, day, sections)


def _key_of(bench: Workbench, key: str) -> str:
    ids = bench.customers().tables.frame("customer_ids")
    if ids["customer_key"].eq(key).any():
        return key
    if not key and len(ids):
        return str(ids["customer_key"].min())
    source, _, number = key.partition(":")
    found = ids.loc[ids["source"].eq(source) & ids["customer_id"].eq(number), "customer_key"]
    if found.empty:
        raise UnknownNameError.among("customer", key, [*ids["customer_key"].unique()])
    return str(found.iloc[0])


def _is_said(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def _shown(value: Any) -> str:
    if not _is_said(value):
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value.day} {value:%b %Y}"
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Known:
    """What is known of one customer."""

    def __init__(self, bench: Workbench, key: str) -> None:
        self._bench = bench
        self._key = key
        self._view = bench.customers()
        self._currency = bench.engagement.client.currency
        self._as_of = pd.Timestamp(bench.engagement.as_of)
        self.golden = self._rows("golden").iloc[0]

    def _rows(self, name: str) -> pd.DataFrame:
        if not self._view.tables.has(name, "customer_key"):
            return pd.DataFrame()
        table = self._view.tables[name]
        rows: pd.DataFrame = table.filter(table.customer_key == self._key).to_pandas()
        return rows

    def _label(self, source: Any) -> str:
        return label_of(str(source), self._bench.engagement)

    def key_figures(self) -> KeyFigures:
        """Return segment, purchases, sums, worth."""
        days, bought = self._rows("customer_days"), self._rows("customer_purchases")
        figures = []
        segment = self._of(self._bench.segments())
        if segment:
            now, before = str(segment["segment"]), str(segment["previous_segment"])
            told = "a year ago too" if now == before else f"a year ago: {before}" if before else ""
            figures.append(Figure("Segment", now, told))
        if len(bought):
            of_all = bought.iloc[0]
            n_days = int((self._as_of - of_all["last_day"]).days)
            ago = f"the last {plural(n_days, 'day')} ago" if n_days else "the last today"
            figures.append(Figure("Purchases", count(of_all["n_orders"]), ago))
            recent = days.loc[days["day"] > self._as_of - pd.Timedelta(days=MONTHS_12), "net_amount"].sum()
            spent = f"{money(recent, self._currency)} in the last 12 months"
            figures.append(Figure("Bought for", money(of_all["net_amount"], self._currency), spent))
        else:
            figures.append(Figure("Purchases", "0", "none in the data"))
        value = self._of(self._bench.value())
        if value:
            months = self._bench.engagement.economics.horizon_months
            alive = f"{share(value['alive_probability'])} likely to buy again" if "alive_probability" in value else ""
            figures.append(Figure(f"Worth in {months} months", money(value["value"], self._currency), alive))
        waiting = self._waiting()
        if waiting is not None:
            figures.append(Figure("Contacts not settled", count(waiting), "in the last 90 days"))
        return KeyFigures(tuple(figures))

    def _of(self, result: Any) -> dict[str, Any]:
        if result.unavailable or "customer_key" not in result.customers:
            return {}
        rows = result.customers.loc[result.customers["customer_key"].eq(self._key)]
        return dict(rows.iloc[0].to_dict()) if len(rows) else {}

    def _waiting(self) -> int | None:
        rows = self._rows("interactions")
        if not {"is_resolved", "started_at"} <= set(rows):
            return None
        recent = rows.loc[rows["started_at"] > self._as_of - pd.Timedelta(days=90)]
        return int(recent["is_resolved"].eq(False).sum())

    def profile(self) -> Table:
        """Return the golden record, each value with the system that it came from."""
        lineage = self._rows("golden_lineage")
        origin = {} if lineage.empty else dict(zip(lineage["column"], lineage["source"], strict=True))
        may_name = self._bench.engagement.privacy.show_names
        only = self._rows("customer_ids")["source"].unique()
        rows = []
        for name, words in _WORDS.items():
            value = self.golden.get(name)
            if _is_said(value):
                is_hidden = name in _PERSONAL and not may_name
                source = origin.get(name) or (only[0] if len(only) == 1 else "")
                rows.append((words, "on file" if is_hidden else _shown(value), self._label(source) if source else "–"))
        return Table(
            title="What is known",
            header=("What", "Value", "From"),
            rows=tuple(rows) or (("–", "nothing but a number", "–"),),
            align=("left", "left", "left"),
            caption="" if may_name else "Names and addresses are on file; this engagement does not print them.",
            widths=(1.5, 1.5, 1.9),
        )

    def numbers(self) -> Table:
        """Return the customer's number in every system."""
        ids = self._rows("customer_ids").sort_values(["source", "customer_id"])
        grouped = ids.groupby("source")["customer_id"].agg(", ".join)
        rows = tuple((self._label(source), numbers) for source, numbers in grouped.items())
        title = f"Known in {plural(len(rows), 'system')}"
        return Table(title, ("System", "Number there"), rows, ("left", "left"), widths=(1.9, 3.0))

    def belonging(self) -> Iterator[Table]:
        """Return the households and firms that the customer belongs to."""
        members = self._view.hierarchy.members
        own = members.loc[members["customer_key"].eq(self._key)] if len(members) else members
        size = dict(zip(self._view.hierarchy.groups["group"], self._view.hierarchy.groups["n_customers"], strict=True))
        rows = tuple(
            (str(row["level"]).capitalize(), str(row["group"]), count(size[row["group"]]), self._label(row["source"]))
            for row in own.to_dict("records")
        )
        if rows:
            header = ("What", "Which", "Customers in it", "From")
            yield Table("Belongs to", header, rows, ("left", "left", "right", "left"))

    def conflicts(self) -> Iterator[Note]:
        """Return what the records contradict each other in."""
        rows = self._view.conflicts.loc[self._view.conflicts["customer_key"].eq(self._key)]
        if len(rows):
            told = ", ".join(_WORDS.get(name, name).lower() for name in rows["column"])
            yield Note(f"The systems disagree on: {told}. Ask, and correct it.", tone="warning")

    def purchases(self) -> Iterator[Block]:
        """Return the latest orders."""
        lines = self._rows("orders")
        if lines.empty:
            yield Note("No order in the data.")
            return
        wanted = {"at": ("ordered_at", "min"), "lines": ("order_id", "size"), "amount": ("net_amount", "sum")}
        for name in ("channel", "status"):
            if name in lines:
                wanted[name] = (name, "first")
        orders = lines.groupby(["source", "order_id"]).agg(**wanted).reset_index()
        orders = orders.sort_values(["at", "order_id"], ascending=False)
        rows = [
            (_shown(row["at"]), self._label(row["source"]), str(row["order_id"]), count(row["lines"]),
             money(row["amount"], self._currency), _shown(row.get("channel")), _shown(row.get("status")))
            for row in orders.head(_MOST_ROWS).to_dict("records")
        ]  # fmt: skip
        header = ("Day", "System", "Order", "Lines", "Amount", "Channel", "State")
        align = ("left", "left", "left", "right", "right", "left", "left")
        yield self._table(f"{plural(len(orders), 'order')} and refunds", header, rows, align, len(orders))

    def contacts(self) -> Iterator[Block]:
        """Return the latest contacts and answers to surveys."""
        rows = self._rows("interactions")
        if rows.empty:
            yield Note("No contact in the data.")
        else:
            latest = rows.sort_values("started_at", ascending=False)
            cells = [
                (_shown(row["started_at"]), self._label(row["source"]), _shown(row.get("channel")),
                 _shown(row.get("topic")).replace("_", " "), _settled(row.get("is_resolved")))
                for row in latest.head(_MOST_ROWS).to_dict("records")
            ]  # fmt: skip
            header = ("Day", "System", "Channel", "About", "Settled")
            yield self._table(plural(len(rows), "contact"), header, cells, ("left",) * 5, len(rows))
        said = self._rows("surveys")
        if len(said):
            latest = said.sort_values("answered_at", ascending=False).head(_MOST_ROWS)
            answers = [
                (_shown(row["answered_at"]), str(row["kind"]),
                 f"{row['score']:g} of {_ANSWERS.get(str(row['kind']), '–')}", _shown(row.get("reason")))
                for row in latest.to_dict("records")
            ]  # fmt: skip
            asked = ("Day", "Question", "Answer", "Reason")
            yield self._table(plural(len(said), "survey answer"), asked, answers, ("left",) * 4, len(said))

    def agreements(self) -> Iterator[Block]:
        """Return deals and contracts."""
        deals, contracts = self._rows("opportunities"), self._rows("contracts")
        if deals.empty and contracts.empty:
            yield Note("No deal and no contract in the data.")
        if len(deals):
            latest = deals.sort_values("created_at", ascending=False)
            won = [
                (_shown(row["created_at"]), str(row["opportunity_id"]), str(row["outcome"]),
                 money(row.get("amount"), self._currency), _shown(row.get("lost_reason")))
                for row in latest.head(_MOST_ROWS).to_dict("records")
            ]  # fmt: skip
            columns = ("Opened", "Deal", "Outcome", "Amount", "Lost because")
            sides = ("left", "left", "left", "right", "left")
            yield self._table(plural(len(deals), "deal"), columns, won, sides, len(deals))
        if len(contracts):
            latest = contracts.sort_values("started_on", ascending=False)
            cells = [
                (str(row["contract_id"]), _shown(row["started_on"]),
                 _shown(row["ended_on"]) if _is_said(row.get("ended_on")) else "runs",
                 money(row.get("monthly_fee"), self._currency), _shown(row.get("cancel_reason")))
                for row in latest.head(_MOST_ROWS).to_dict("records")
            ]  # fmt: skip
            header, align = (
                ("Contract", "From", "To", "Monthly fee", "Ended because"),
                ("left", "left", "left", "right"),
            )
            yield self._table(plural(len(contracts), "contract"), header, cells, (*align, "left"), len(contracts))

    def _table(self, title: str, header: tuple[str, ...], rows: Any, align: Any, n: int) -> Table:
        caption = f"The latest {_MOST_ROWS}." if n > _MOST_ROWS else ""
        return Table(title, header, tuple(rows), align, caption)


def _settled(value: Any) -> str:
    return "–" if not _is_said(value) else "yes" if value else "no"
