from __future__ import annotations

import json
import re

import altair as alt
import pandas as pd
import pytest

from crmplan.errors import RenderError, UnknownNameError
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.charts import chart, svg

ROWS = pd.DataFrame({"segment": ["Best <b>", "Lost & gone"], "customers": [12, 30]})


def _bars(rows: pd.DataFrame = ROWS, **mark: object) -> alt.Chart:
    return alt.Chart(rows).mark_bar(**mark).encode(x=alt.X("customers:Q", title="Customers"), y="segment:N")


def test_the_specification_is_plain_json_with_its_data_inside() -> None:
    rows = ROWS.assign(day=pd.to_datetime(["2024-01-31", None]), share=[0.5, float("nan")])

    block = chart(_bars(rows).encode(tooltip=["day:T", "share:Q"]), title="T", alt="A")

    (data,) = block.spec["datasets"].values()
    assert data[0]["day"].startswith("2024-01-31T00:00:00")
    assert data[1]["day"] == ""
    assert data[1]["share"] is None
    assert json.loads(json.dumps(block.facts(), allow_nan=False))["spec"] == block.spec


def test_making_a_chart_leaves_the_frame_as_it_was() -> None:
    rows = ROWS.copy()

    chart(_bars(rows), title="T", alt="A")

    pd.testing.assert_frame_equal(rows, ROWS)


def test_more_rows_than_a_picture_can_show_are_refused() -> None:
    many = pd.DataFrame({"segment": "a", "customers": range(20_001)})

    with pytest.raises(RenderError, match="more than 20,000 rows"):
        chart(_bars(many), title="T", alt="A")


def test_between_altairs_limit_and_ours_a_chart_is_drawn() -> None:
    many = pd.DataFrame({"segment": "a", "customers": range(6_000)})

    assert len(next(iter(chart(_bars(many), title="T", alt="A").spec["datasets"].values()))) == 6_000


def test_links_and_outside_data_are_refused() -> None:
    with pytest.raises(RenderError, match="'href'"):
        chart(_bars().encode(href="segment:N"), title="T", alt="A")
    with pytest.raises(RenderError, match="'url'"):
        chart(alt.Chart("https://example.org/x.csv").mark_bar().encode(x="a:Q"), title="T", alt="A")


def test_a_colour_that_no_brand_has_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="accent"):
        chart(_bars(color="brand:acent"), title="T", alt="A")


def test_colours_of_the_brand_appear_in_the_picture() -> None:
    drawn = svg(chart(_bars(color="brand:bad"), title="T", alt="A").spec, standard_brand())

    assert standard_brand().colours["bad"] in drawn
    assert "brand:" not in drawn


def test_a_picture_has_a_name_and_a_description() -> None:
    drawn = svg(chart(_bars(), title="T", alt="A").spec, standard_brand(), title="Most <are> lost", alt="12 & 30")

    assert 'role="img"' in drawn
    assert "<title id=" in drawn
    assert "Most &lt;are&gt; lost</title>" in drawn
    assert "12 &amp; 30</desc>" in drawn
    assert re.search(r'aria-labelledby="(\S+)-title \1-desc"', drawn)


def test_text_of_the_client_stays_text() -> None:
    assert "Best &lt;b&gt;" in svg(chart(_bars(), title="T", alt="A").spec, standard_brand())


def test_two_pictures_in_one_page_share_no_id() -> None:
    spec = chart(_bars(clip=True), title="T", alt="A").spec
    one, two = (svg(spec, standard_brand(), title="T", alt="A", name=name) for name in ("one", "two"))
    ids = [set(re.findall(r'\sid="([^"]+)"', text)) for text in (one, two)]

    assert len(ids[0]) > 2
    assert not ids[0] & ids[1]
    assert set(re.findall(r"url\(#([^)]+)\)", one)) <= ids[0]


def test_the_same_chart_is_drawn_the_same_way() -> None:
    spec = chart(_bars(clip=True), title="T", alt="A").spec

    assert svg(spec, standard_brand()) == svg(spec, standard_brand())


def test_a_failed_picture_does_not_spoil_the_next() -> None:
    good = chart(_bars(), title="T", alt="A").spec

    with pytest.raises(RenderError, match="could not be drawn"):
        svg({"mark": "nonsense", "encoding": 5}, standard_brand())
    assert svg(good, standard_brand()).startswith("<svg")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "https://example.org/rows.csv"])
def test_a_kept_chart_that_would_load_something_is_not_drawn(address: str) -> None:
    spec = {"mark": "bar", "data": {"url": address}, "encoding": {"x": {"field": "a"}}}

    with pytest.raises(RenderError, match="charts hold their data and no links"):
        svg(spec, standard_brand(), title="T")
