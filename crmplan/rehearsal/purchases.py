"""What the customers buy, and when: the true orders, their lines, refunds and deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmplan.rehearsal.firm import AFFINITIES, CATEGORIES, SEGMENTS

__all__ = ["FUTURE_DAYS", "Purchases", "draw_deliveries", "draw_purchases"]

FUTURE_DAYS = 365
"""How many days after the exports end the truth goes on, so that a forecast can be held against it."""

_CHANNELS = np.array(["web", "telephone", "field"])
_SHARE_CANCELLED = 0.02
_SHARE_REFUNDED = 0.03
_SHARE_REFUNDED_BARGAIN = 0.12
_SHARE_UNKNOWN = {"web": 0.03, "telephone": 0.015, "field": 0.0}
_DEAR = 80.0


@dataclass(frozen=True, slots=True)
class Purchases:
    """True purchases, running one year past the end of the exports.

    Parameters
    ----------
    orders
        One row per order, by time: order (0, 1, …), person (position in the people), ordered_at, channel, status,
        is_unknown (the export will not say who ordered), refunds (the order given back; -1 for none).
    lines
        One row per order and product: order, product (position in the range), quantity, net_amount, cost, discount.
    """

    orders: pd.DataFrame
    lines: pd.DataFrame


def draw_purchases(rng: np.random.Generator, people: pd.DataFrame, products: pd.DataFrame, as_of: date) -> Purchases:
    """Return the purchases of everybody, until a year after ``as_of``."""
    orders = _orders(rng, people, as_of)
    lines = _priced(rng, people, products, orders, _baskets(rng, people, products, orders))
    return _with_refunds(rng, people, orders, lines, as_of)


def _orders(rng: np.random.Generator, people: pd.DataFrame, as_of: date) -> pd.DataFrame:
    buyers = np.flatnonzero(~people["is_prospect"].to_numpy())
    segment = people["segment_number"].to_numpy()[buyers]
    end = pd.Timestamp(as_of) + pd.Timedelta(days=FUTURE_DAYS)
    first_at = people["first_at"].iloc[buyers]
    churned_at = people["churned_at"].iloc[buyers]
    days = (churned_at.where(churned_at < end, end) - first_at).dt.days.to_numpy()
    strength = np.array([one.season_strength for one in SEGMENTS])[segment]
    peak = np.array([one.season_month for one in SEGMENTS])[segment] * 30.4 - 15.2
    # Candidates at the rate of the peak, thinned by the season: what is left has the true rate over a year.
    rate = people["purchases_per_year"].to_numpy()[buyers] / 365.25 * (1 + strength)
    at = np.repeat(np.arange(len(buyers)), rng.poisson(rate * days))
    when = first_at.to_numpy()[at] + (rng.random(len(at)) * days[at]).astype("timedelta64[D]")
    day_of_year = pd.DatetimeIndex(when).day_of_year.to_numpy()
    season = 1 + strength[at] * np.cos(2 * np.pi * (day_of_year - peak[at]) / 365.25)
    kept = rng.random(len(at)) * (1 + strength[at]) < season
    at = np.concatenate([np.arange(len(buyers)), at[kept]])
    when = np.concatenate([first_at.to_numpy(), when[kept]])
    minutes = np.clip(rng.normal(13.5 * 60, 150, len(at)), 7 * 60, 21 * 60)
    frame = pd.DataFrame({"person": buyers[at], "ordered_at": when + (minutes * 60).astype("timedelta64[s]")})
    frame["channel"] = _CHANNELS[_channel(rng, people, frame["person"].to_numpy())]
    frame = frame.sort_values(["ordered_at", "person"], kind="stable", ignore_index=True)
    chances = frame["channel"].map(_SHARE_UNKNOWN).to_numpy()
    frame["is_unknown"] = rng.random(len(frame)) < chances
    age_days = (pd.Timestamp(as_of) - frame["ordered_at"]).dt.days
    frame["status"] = np.select(
        [rng.random(len(frame)) < _SHARE_CANCELLED, age_days < 2, age_days < 8],
        ["cancelled", "open", "shipped"],
        "completed",
    )
    return frame


def _channel(rng: np.random.Generator, people: pd.DataFrame, person: np.ndarray) -> np.ndarray:
    # Everybody has habits of their own around those of the segment.
    means = np.array([one.channels for one in SEGMENTS])[people["segment_number"].to_numpy()]
    habits = rng.gamma(np.maximum(4 * means, 1e-9))
    cumulated = np.cumsum(habits / habits.sum(axis=1, keepdims=True), axis=1)[person]
    picked: np.ndarray = (rng.random(len(person))[:, None] > cumulated[:, :-1]).sum(axis=1)
    return picked


def _baskets(
    rng: np.random.Generator, people: pd.DataFrame, products: pd.DataFrame, orders: pd.DataFrame
) -> pd.DataFrame:
    """Return order and product of every line."""
    segment = people["segment_number"].to_numpy()
    weights = np.array([one.category_weights for one in SEGMENTS], dtype=float)[segment]
    liking = weights * rng.gamma(1.5, size=weights.shape) * (rng.random(weights.shape) < 0.55)
    nothing = liking.sum(axis=1) == 0
    liking[nothing] = weights[nothing]
    person = orders["person"].to_numpy()
    more = rng.poisson(np.array([one.n_more_lines for one in SEGMENTS])[segment[person]])
    order = np.repeat(np.arange(len(orders)), 1 + more)
    cumulated = np.cumsum(liking / liking.sum(axis=1, keepdims=True), axis=1)[person[order]]
    category = np.minimum((rng.random(len(order))[:, None] > cumulated).sum(axis=1), len(CATEGORIES) - 1)
    for given, added, chance in AFFINITIES:
        has = np.unique(order[category == CATEGORIES.index(given)])
        has = has[rng.random(len(has)) < chance]
        order = np.concatenate([order, has])
        category = np.concatenate([category, np.full(len(has), CATEGORIES.index(added))])
    per_category = len(products) // len(CATEGORIES)
    popularity = 1 / np.arange(1, per_category + 1) ** 0.7
    within = rng.choice(per_category, size=len(order), p=popularity / popularity.sum())
    lines = pd.DataFrame({"order": order, "product": category * per_category + within})
    return lines.drop_duplicates().sort_values(["order", "product"], ignore_index=True)


def _priced(
    rng: np.random.Generator, people: pd.DataFrame, products: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    person = orders["person"].to_numpy()[lines["order"]]
    segment = people["segment_number"].to_numpy()
    pieces = np.array([one.pieces for one in SEGMENTS])[segment] * people["spend_factor"].to_numpy()
    mean_discount = np.array([one.discount_share for one in SEGMENTS])[segment]
    discount = np.round(rng.beta(12 * mean_discount, 12 * (1 - mean_discount)), 2)[person]
    price = products["list_price"].to_numpy()[lines["product"]]
    more_pieces = np.maximum(pieces[person] - 1, 0) * np.where(price > _DEAR, 0.15, 1.0)
    quantity = 1 + rng.poisson(more_pieces)
    gross = np.round(price * quantity, 2)
    taken_off = np.round(gross * discount, 2)
    return lines.assign(
        quantity=quantity,
        net_amount=np.round(gross - taken_off, 2),
        cost=np.round(products["unit_cost"].to_numpy()[lines["product"]] * quantity, 2),
        discount=taken_off,
    )


def _with_refunds(
    rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame, as_of: date
) -> Purchases:
    segment = people["segment"].to_numpy()[orders["person"]]
    chance = np.where(segment == "bargain", _SHARE_REFUNDED_BARGAIN, _SHARE_REFUNDED)
    is_back = (rng.random(len(orders)) < chance) & (orders["status"] == "completed").to_numpy()
    source = np.flatnonzero(is_back)
    back = orders.iloc[source].copy()
    back["ordered_at"] += pd.to_timedelta(rng.integers(5, 25, len(back)) * 24 * 60, unit="min")
    back["refunds"] = source
    end = pd.Timestamp(as_of) + pd.Timedelta(days=FUTURE_DAYS)
    back = back[back["ordered_at"] < end]
    together = pd.concat([orders.assign(refunds=-1), back])
    together["was"] = np.concatenate([np.arange(len(orders)), np.full(len(back), -1)])
    together = together.sort_values(["ordered_at", "person"], kind="stable", ignore_index=True)
    new_number = np.full(len(orders), -1)
    is_sale = (together["was"] >= 0).to_numpy()
    new_number[together["was"].to_numpy()[is_sale]] = np.flatnonzero(is_sale)
    # The dearest line of the order comes back.
    dearest = lines.sort_values(["order", "net_amount"], kind="stable").groupby("order").tail(1).set_index("order")
    returned = dearest.loc[together["refunds"].to_numpy()[~is_sale]].reset_index(drop=True)
    returned[["quantity", "net_amount", "cost", "discount"]] *= -1
    returned["order"] = np.flatnonzero(~is_sale)
    returned["discount"] = 0.0
    sold = lines.assign(order=new_number[lines["order"]])
    refunds = together["refunds"].to_numpy()
    together["refunds"] = np.where(refunds >= 0, new_number[refunds], -1)
    together.insert(0, "order", np.arange(len(together)))
    all_lines = pd.concat([sold, returned]).sort_values(["order", "product"], ignore_index=True)
    return Purchases(together.drop(columns="was"), all_lines)


def draw_deliveries(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return one delivery per order that was sent.

    Returns
    -------
    DataFrame
        order, promised_on, delivered_on (missing while under way), is_correct_item, handling_cost, is_late.
    """
    sent = orders[(orders["refunds"] < 0) & ~orders["status"].isin(["cancelled", "open"])]
    n = len(sent)
    day = sent["ordered_at"].dt.normalize()
    promised = day + pd.to_timedelta(rng.integers(2, 6, n), unit="D")
    late_days = np.where(rng.random(n) < 0.16, rng.geometric(0.3, n), -rng.integers(0, 2, n))
    is_wrong = rng.random(n) < 0.02
    # A bad experience is the last order before the relationship ended, gone wrong or come far too late.
    is_bad = people["had_bad_experience"].to_numpy()[sent["person"]]
    is_last = ~sent["person"].duplicated(keep="last").to_numpy()
    is_ending = people["churned_at"].to_numpy()[sent["person"]] <= np.datetime64(as_of)
    hit = is_bad & is_last & is_ending
    goes_wrong = rng.random(n) < 0.5
    is_wrong |= hit & goes_wrong
    late_days = np.where(hit & ~goes_wrong, late_days + rng.integers(6, 15, n), late_days)
    delivered = promised + pd.to_timedelta(late_days, unit="D")
    return pd.DataFrame(
        {
            "order": sent["order"].to_numpy(),
            "promised_on": promised.to_numpy(),
            "delivered_on": delivered.where(delivered <= pd.Timestamp(as_of)).to_numpy(),
            "is_correct_item": ~is_wrong,
            "handling_cost": np.where(is_wrong, np.round(rng.uniform(40, 120, n), 2), 0.0),
            "is_late": late_days > 0,
        }
    )
