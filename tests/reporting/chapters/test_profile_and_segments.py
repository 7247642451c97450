"""Chapters 03 and 04: every block tells its figures in plain words, and says why where it cannot."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmplan.analysis import profile_customers, segment_customers
from crmplan.engagement import Client, Engagement, Source, TableMapping
from crmplan.reporting.blocks import Chart, Findings, KeyFigures, Note, Table
from crmplan.reporting.chapters import profile as profile_chapter
from crmplan.reporting.chapters import segments as segments_chapter
from crmplan.reporting.chapters.segment_sentences import on_growth
from crmplan.tables import Tables

AS_OF = date(2024, 12, 31)
_NEVER = re.compile(r"\bnan\b|\bNone\b|NaT|\b0\.0 %|-0 %")


@pytest.fixture(scope="module")
def engagement(tmp_path_factory):
    columns = dict.fromkeys(("order_id", "customer_id", "ordered_at", "net_amount"), "x")
    mapping = TableMapping(table="orders", file="data/orders.csv", columns=columns)
    return Engagement(
        folder=tmp_path_factory.mktemp("client"),
        client=Client(name="Example Trading", currency="EUR"),
        as_of=AS_OF,
        sources=(Source(name="shop", tables=(mapping,)),),
    )


def _days(rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "ago", "net_amount"])
    frame["day"] = pd.Timestamp(AS_OF) - pd.to_timedelta(frame.pop("ago"), unit="D")
    return frame.assign(n_orders=1)


@pytest.fixture(scope="module")
def full():
    draw = np.random.default_rng(8)
    rows = []
    for i in range(300):
        first = int(draw.integers(0, 1095))
        n = 1 if draw.random() < 0.5 else 2 + int(draw.poisson(5))
        for ago in {first, *draw.integers(0, first + 1, n - 1).tolist()}:
            rows.append((f"C{i:04d}", int(ago), round(5 + 95 * float(draw.random()), 2)))
    days = _days(rows)
    days["profit"] = days["net_amount"] * draw.normal(0.3, 0.3, len(days))
    orders = days.rename(columns={"day": "ordered_at"}).assign(channel=draw.choice(["web", "shop"], len(days)))
    keys = sorted(set(days["customer_key"]))
    golden = pd.DataFrame({"customer_key": keys, "region": draw.choice(["north", "south", "west"], len(keys))})
    surveys = pd.DataFrame({"customer_key": keys[:40], "kind": "recommend", "score": 10})
    contracts = pd.DataFrame({"customer_key": keys[40:60], "started_on": pd.Timestamp("2022-03-01")})
    return Tables.from_frames(
        {
            "customer_days": days,
            "orders": orders,
            "golden": golden,
            "surveys": surveys.assign(answered_at=pd.Timestamp("2023-03-01")),
            "contracts": contracts.assign(ended_on=pd.NaT, monthly_fee=9.0),
        }
    )


def _blocks(tables, engagement):
    for chapter, result in (
        (profile_chapter, profile_customers(tables, as_of=AS_OF)),
        (segments_chapter, segment_customers(tables, as_of=AS_OF)),
    ):
        for name in chapter.__all__:
            function = getattr(chapter, name)
            given = (result, engagement)[: len(inspect.signature(function).parameters)]
            yield f"{chapter.__name__.split('.')[-1]}.{name}", function(*given)


@pytest.fixture(scope="module")
def blocks(full, engagement):
    return dict(_blocks(full, engagement))


def test_a_full_client_has_every_block(blocks):
    assert [name for name, block in blocks.items() if isinstance(block, Note) and block.tone == "unavailable"] == []


def test_findings_are_two_to_five_sentences_each_with_a_number(blocks):
    for name in ("profile.findings", "segments.findings"):
        found = blocks[name]
        assert isinstance(found, Findings)
        assert 2 <= len(found.sentences) <= 5
        for sentence in found.sentences:
            assert re.search(r"\d", sentence)
            assert sentence.endswith(".")


def test_tables_fit_a_page(blocks):
    for block in blocks.values():
        if isinstance(block, Table):
            assert 1 <= len(block.rows) <= 15
            assert len(block.header) <= 7


def test_every_axis_of_a_chart_has_a_title_and_every_chart_a_description(blocks):
    for name, block in blocks.items():
        if not isinstance(block, Chart):
            continue
        assert re.search(r"\d", block.alt), name
        for encoding in _encodings(block.spec):
            for axis in ("x", "y"):
                if axis in encoding:
                    is_shared = "title" in encoding[axis] and encoding[axis]["title"] is None
                    assert encoding[axis].get("title") or is_shared or "y2" in encoding, (name, axis)


def _encodings(spec):
    for key in ("layer", "vconcat", "hconcat"):
        for part in spec.get(key, []):
            yield from _encodings(part)
    if "encoding" in spec:
        yield {axis: field for axis, field in spec["encoding"].items() if "field" in field}


def test_shares_in_the_concentration_title_are_those_of_the_profile(blocks, full):
    share = profile_customers(full, as_of=AS_OF).revenue.top["20"]
    assert f"{100 * share:.0f} % of revenue" in blocks["profile.concentration_chart"].title


def test_the_decision_table_has_a_rule_in_the_clients_currency(blocks):
    table = blocks["segments.decision_table"]
    best_regulars = next(row for row in table.rows if row[0] == "Best regulars")
    assert "EUR" in best_regulars[1]
    assert best_regulars[1].startswith("bought at least twice, last within ")


def test_flows_add_up(blocks):
    for row in blocks["segments.flows_table"].rows:
        earlier, stayed, _, went = (int(text.replace(",", "")) for text in row[1:5])
        assert earlier == stayed + went


def test_no_text_shows_a_missing_value_or_a_false_zero(blocks):
    for name, block in blocks.items():
        assert not _NEVER.search(block.text()), (name, block.text())


@pytest.mark.parametrize(
    "frames",
    [
        {},
        {"customer_days": _days([])},
        {"customer_days": _days([("A", 3, 5.0)])},
        {"customer_days": _days([("A", 3000, 5.0)])},
        {"customer_days": _days([(f"C{i}", 0, 5.0) for i in range(60)])},
        {"customer_days": _days([(f"C{i}", i * 7, 5.0 + i % 7) for i in range(150)])},
        {"contracts": pd.DataFrame({"customer_key": ["A"], "started_on": [pd.Timestamp("2023-01-01")]})},
    ],
    ids=["nothing", "empty", "one", "one long ago", "one day", "one-timers", "contracts"],
)
def test_a_poor_client_gets_blocks_too(frames, engagement):
    for name, block in _blocks(Tables.from_frames(frames), engagement):
        assert isinstance(block, Findings | KeyFigures | Table | Chart | Note), name
        assert not _NEVER.search(block.text()), (name, block.text())


def test_a_missing_year_is_said_where_it_is_missing(engagement):
    days = _days([(f"C{i % 50}", i * 2, 5.0 + i) for i in range(200)])
    blocks = dict(_blocks(Tables.from_frames({"customer_days": days}), engagement))
    for name in ("profile.ladder_table", "segments.flows_table", "segments.migration_chart"):
        assert isinstance(blocks[name], Note)
        assert "needs two years of purchases" in blocks[name].message
    assert "fewer than two years" in blocks["segments.figures_table"].caption


def test_months_without_a_purchase_and_months_alike_are_said_as_such(engagement):
    year = [("A", ago, 10.0) for ago in (350, 10)] + [("B", ago, 20.0) for ago in (900, 500)]
    gaps = profile_chapter.months_chart(_profile(year), engagement)
    alike = profile_chapter.months_chart(_profile([("A", ago, 10.0) for ago in (85, 55, 25)]), engagement)
    long_ago = profile_chapter.months_chart(_profile([("A", 5000, 10.0)]), engagement)

    assert gaps.title.endswith("months without a purchase")
    assert alike.title == "Revenue was the same in every month"
    assert long_ago.message.endswith("nobody bought in the last 36 whole months.")


def test_a_ladder_on_which_nobody_stands_has_no_fullest_rung(engagement):
    ladder = profile_chapter.ladder_chart(_profile([("A", ago, 10.0) for ago in (1600, 900, 500)]))

    assert ladder.title == "Nobody stands on the ladder now"


@pytest.mark.parametrize(
    ("n_before", "n_after", "told"),
    [
        ((40, 40), (40, 40), "All segments of 30 customers or more changed alike in 12 months (0 % customers)."),
        ((40, 40), (40, 30), "“New” kept its size in 12 months (0 % customers), “One-time” shrank most (-25 %)."),
        ((40, 40), (50, 40), "“New” grew fastest in 12 months (+25 % customers), “One-time” kept its size (0 %)."),
        ((40, 50), (36, 40), "“New” shrank least in 12 months (-10 % customers), “One-time” shrank most (-20 %)."),
    ],
)
def test_growth_of_segments_is_told_as_it_is(n_before, n_after, told):
    table = pd.DataFrame({"segment": ["New", "One-time"], "n_earlier": n_before, "n_customers": n_after})
    table["customer_growth_share"] = table["n_customers"] / table["n_earlier"] - 1

    assert on_growth(replace(segment_customers(Tables.from_frames({}), as_of=AS_OF), table=table)) == told


def _profile(rows):
    return profile_customers(Tables.from_frames({"customer_days": _days(rows)}), as_of=AS_OF)


def test_one_customer_stands_alone_in_a_segment(engagement):
    tables = Tables.from_frames({"customer_days": _days([("A", ago, 10.0) for ago in (90, 60, 30)])})
    told = segments_chapter.findings(segment_customers(tables, as_of=AS_OF), engagement).sentences[0]

    assert told == "The only customer stands in one segment, “Regulars”."
