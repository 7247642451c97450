"""What a client's contracts say: how many run, what they bring, and how many ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from crmplan.analysis.concentration import Concentration, concentration
from crmplan.analysis.purchases import MONTHS_12
from crmplan.tables import Tables

__all__ = ["Agreements", "agreements", "running_fees"]


@dataclass(frozen=True, slots=True)
class Agreements:
    """The contracts of a client.

    Parameters
    ----------
    n_contracts, n_customers
        Contracts that began on or before the as-of date, and the customers who hold or held them.
    n_running, n_customers_running
        Contracts that run on the as-of date, and their customers.
    monthly_fees
        What the running contracts bring a month; None when fees are not known.
    median_tenure_months
        Half of the running contracts have run longer.
    n_running_earlier, n_ended_of_them
        Contracts that ran 12 months before the as-of date, and how many of these have ended since.
    fees
        How concentrated the monthly fees of running contracts are over their customers.
    unavailable
        Why there is none; empty when there is.
    """

    n_contracts: int
    n_customers: int
    n_running: int
    n_customers_running: int
    monthly_fees: float | None
    median_tenure_months: float | None
    n_running_earlier: int
    n_ended_of_them: int
    fees: Concentration
    unavailable: str = ""


def agreements(tables: Tables, *, as_of: date) -> Agreements:
    """Return what the contracts say.

    Parameters
    ----------
    tables
        With ``contracts`` (customer_key, started_on; ended_on and monthly_fee where known).
    as_of
        The last day looked at; a contract that ends on it still runs.
    """
    no_fees = concentration(pd.Series(dtype=float), measure="revenue")
    if not tables.has("contracts", "customer_key", "started_on"):
        return Agreements(0, 0, 0, 0, None, None, 0, 0, no_fees, "needs `contracts`")
    frame = tables.frame("contracts")
    today = pd.Timestamp(as_of)
    started = pd.to_datetime(frame["started_on"])
    ended = pd.to_datetime(frame["ended_on"]) if "ended_on" in frame else pd.Series(pd.NaT, index=frame.index)
    begun = started <= today
    if not begun.any():
        return Agreements(0, 0, 0, 0, None, None, 0, 0, no_fees, "needs contracts that began before the as-of date")
    running = begun & (ended.isna() | (ended >= today))
    year_ago = today - pd.Timedelta(days=MONTHS_12)
    ran = (started <= year_ago) & (ended.isna() | (ended >= year_ago))
    tenure = (today - started[running]).dt.days / 30.4375
    fees = running_fees(tables, as_of=as_of)
    is_known = bool((fees > 0).any())
    return Agreements(
        n_contracts=int(begun.sum()),
        n_customers=int(frame.loc[begun, "customer_key"].nunique()),
        n_running=int(running.sum()),
        n_customers_running=int(frame.loc[running, "customer_key"].nunique()),
        monthly_fees=float(fees.sum()) if is_known else None,
        median_tenure_months=float(tenure.median()) if running.any() else None,
        n_running_earlier=int(ran.sum()),
        n_ended_of_them=int((ran & ~running).sum()),
        fees=concentration(fees, measure="revenue") if is_known else no_fees,
    )


def running_fees(tables: Tables, *, as_of: date) -> pd.Series:
    """Return what each customer with a running contract pays a month, by ``customer_key``; 0 where not known."""
    if not tables.has("contracts", "customer_key", "started_on"):
        return pd.Series(dtype=float)
    frame = tables.frame("contracts").dropna(subset="customer_key")
    today = pd.Timestamp(as_of)
    running = pd.to_datetime(frame["started_on"]) <= today
    if "ended_on" in frame:
        ended = pd.to_datetime(frame["ended_on"])
        running &= ended.isna() | (ended >= today)
    kept = frame[running]
    fees = pd.to_numeric(kept["monthly_fee"]).astype(float) if "monthly_fee" in kept else pd.Series(0.0, kept.index)
    return fees.fillna(0.0).groupby(kept["customer_key"].astype(object)).sum()
