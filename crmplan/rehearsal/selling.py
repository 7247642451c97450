"""What marketing and sales do: campaigns, whom they reach, deals and service contracts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crmplan.rehearsal.firm import CAMPAIGNS_A_YEAR

__all__ = ["draw_campaigns", "draw_contracts", "draw_deals", "draw_touches"]

_RESPONSE = {"framework_office": 0.05, "workshop": 0.06, "school": 0.07, "home_office": 0.08, "bargain": 0.19,
             "one_off": 0.03}  # fmt: skip
_CAMPAIGN_KINDS = (("mail", 19_000.0), ("newsletter", 3_500.0), ("telephone", 14_500.0))
_STAGES = ("new", "qualified", "offer", "negotiation")
_LOST_REASONS = ("price", "competitor", "no budget", "no answer", "delivery time")
_COMPETITORS = ("Bürowelt Nord", "Kontorhaus24", "Werkzeugprofi")
_CANCEL_REASONS = ("price", "poor service", "closed down", "no need", "competitor")
_SHARE_NEVER_ANSWERED = 0.14
_SALES_AMOUNT = 14_000.0


def draw_campaigns(rng: np.random.Generator, start: date, as_of: date) -> pd.DataFrame:
    """Return six campaigns a year: campaign_id, name, channel, started_on, ended_on, cost."""
    days = np.arange(20, (as_of - start).days - 40, 365 / CAMPAIGNS_A_YEAR).astype(int)
    begins = pd.Timestamp(start) + pd.to_timedelta(days, unit="D")
    kinds = [_CAMPAIGN_KINDS[i % len(_CAMPAIGN_KINDS)] for i in range(len(days))]
    seasons = ("winter", "spring", "summer", "autumn")
    return pd.DataFrame(
        {
            "campaign_id": [f"{day.year}-{i + 1:02d}" for i, day in enumerate(begins)],
            "name": [f"{seasons[day.month % 12 // 3]} {day.year} {kind}" for day, (kind, _) in
                     zip(begins, kinds, strict=True)],
            "channel": [kind for kind, _ in kinds],
            "started_on": begins,
            "ended_on": begins + pd.Timedelta(days=35),
            "cost": [round(cost * rng.uniform(0.8, 1.3), 2) for _, cost in kinds],
        }
    )  # fmt: skip


def draw_touches(rng: np.random.Generator, people: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return whom each campaign reached: campaign (row), person, touched_at, is_response."""
    parts = []
    response = people["segment"].map(_RESPONSE).to_numpy()
    for number, began in enumerate(campaigns["started_on"]):
        known = (people["first_at"] < began).to_numpy()
        gone = (people["churned_at"] < began).to_numpy()
        reached = np.flatnonzero(known & (rng.random(len(people)) < 0.24))
        answers = rng.random(len(reached)) < response[reached] * np.where(gone[reached], 0.25, 1.0)
        minutes = rng.integers(8 * 60, 5 * 24 * 60, len(reached))
        at = began + pd.to_timedelta(minutes, unit="min")
        parts.append(pd.DataFrame({"campaign": number, "person": reached, "touched_at": at, "is_response": answers}))
    columns = ["campaign", "person", "touched_at", "is_response"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def draw_deals(
    rng: np.random.Generator, people: pd.DataFrame, campaigns: pd.DataFrame, sellers: np.ndarray, as_of: date
) -> pd.DataFrame:
    """Return the deals of firms and prospects, by the time at which the lead came in.

    Returns
    -------
    DataFrame
        person, created_at, first_response_at (missing where nobody answered), closed_at, outcome, stage, amount,
        lead_source, campaign (row of the campaign; -1 for none), owner, lost_reason, competitor.
    """
    end = pd.Timestamp(as_of)
    person, created = _leads(rng, people, end)
    n = len(person)
    answered = rng.random(n) >= _SHARE_NEVER_ANSWERED
    hours = rng.lognormal(3.1, 1.1, n)
    responded = (created + pd.to_timedelta((hours * 60).astype(int), unit="min")).where(answered)
    closed = created + pd.to_timedelta((rng.lognormal(3.7, 0.6, n) * 24 * 60).astype(int), unit="min")
    is_open = (closed > end).to_numpy()
    # Leads answered within a day are won more often.
    chance = np.where(answered, np.where(hours < 24, 0.40, 0.24), 0.03)
    won = rng.random(n) < chance
    outcome = np.select([is_open, won], ["open", "won"], "lost")
    reason = np.where(rng.random(n) < 0.62, rng.choice(_LOST_REASONS, size=n), "")
    reason = np.where(outcome == "lost", reason, "")
    named = (reason == "competitor") & (rng.random(n) < 0.7)
    latest = np.searchsorted(campaigns["started_on"].to_numpy(), created.to_numpy()) - 1
    from_campaign = (rng.random(n) < 0.35) & (latest >= 0)
    frame = pd.DataFrame(
        {
            "person": person,
            "created_at": created,
            "first_response_at": responded.where(responded <= end),
            "closed_at": closed.where(~is_open),
            "outcome": outcome,
            "stage": np.where(is_open, rng.choice(_STAGES, size=n), "closed"),
            "amount": np.round(rng.lognormal(0, 0.8, n) * _SALES_AMOUNT, 2),
            "lead_source": np.where(from_campaign, "campaign", people["first_heard"].to_numpy()[person]),
            "campaign": np.where(from_campaign, latest, -1),
            "owner": sellers[rng.integers(len(sellers), size=n)],
            "lost_reason": reason,
            "competitor": np.where(named, rng.choice(_COMPETITORS, size=n), ""),
        }
    )
    return frame.sort_values(["created_at", "person"], kind="stable", ignore_index=True)


def _leads(rng: np.random.Generator, people: pd.DataFrame, end: pd.Timestamp) -> tuple[np.ndarray, pd.Series]:
    days = (end - people["first_at"]).dt.days.to_numpy()
    mean = np.where(people["is_prospect"], 1.2, np.where(people["is_firm"], 0.5 / 365.25 * days, 0.0))
    person = np.repeat(np.arange(len(people)), rng.poisson(mean))
    n = len(person)
    created = people["first_at"].to_numpy()[person] + (rng.random(n) * days[person]).astype("timedelta64[D]")
    return person, pd.Series(created) + pd.to_timedelta(rng.integers(8 * 60, 18 * 60, n), unit="min")


def draw_contracts(rng: np.random.Generator, people: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the service contracts of some firms.

    Returns
    -------
    DataFrame
        person, started_on, ended_on (missing while it runs), monthly_fee, committed_amount, fulfilled_amount,
        cancel_reason (empty for a third of those that ended).
    """
    segment = people["segment"].to_numpy()
    chance = np.select([segment == "framework_office", segment == "workshop", segment == "school"], [0.65, 0.22, 0.15])
    signs = (rng.random(len(people)) < chance) & ~people["is_prospect"].to_numpy()
    person = np.flatnonzero(signs)
    n = len(person)
    started = people["first_at"].iloc[person] + pd.to_timedelta(rng.integers(10, 120, n), unit="D")
    churned = people["churned_at"].iloc[person]
    is_in_time = ((started < churned) & (started <= pd.Timestamp(as_of))).to_numpy()
    ended = churned + pd.to_timedelta(rng.integers(0, 60, n), unit="D")
    ended = ended.where(ended <= pd.Timestamp(as_of))
    committed = np.round(rng.lognormal(9.7, 0.6, n), -2)
    reason = np.where(rng.random(n) < 0.66, rng.choice(_CANCEL_REASONS, size=n), "")
    frame = pd.DataFrame(
        {
            "person": person,
            "started_on": started.to_numpy(),
            "ended_on": ended.to_numpy(),
            "monthly_fee": np.round(rng.lognormal(5.65, 0.25, n), 2),
            "committed_amount": committed,
            "fulfilled_amount": np.round(committed * np.clip(rng.normal(0.98, 0.25, n), 0.1, 1.6), 2),
            "cancel_reason": np.where(ended.notna(), reason, ""),
        }
    )
    return frame[is_in_time].sort_values(["started_on", "person"], kind="stable", ignore_index=True)
