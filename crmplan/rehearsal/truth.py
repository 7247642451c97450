"""What is true of the rehearsal: who is who, how each customer really behaves, and which flaws the exports have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.rehearsal.disagreement import PLACEHOLDER_EMAIL, PLACEHOLDER_PHONE
from crmplan.rehearsal.drawing import Rehearsal
from crmplan.rehearsal.sources import RawExport

__all__ = ["truth_tables"]


def truth_tables(world: Rehearsal, exports: tuple[RawExport, ...]) -> dict[str, pd.DataFrame]:
    """Return the truth by name of its file.

    Returns
    -------
    dict
        ``people``: source, customer_id, person_id: every number in every system. ``customers``: one row per person
        with true segment, rates, dates and sums. ``flaws``: source, table, flaw, n_rows.
    """
    return {"people": _people(world), "customers": _customers(world), "flaws": _flaws(world, exports)}


def _people(world: Rehearsal) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source": world.records["system"],
            "customer_id": world.records["customer_id"],
            "person_id": world.people["person_id"].to_numpy()[world.records["person"]],
        }
    )


def _customers(world: Rehearsal) -> pd.DataFrame:
    people = world.people
    day = pd.Timedelta(days=1)
    now = pd.Timestamp(world.as_of) + day
    later = now + pd.Timedelta(days=365)
    past, next_year = _sums(world, pd.Timestamp(world.start), now), _sums(world, now, later)
    known = _sums(world, pd.Timestamp(world.start), now, only_known=True)
    return pd.DataFrame(
        {
            "person_id": people["person_id"],
            "household_id": people["household"],
            "kind": np.where(people["is_firm"], "firm", "person"),
            "is_prospect": people["is_prospect"],
            "segment": people["segment"],
            "first_heard": people["first_heard"],
            "first_heard_rate_factor": people["rate_factor"],
            "purchases_per_year": people["purchases_per_year"].round(4),
            "spend_factor": people["spend_factor"].round(4),
            "first_purchase_on": people["first_at"].dt.date.where(~people["is_prospect"]),
            "churned_on": people["churned_at"].dt.date,
            "is_active": (people["churned_at"] >= now) & ~people["is_prospect"],
            "had_bad_experience": people["had_bad_experience"],
            "n_orders": past["n_orders"],
            "n_orders_known": known["n_orders"],
            "net_amount": past["net_amount"].round(2),
            "net_amount_known": known["net_amount"].round(2),
            "profit": past["profit"].round(2),
            "n_orders_next_year": next_year["n_orders"],
            "net_amount_next_year": next_year["net_amount"].round(2),
            "profit_next_year": next_year["profit"].round(2),
        }
    )


def _sums(world: Rehearsal, start: pd.Timestamp, end: pd.Timestamp, *, only_known: bool = False) -> pd.DataFrame:
    # Cancelled orders do not count; what was given back is taken off.
    orders = world.orders
    orders = orders[(orders["ordered_at"] >= start) & (orders["ordered_at"] < end) & (orders["status"] != "cancelled")]
    orders = orders[~orders["is_unknown"]] if only_known else orders
    lines = world.lines.merge(orders[["order", "person", "refunds"]], on="order")
    lines = lines.assign(profit=lines["net_amount"] - lines["cost"])
    sums = lines.groupby("person")[["net_amount", "profit"]].sum()
    sums["n_orders"] = orders[orders["refunds"] < 0].groupby("person").size()
    return sums.reindex(range(len(world.people))).fillna(0).astype({"n_orders": int})


def _flaws(world: Rehearsal, exports: tuple[RawExport, ...]) -> pd.DataFrame:
    files = {export.file: export.rows for export in exports}
    web, booked = files["data/web_shop/orders.csv"], files["data/accounting/belege.csv"]
    calls, tickets = files["data/call_center/calls.csv"], files["data/service_desk/tickets.tsv"]
    end = pd.Timestamp(world.as_of) + pd.Timedelta(days=1)
    late = world.lines["order"].isin(world.past_orders.loc[world.past_orders["ordered_at"] >= end, "order"])
    is_web = (world.orders["channel"] == "web").to_numpy()[world.lines["order"]]
    is_test = booked["Beleg"].str.startswith("TEST")
    rows: list[tuple[str, str, str, int]] = [
        ("web_shop", "orders", "no customer", int((web["account_id"] == "").sum())),
        ("web_shop", "orders", "cancelled", int((web["state"] == "cancelled").sum())),
        ("web_shop", "orders", "refund", int((web["type"] == "refund").sum())),
        ("web_shop", "orders", "after the as-of date", int((late & is_web).sum())),
        ("accounting", "orders", "no customer", int((booked["Debitor"] == "").sum())),
        ("accounting", "orders", "cancelled", int((booked["Status"] == "storniert").sum())),
        ("accounting", "orders", "refund", int((booked["Belegart"] == "GS").sum())),
        ("accounting", "orders", "after the as-of date", int((late & ~is_web).sum())),
        ("accounting", "orders", "test booking", int(is_test.sum())),
        ("call_center", "interactions", "exported twice", int(calls["CallId"].duplicated().sum())),
        ("call_center", "interactions", "no customer", int((calls["CallerNo"] == "").sum())),
        ("service_desk", "interactions", "exported twice", int(tickets["ticket"].duplicated().sum())),
        ("service_desk", "interactions", "no customer", int((tickets["contact"] == "").sum())),
    ]
    for system, held in world.records.groupby("system", sort=False):
        for flaw, is_flawed in (
            ("second record of a customer", held["copy"] == 1),
            ("no e-mail", held["email"] == ""),
            ("placeholder e-mail", held["email"] == PLACEHOLDER_EMAIL),
            ("no telephone", held["phone"] == ""),
            ("placeholder telephone", held["phone"] == PLACEHOLDER_PHONE),
        ):
            rows.append((str(system), "customers", flaw, int(is_flawed.sum())))
    return pd.DataFrame(rows, columns=["source", "table", "flaw", "n_rows"])
