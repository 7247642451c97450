"""What customers call and write about, and what they say when asked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

__all__ = ["draw_contacts", "draw_surveys"]

_CHANCE_OF_STATUS_CALL = {True: 0.34, False: 0.04}
_SHARE_RECOGNISED = {"call": 0.80, "mail": 0.95, "chat": 0.88}
_MEAN_INTERNAL_CALLS = 1.2
_REASONS_GOOD = ("quick delivery", "range", "friendly advice", "price")
_REASONS_BAD = ("late delivery", "wrong item", "nobody could help", "price", "invoice wrong")


def draw_contacts(
    rng: np.random.Generator,
    people: pd.DataFrame,
    orders: pd.DataFrame,
    deliveries: pd.DataFrame,
    *,
    amounts: pd.Series,
    agents: np.ndarray,
    as_of: date,
) -> pd.DataFrame:
    """Return calls, mails and chats until ``as_of``, by time.

    Parameters
    ----------
    orders, deliveries
        Orders up to ``as_of`` and how they were delivered.
    amounts
        Net amount by order.
    agents
        Ids of the staff who answer.

    Returns
    -------
    DataFrame
        person (-1 for somebody unknown), is_recognised, started_at, channel, direction, topic, wait_seconds,
        duration_seconds, is_resolved, is_reopened, order (-1 for none), revenue, agent_id, parent (row of the
        customer's call for which an internal one was needed; -1 for none).
    """
    started = [
        _about_orders(rng, orders, deliveries),
        _ordering_by_telephone(rng, orders, amounts),
        _about_products(rng, people, as_of),
        _from_strangers(rng, orders),
    ]
    contacts = pd.concat(started, ignore_index=True)
    contacts = contacts[contacts["started_at"] <= pd.Timestamp(as_of) + pd.Timedelta(hours=20)]
    contacts = _handled(rng, contacts.reset_index(drop=True), agents)
    contacts = pd.concat([contacts, _again(rng, contacts)], ignore_index=True)
    contacts = contacts[contacts["started_at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1)]
    contacts = contacts.sort_values(["started_at", "person"], kind="stable", ignore_index=True).assign(parent=-1)
    return pd.concat([contacts, _internal(rng, contacts, agents)], ignore_index=True)


def _about_orders(rng: np.random.Generator, orders: pd.DataFrame, deliveries: pd.DataFrame) -> pd.DataFrame:
    of = orders.set_index("order").loc[deliveries["order"]].reset_index()
    is_late = deliveries["is_late"].to_numpy()
    is_wrong = ~deliveries["is_correct_item"].to_numpy()
    promised = deliveries["promised_on"].to_numpy()
    n = len(of)
    asks = rng.random(n) < np.where(is_late, _CHANCE_OF_STATUS_CALL[True], _CHANCE_OF_STATUS_CALL[False])
    complains = (rng.random(n) < np.where(is_wrong, 0.65, 0.01)) & ~asks
    bills = (rng.random(n) < 0.035) & ~asks & ~complains
    parts = []
    for topic, picked, delay_days in (("order_status", asks, 1), ("complaint", complains, 3), ("billing", bills, 14)):
        minutes = rng.integers(0, delay_days * 24 * 60, int(picked.sum()))
        at = pd.Series(promised[picked]).dt.normalize() + pd.to_timedelta(minutes, unit="min")
        parts.append(
            pd.DataFrame(
                {
                    "person": of["person"].to_numpy()[picked],
                    "started_at": _in_hours(rng, at),
                    "topic": topic,
                    "order": of["order"].to_numpy()[picked],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _ordering_by_telephone(rng: np.random.Generator, orders: pd.DataFrame, amounts: pd.Series) -> pd.DataFrame:
    called = orders[(orders["channel"] == "telephone") & (orders["refunds"] < 0)]
    called = called[rng.random(len(called)) < 0.85]
    return pd.DataFrame(
        {
            "person": called["person"].to_numpy(),
            "started_at": called["ordered_at"].to_numpy() - np.timedelta64(4, "m"),
            "topic": "product",
            "order": called["order"].to_numpy(),
            "revenue": amounts.reindex(called["order"]).to_numpy(),
        }
    )


def _about_products(rng: np.random.Generator, people: pd.DataFrame, as_of: date) -> pd.DataFrame:
    end = pd.Timestamp(as_of)
    until = people["churned_at"].where(people["churned_at"] < end, end)
    days = (until - people["first_at"]).dt.days.clip(lower=0).to_numpy()
    person = np.repeat(np.arange(len(people)), rng.poisson(0.45 / 365.25 * days))
    at = people["first_at"].to_numpy()[person] + (rng.random(len(person)) * days[person]).astype("timedelta64[D]")
    topic = rng.choice(["product", "billing", "other"], size=len(person), p=[0.6, 0.15, 0.25])
    return pd.DataFrame({"person": person, "started_at": _in_hours(rng, pd.Series(at)), "topic": topic})


def _from_strangers(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    n = len(orders) // 40
    at = orders["ordered_at"].to_numpy()[rng.integers(len(orders), size=n)]
    topic = rng.choice(["product", "other"], size=n)
    return pd.DataFrame({"person": np.full(n, -1), "started_at": _in_hours(rng, pd.Series(at)), "topic": topic})


def _handled(rng: np.random.Generator, contacts: pd.DataFrame, agents: np.ndarray) -> pd.DataFrame:
    n = len(contacts)
    topic = contacts["topic"].to_numpy()
    channel = rng.choice(["call", "mail", "chat"], size=n, p=[0.62, 0.26, 0.12])
    channel = np.where(contacts["revenue"].notna(), "call", channel)
    direction = np.where((rng.random(n) < 0.08) & (topic == "other"), "outbound", "inbound")
    resolved = rng.random(n) < np.select([topic == "complaint", topic == "order_status"], [0.52, 0.74], 0.86)
    wait = np.select(
        [channel == "call", channel == "chat"],
        [rng.lognormal(3.6, 0.9, n), rng.lognormal(3.2, 0.7, n)],
        rng.lognormal(9.6, 0.8, n),
    )
    known = rng.random(n) < pd.Series(channel).map(_SHARE_RECOGNISED).to_numpy()
    return contacts.assign(
        order=contacts["order"].fillna(-1).astype(int),
        is_recognised=known & (contacts["person"] >= 0).to_numpy(),
        channel=channel,
        direction=direction,
        wait_seconds=np.where(direction == "outbound", 0, wait.round()),
        duration_seconds=rng.lognormal(5.3, 0.6, n).round() + 20,
        is_resolved=resolved,
        is_reopened=resolved & (rng.random(n) < 0.06),
        agent_id=agents[rng.integers(len(agents), size=n)],
    )


def _again(rng: np.random.Generator, contacts: pd.DataFrame) -> pd.DataFrame:
    # Who was not helped asks again within four days.
    unsolved = (~contacts["is_resolved"] & (contacts["person"] >= 0)).to_numpy()
    again = contacts[unsolved & (rng.random(len(contacts)) < 0.45)].copy()
    again["started_at"] += pd.to_timedelta(rng.integers(3 * 60, 4 * 24 * 60, len(again)), unit="min")
    again["started_at"] = _in_hours(rng, again["started_at"]).to_numpy()
    again["is_resolved"] = rng.random(len(again)) < 0.8
    again["revenue"] = np.nan
    return again


def _internal(rng: np.random.Generator, contacts: pd.DataFrame, agents: np.ndarray) -> pd.DataFrame:
    asks = contacts[(contacts["topic"] == "order_status") & (contacts["channel"] == "call")]
    parent = np.repeat(asks.index.to_numpy(), rng.poisson(_MEAN_INTERNAL_CALLS, len(asks)))
    n = len(parent)
    after = pd.to_timedelta(rng.integers(1, 40, n), unit="min")
    inner = contacts.loc[parent, ["started_at", "topic", "order"]].reset_index(drop=True)
    return inner.assign(
        started_at=inner["started_at"] + after,
        person=-1,
        is_recognised=False,
        channel="call",
        direction="internal",
        wait_seconds=rng.integers(0, 240, n).astype(float),
        duration_seconds=rng.lognormal(4.6, 0.5, n).round(),
        is_resolved=True,
        is_reopened=False,
        agent_id=agents[rng.integers(len(agents), size=n)],
        revenue=np.nan,
        parent=parent,
    )


def draw_surveys(
    rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, deliveries: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """Return the answers to two questions sent after one delivery in nine.

    Returns
    -------
    DataFrame
        person, answered_at, kind (satisfaction 1 to 5, recommend 0 to 10), score, reason (empty for a third).
    """
    asked = deliveries[deliveries["delivered_on"].notna().to_numpy() & (rng.random(len(deliveries)) < 0.11)]
    n = len(asked)
    person = orders.set_index("order")["person"].loc[asked["order"]].to_numpy()
    went_badly = asked["is_late"].to_numpy() * 0.9 + (~asked["is_correct_item"].to_numpy()) * 1.8
    mood = rng.normal(0.55, 0.8, n) - went_badly + (people["first_heard"].to_numpy()[person] == "recommendation") * 0.3
    at = asked["delivered_on"] + pd.to_timedelta(rng.integers(24 * 60, 9 * 24 * 60, n), unit="min")
    reasons = np.where(mood > 0, rng.choice(_REASONS_GOOD, size=n), rng.choice(_REASONS_BAD, size=n))
    one = pd.DataFrame(
        {
            "person": person,
            "answered_at": at.to_numpy(),
            "kind": "satisfaction",
            "score": np.clip(np.round(3.4 + mood), 1, 5),
            "reason": np.where(rng.random(n) < 0.65, reasons, ""),
        }
    )
    other = one.assign(kind="recommend", score=np.clip(np.round(6.8 + 2.1 * mood), 0, 10))
    both = pd.concat([one, other[rng.random(n) < 0.7]])
    both = both[both["answered_at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1)]
    return both.sort_values(["answered_at", "person", "kind"], kind="stable", ignore_index=True)


def _in_hours(rng: np.random.Generator, at: pd.Series) -> pd.Series:
    minutes = np.clip(rng.normal(12.5 * 60, 140, len(at)), 8 * 60, 19 * 60).astype(int)
    return pd.Series(pd.to_datetime(at)).dt.normalize() + pd.to_timedelta(minutes, unit="min")
