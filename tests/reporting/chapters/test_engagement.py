from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmplan import carried
from crmplan.engagement import Engagement
from crmplan.intake import Intake, take_in
from crmplan.metrics.registry import registry
from crmplan.reporting.blocks import Block, Chart, Findings, Note, Table
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.chapters import engagement as chapter
from crmplan.reporting.chapters.engagement_requests import missing_for, requests
from crmplan.reporting.charts import svg
from crmplan.tables import Tables

SAMPLES = carried.sample_clients() or Path()
FORBIDDEN = ("nan", "NaT", "None", "{", "}", "0.0 %")
YAML = """\
client: {name: Example Trading, currency: EUR, customers: consumers}
as_of: 2024-12-31
scope: [marketing]
sources:
  - name: shop
    label: Shop
    tables:
      - table: orders
        file: data/orders.csv
        columns: {order_id: id, customer_id: who, ordered_at: day, net_amount: amount}
"""


def opened(
    folder: Path, orders: str = "1,A,2024-01-05,10\n2,B,2024-03-05,20\n3,A,2025-02-01,5\n", more: str = ""
) -> Engagement:
    (folder / "shop" / "data").mkdir(parents=True)
    (folder / "shop" / "data" / "orders.csv").write_text(f"id,who,day,amount\n{orders}", encoding="utf-8")
    (folder / "shop" / "engagement.yaml").write_text(YAML + more, encoding="utf-8")
    return Engagement.open(folder / "shop")


def blocks(engagement: Engagement, intake: Intake) -> list[Block]:
    return [
        chapter.findings(engagement, intake),
        chapter.key_figures(engagement, intake),
        chapter.goals_table(engagement),
        chapter.agreed_table(engagement),
        chapter.data_table(engagement, intake),
        chapter.sources_table(engagement, intake),
        chapter.period_chart(engagement, intake),
        chapter.request_table(engagement, intake),
        chapter.caveats(engagement),
    ]


@pytest.fixture(scope="module", params=["cdnow", "grocer", "rehearsal", "superstore"])
def sample(request: pytest.FixtureRequest) -> tuple[Engagement, Intake]:
    engagement = Engagement.open(SAMPLES / request.param)
    return engagement, take_in(engagement)


def test_every_block_of_a_sample_can_be_read(sample: tuple[Engagement, Intake]) -> None:
    for block in blocks(*sample):
        assert not isinstance(block, Note) or block.tone == "info", block.text()
        assert [word for word in FORBIDDEN if word in block.text().split()] == []
        if isinstance(block, Table):
            assert 1 <= len(block.rows) <= 15
            assert len(block.header) <= 7
        if isinstance(block, Chart):
            assert svg(block.spec, standard_brand()).startswith("<svg")


def test_the_chapter_opens_with_two_to_five_sentences_that_carry_a_number(sample: tuple[Engagement, Intake]) -> None:
    sentences = chapter.findings(*sample).sentences

    assert 2 <= len(sentences) <= 5
    assert all(any(letter.isdigit() for letter in sentence) for sentence in sentences)


def test_no_customer_is_named(sample: tuple[Engagement, Intake]) -> None:
    engagement, intake = sample
    if not intake.tables.has("customers", "name"):
        return
    text = "\n".join(block.text() for block in blocks(engagement, intake))

    assert [name for name in intake.tables.frame("customers", "name")["name"].dropna().head(200) if name in text] == []


def test_rows_left_out_are_counted_and_dates_are_those_of_rows_used(tmp_path: Path) -> None:
    engagement = opened(tmp_path)
    intake = take_in(engagement)

    assert chapter.findings(engagement, intake).sentences[:2] == (
        "Example Trading sent 3 rows in 1 file from 1 system; 1 of them (33 %) cannot be used.",
        "Purchases run from 5 Jan 2024 to 5 Mar 2024: 2 months.",
    )
    assert chapter.data_table(engagement, intake).rows == (  # type: ignore[union-attr]
        ("Order lines", "Shop", "3", "2", "5 Jan 2024", "5 Mar 2024"),
    )


def test_a_file_that_is_read_as_several_tables_was_sent_once() -> None:
    engagement = Engagement.open(SAMPLES / "superstore")
    intake = take_in(engagement)

    assert "sent 9,994 rows in 1 file" in chapter.findings(engagement, intake).sentences[0]
    assert chapter.sources_table(engagement, intake).rows[0][2:4] == ("1", "9,994")  # type: ignore[union-attr]


def test_assumptions_are_told_as_long_as_they_are_assumed(tmp_path: Path) -> None:
    assumed = opened(tmp_path / "a", more="economics: {gross_margin_share: 0.3}\n")
    given = opened(tmp_path / "b", more="economics: {gross_margin_share: 0.3, is_assumed: false}\n")

    assert "30 %" in chapter.findings(assumed, take_in(assumed)).sentences[-1]
    assert "assumption" not in chapter.findings(given, take_in(given)).text()
    assert "given by the client" in chapter.agreed_table(given).text()


WITH_PRODUCTS = """sources:
  - name: shop
    tables:
      - table: orders
        file: data/lines.csv
        columns: {order_id: o, customer_id: c, ordered_at: d, net_amount: a, product_id: p}
      - table: products
        file: data/products.csv
        columns: {product_id: p, category: g}
"""


def with_categories(folder: Path, economics: str) -> Engagement:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "lines.csv").write_text("o,c,d,a,p\n1,A,2024-01-05,30,x\n2,B,2024-02-05,10,y\n", "utf-8")
    (folder / "data" / "products.csv").write_text("p,g\nx,Paper\ny,Tools\n", "utf-8")
    head = "client: {name: Example Trading, currency: EUR}\nas_of: 2024-12-31\n"
    (folder / "engagement.yaml").write_text(f"{head}{WITH_PRODUCTS}economics: {economics}\n", "utf-8")
    return Engagement.open(folder)


def test_categories_without_a_margin_are_asked_for(tmp_path: Path) -> None:
    lacking = with_categories(tmp_path / "a", "{gross_margin_share_by_category: {paper: 0.2, Pens: 0.3}}")
    text = chapter.findings(lacking, take_in(lacking)).text()

    assert "To be asked for: no margin is stated for Tools (25.0 % of what was bought): value stays revenue" in text
    assert "a margin is stated for Pens, of which nothing was bought" in text
    whole = with_categories(
        tmp_path / "b", "{gross_margin_share: 0.4, gross_margin_share_by_category: {paper: 0.2, Tools: 0.3}}"
    )
    assert "To be asked for" not in chapter.findings(whole, take_in(whole)).text()
    assert "20 % to 30 % in 2 categories of products, 40 % in all others" in chapter.agreed_table(whole).text()
    assert "gross margin of each product category" in chapter.findings(whole, take_in(whole)).text()


def test_an_export_without_rows_gives_notes_and_the_request_list(tmp_path: Path) -> None:
    engagement = opened(tmp_path, orders="")
    intake = take_in(engagement)

    found = chapter.findings(engagement, intake)
    assert isinstance(found, Findings)
    assert "Not one order or contract" in found.text()
    assert isinstance(chapter.period_chart(engagement, intake), Note)
    assert isinstance(chapter.request_table(engagement, intake), Table)
    assert all(word not in block.text() for block in blocks(engagement, intake) for word in ("nan", "NaT"))


def test_what_was_not_agreed_is_said(tmp_path: Path) -> None:
    engagement = opened(tmp_path)

    goals = chapter.goals_table(engagement)
    assert isinstance(goals, Note)
    assert goals.tone == "unavailable"
    assert isinstance(chapter.caveats(engagement), Note)


def test_only_figures_on_the_areas_looked_at_are_asked_for(tmp_path: Path) -> None:
    engagement = opened(tmp_path)
    intake = take_in(engagement)

    assert "Hours until a lead is answered" not in chapter.request_table(engagement, intake).text()
    wider = engagement.model_copy(update={"scope": ("marketing", "sales")})
    assert "hours until a lead is answered" in chapter.request_table(wider, intake).text()


def tables(**columns: tuple[str, ...]) -> Tables:
    base = {"orders": ("order_id", "customer_id", "ordered_at", "net_amount")}
    return Tables.from_frames({name: pd.DataFrame(columns=list(of)) for name, of in {**base, **columns}.items()})


def test_what_a_metric_needs_is_traced_to_the_tables_a_client_sends() -> None:
    known = registry()

    assert missing_for(known["repeat_share"], tables()) == frozenset()
    assert missing_for(known["unprofitable_share"], tables()) == {("orders", "cost")}
    assert missing_for(known["win_rate"], tables()) == {("opportunities", "")}
    assert missing_for(known["single_category_share"], tables()) == {("orders", "product_id"), ("products", "")}


def test_requests_come_the_most_valuable_first_and_each_once() -> None:
    found = requests(registry().values(), tables())
    weights = [one.weight for one in found]

    assert weights == sorted(weights, reverse=True)
    assert len({(one.table, one.columns) for one in found}) == len(found)
    assert all(one.weight > 0 for one in found)
    assert [one.what for one in found[:2]] == ["Customer records", "Calls, mails and chats with customers"]


def test_a_request_names_what_it_makes_possible_by_itself_and_with_others() -> None:
    found = {(one.table, one.columns): one for one in requests(registry().values(), tables())}

    cost = found["orders", ("cost",)]
    assert set(cost.figures) == {registry()["unprofitable_share"].label, registry()["margin_share"].label}
    products = found["products", ()]
    assert registry()["single_category_share"].label in products.helps
    assert products.figures == ()


@pytest.mark.parametrize(
    ("customers", "asked", "not_asked"),
    [("consumers", "Age or year of birth", "Industry"), ("firms", "Industry", "Age or year of birth")],
)
def test_consumers_have_an_age_and_firms_have_an_industry(customers: str, asked: str, not_asked: str) -> None:
    text = " ".join(one.what for one in requests([], tables(customers=("customer_id",)), customers=customers))

    assert asked in text
    assert not_asked not in text


def test_one_of_two_columns_that_say_the_same_is_enough() -> None:
    with_phone = requests([], tables(customers=("customer_id", "phone", "birth_year")), customers="consumers")

    assert not [one for one in with_phone if "email" in one.columns or "age_band" in one.columns]


def test_nothing_is_asked_for_when_everything_came() -> None:
    engagement = Engagement.open(SAMPLES / "rehearsal")
    note = chapter.request_table(engagement, take_in(engagement))

    assert isinstance(note, Note)
    assert note.message.startswith("Nothing is missing")
    assert engagement.as_of == date(2025, 12, 31)


def test_where_no_row_can_be_used_the_data_are_not_said_to_be_enough(tmp_path: Path) -> None:
    engagement = opened(tmp_path, "1,A,2031-01-05,10\n2,B,2031-03-05,20\n")

    told = chapter.findings(engagement, take_in(engagement)).text()

    assert "not one of them can be used" in told
    assert "enough" not in told


def test_a_single_day_of_purchases_is_not_told_as_a_span(tmp_path: Path) -> None:
    engagement = opened(tmp_path, "1,A,2024-06-01,10\n2,B,2024-06-01,20\n")

    assert "All that came is of one day, 1 Jun 2024" in chapter.findings(engagement, take_in(engagement)).text()
