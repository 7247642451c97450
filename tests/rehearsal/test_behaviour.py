"""The true behaviour is there in what was drawn, in the strength that is stated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmplan.rehearsal.drawing import Rehearsal, draw_rehearsal
from crmplan.rehearsal.firm import AFFINITIES, FIRST_HEARD, SEGMENTS


def past(world: Rehearsal) -> pd.DataFrame:
    orders = world.orders
    return orders[(orders["ordered_at"] < pd.Timestamp(world.as_of)) & (orders["refunds"] < 0)]


def test_segments_have_their_shares(world: Rehearsal) -> None:
    found = world.people["segment"].value_counts(normalize=True)

    for segment in SEGMENTS:
        assert found[segment.name] == pytest.approx(segment.share, abs=0.03)


def test_everybody_but_prospects_buys_first_on_the_first_day(world: Rehearsal) -> None:
    first = past(world).groupby("person")["ordered_at"].min().dt.normalize()
    buyers = world.people[~world.people["is_prospect"]]

    assert (first == buyers.loc[first.index, "first_at"]).all()
    assert len(first) == len(buyers)


def test_nobody_buys_after_the_relationship_ended(world: Rehearsal) -> None:
    orders = world.orders[world.orders["refunds"] < 0]
    ended = world.people["churned_at"].to_numpy()[orders["person"]]

    assert (orders["ordered_at"].dt.normalize() <= ended).all()


def test_repeat_purchases_come_at_the_true_rate(world: Rehearsal) -> None:
    people = world.people[~world.people["is_prospect"]]
    end = people["churned_at"].where(people["churned_at"] < pd.Timestamp(world.as_of), pd.Timestamp(world.as_of))
    expected = people["purchases_per_year"] * (end - people["first_at"]).dt.days.clip(lower=0) / 365.25
    n_repeat = past(world).groupby("person").size() - 1

    assert n_repeat.sum() == pytest.approx(expected.sum(), rel=0.04)


def test_the_way_of_first_hearing_changes_the_rate_by_its_factor(world: Rehearsal) -> None:
    people = world.people
    base = people["segment"].map({one.name: one.purchases_per_year for one in SEGMENTS})
    found = (people["purchases_per_year"] / base).groupby(people["first_heard"]).mean()

    for way in FIRST_HEARD:
        assert found[way.name] == pytest.approx(way.rate_factor, rel=0.15)


def test_a_bad_experience_ends_the_relationship_sooner(world: Rehearsal) -> None:
    mean = world.people.groupby("had_bad_experience")["lifetime_years"].mean()

    assert mean[True] < 0.6 * mean[False]


def test_schools_buy_in_their_season(world: Rehearsal) -> None:
    orders = past(world)
    is_school = (world.people["segment"] == "school").to_numpy()[orders["person"]]
    months = orders.loc[is_school, "ordered_at"].dt.month

    assert months.isin([7, 8, 9]).sum() > 2 * months.isin([1, 2, 3]).sum()


@pytest.mark.parametrize(("given", "added", "chance"), AFFINITIES)
def test_products_that_go_together_are_bought_together(world: Rehearsal, given: str, added: str, chance: float) -> None:
    category = world.products["category"].to_numpy()[world.lines["product"]]
    with_given = world.lines.loc[category == given, "order"].unique()
    with_added = world.lines.loc[category == added, "order"].unique()
    sold = world.orders.loc[world.orders["refunds"] < 0, "order"]

    together = np.isin(with_given[np.isin(with_given, sold)], with_added).mean()
    usual = np.isin(sold, with_added).mean()
    assert together > chance - 0.05
    assert together > usual


def test_a_refund_gives_back_one_line_of_an_earlier_order(world: Rehearsal) -> None:
    refunds = world.orders[world.orders["refunds"] >= 0]
    sold = world.orders.set_index("order").loc[refunds["refunds"]]
    lines = world.lines.set_index(["order", "product"])["net_amount"]
    returned = world.lines[world.lines["order"].isin(refunds["order"])]
    of = returned["order"].map(refunds.set_index("order")["refunds"])

    assert (sold["ordered_at"].to_numpy() < refunds["ordered_at"].to_numpy()).all()
    assert (sold["person"].to_numpy() == refunds["person"].to_numpy()).all()
    assert len(returned) == len(refunds)
    was = lines.loc[list(zip(of, returned["product"], strict=True))].to_numpy()
    assert np.allclose(was, -returned["net_amount"])


def test_margins_differ_between_segments(world: Rehearsal) -> None:
    lines = world.lines.merge(world.orders[["order", "person"]])
    sums = lines.groupby(world.people["segment"].to_numpy()[lines["person"]])[["net_amount", "cost"]].sum()
    margin = 1 - sums["cost"] / sums["net_amount"]

    assert margin["bargain"] < 0.1
    assert margin["workshop"] > 0.3


def test_drawing_does_not_depend_on_what_was_drawn_before(world: Rehearsal) -> None:
    draw_rehearsal(60, seed=1, years=1, as_of=world.as_of)
    again = draw_rehearsal(2500, seed=7, years=3, as_of=world.as_of)

    pd.testing.assert_frame_equal(again.lines, world.lines)
    pd.testing.assert_frame_equal(again.records, world.records)


def test_people_are_reached_by_made_up_addresses_only(world: Rehearsal) -> None:
    emails = world.records["email"].str.casefold()

    assert emails[emails != ""].str.fullmatch(r"[a-z0-9.-]+@example\.(org|com|net)").all()
    assert world.people["phone"].str.match(r"\+49(4066969|3023125|8999998|2214710|6990009)").all()


def test_money_is_that_of_a_medium_sized_supplier(world: Rehearsal) -> None:
    orders = past(world).query("status != 'cancelled'")
    amount = world.lines.groupby("order")["net_amount"].sum().reindex(orders["order"]).to_numpy()
    is_firm = world.people["is_firm"].to_numpy()[orders["person"]]
    won = world.deals.loc[world.deals["outcome"] == "won", "amount"]

    assert 1_200 < amount[is_firm].mean() < 2_800
    assert np.median(amount[is_firm]) < 0.6 * amount[is_firm].mean()
    assert 80 < amount[~is_firm].mean() < 150
    assert 10_000 < won.median() < won.mean() < 30_000
    assert 200 < world.contracts["monthly_fee"].mean() < 400
