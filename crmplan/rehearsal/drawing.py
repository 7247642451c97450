"""One rehearsal, drawn: the true world, and the records that five systems keep of it. No file is touched here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmplan.rehearsal import contacts, disagreement, firm, people, purchases, selling

__all__ = ["Rehearsal", "draw_rehearsal", "generator"]

EXPORTED_AFTER_DAYS = 2
"""The exports were made two days after the as-of date, so some orders in them are too young."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Everything that happened and everything that was recorded.

    ``orders`` and ``lines`` run one year past ``as_of``; ``records`` are the customer records of all systems;
    ``person`` everywhere is the position of a customer in ``people``.
    """

    start: date
    as_of: date
    seed: int
    people: pd.DataFrame
    products: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    deliveries: pd.DataFrame
    contacts: pd.DataFrame
    surveys: pd.DataFrame
    campaigns: pd.DataFrame
    touches: pd.DataFrame
    deals: pd.DataFrame
    contracts: pd.DataFrame
    records: pd.DataFrame
    staff: pd.DataFrame
    systems: pd.DataFrame

    @property
    def exported_until(self) -> pd.Timestamp:
        """First moment that the exports do not hold."""
        return pd.Timestamp(self.as_of) + pd.Timedelta(days=1 + EXPORTED_AFTER_DAYS)

    @property
    def past_orders(self) -> pd.DataFrame:
        """Orders that the exports hold."""
        return self.orders[self.orders["ordered_at"] < self.exported_until]


def generator(seed: int, part: str) -> np.random.Generator:
    """Return the random generator of one part, so that a change to one part leaves the others as they are."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(part.encode())))


def draw_rehearsal(n_customers: int, *, seed: int, years: int, as_of: date) -> Rehearsal:
    """Return a rehearsal; the same arguments give the same rehearsal.

    Parameters
    ----------
    n_customers
        Customers who buy at least once.
    seed
        Any whole number.
    years
        How many years of business the exports hold, up to ``as_of``.
    as_of
        The last day that counts.
    """
    start = date.fromordinal(as_of.toordinal() - round(365.25 * years) + 1)
    range_ = firm.product_range(generator(seed, "products"))
    customers = people.draw_people(generator(seed, "people"), n_customers, start, as_of)
    bought = purchases.draw_purchases(generator(seed, "purchases"), customers, range_, as_of)
    staff = firm.staff()
    by_department = staff.groupby("department")["staff_id"].apply(lambda ids: ids.to_numpy())
    until_now = bought.orders[bought.orders["ordered_at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1)]
    deliveries = purchases.draw_deliveries(generator(seed, "deliveries"), customers, until_now, as_of)
    spoken = contacts.draw_contacts(
        generator(seed, "contacts"), customers, until_now, deliveries,
        amounts=bought.lines.groupby("order")["net_amount"].sum(), agents=by_department["call_center"], as_of=as_of,
    )  # fmt: skip
    surveys = contacts.draw_surveys(generator(seed, "surveys"), customers, until_now, deliveries, as_of)
    campaigns = selling.draw_campaigns(generator(seed, "campaigns"), start, as_of)
    deals = selling.draw_deals(generator(seed, "deals"), customers, campaigns, by_department["sales"], as_of)
    contracts = selling.draw_contracts(generator(seed, "contracts"), customers, as_of)
    exported_on = pd.Timestamp(as_of) + pd.Timedelta(days=EXPORTED_AFTER_DAYS)
    recorded = bought.orders[bought.orders["ordered_at"] < exported_on + pd.Timedelta(days=1)]
    holds = _who_is_held(generator(seed, "holds"), customers, recorded, spoken, surveys, deals, contracts)
    # Not everybody who meets customers makes records.
    authors = {
        "web_shop": np.array([], dtype=object),
        "accounting": by_department["other"],
        "service_desk": by_department["call_center"][:6],
        "call_center": by_department["call_center"][4:10],
        "sales": by_department["sales"][:6],
    }
    return Rehearsal(
        start=start, as_of=as_of, seed=seed, people=customers, products=range_, orders=bought.orders,
        lines=bought.lines, deliveries=deliveries, contacts=spoken, surveys=surveys, campaigns=campaigns,
        touches=selling.draw_touches(generator(seed, "touches"), customers, campaigns), deals=deals,
        contracts=contracts, staff=staff, systems=firm.systems(),
        records=disagreement.draw_records(generator(seed, "records"), customers, holds, authors, exported_on),
    )  # fmt: skip


def _who_is_held(
    rng: np.random.Generator, customers: pd.DataFrame, orders: pd.DataFrame, *others: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Return by system whether it holds each of the people."""
    spoken, surveys, deals, contracts = others
    known = spoken[spoken["is_recognised"]]
    by_telephone = known["channel"] == "call"

    def among(*persons: pd.Series) -> np.ndarray:
        held = np.zeros(len(customers), dtype=bool)
        for one in persons:
            held[one.to_numpy()] = True
        return held

    named = orders[~orders["is_unknown"]]
    is_web = named["channel"] == "web"
    visited = customers["is_firm"].to_numpy() & (rng.random(len(customers)) < 0.75)
    return {
        "web_shop": among(named["person"][is_web]),
        "accounting": among(named["person"][~is_web], contracts["person"]),
        "service_desk": among(known["person"][~by_telephone], surveys["person"]),
        "call_center": among(known["person"][by_telephone]),
        "sales": among(deals["person"]) | visited | customers["is_prospect"].to_numpy(),
    }
