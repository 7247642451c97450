from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from crmplan.reporting.blocks import Note, Table
from crmplan.reporting.chapters import value_margin
from crmplan.reporting.chapters.value_sentences import net_of
from crmplan.value import Value
from crmplan.value.category_margin import CategoryMargins
from tests.reporting.chapters.test_value import purchases, value_of

ENGAGEMENT: Any = SimpleNamespace(client=SimpleNamespace(currency="EUR"), economics=SimpleNamespace(is_assumed=True))


def stated(n_categories: int = 3, **changed: Any) -> CategoryMargins:
    shares = [0.1 + 0.05 * i for i in range(n_categories)]
    categories = pd.DataFrame(
        {
            "category": [f"=<b>{i}</b>" for i in range(n_categories)],
            "revenue": [100.0] * n_categories,
            "revenue_share": [1 / n_categories] * n_categories,
            "margin_share": shares,
            "is_stated": [True, True, *[False] * (n_categories - 2)],
        }
    )
    return CategoryMargins(categories, **changed)


@pytest.fixture(scope="module")
def value() -> Value:
    return value_of(purchases(60))


def test_each_category_stands_with_its_sales_its_margin_and_what_is_left(value: Value) -> None:
    known = replace(
        value, margin_basis="category", margin_covered={"category": 1.0}, margin_share=0.15, margin_by_category=stated()
    )
    (table,) = value_margin.blocks(known, ENGAGEMENT)

    assert isinstance(table, Table)
    assert table.rows[0] == ("=<b>0</b>", "EUR 100", "33 %", "10 %", "EUR 10.00", "this category")
    assert table.rows[2][-1] == "all others"
    assert "15 % of what was bought is left" in table.title
    assert "from 10 % in =<b>0</b> to 15 % in =<b>1</b>" in table.title
    assert "our assumptions" in str(table.caption)
    assert net_of(known) == "net of returns and of the cost of goods (margin by product category, 15 % on average)"


def test_many_categories_fit_a_page_and_still_add_up(value: Value) -> None:
    known = replace(
        value,
        margin_basis="category",
        margin_covered={"category": 1.0},
        margin_share=0.5,
        margin_by_category=stated(15),
    )
    (table,) = value_margin.blocks(known, ENGAGEMENT)

    assert isinstance(table, Table)
    assert len(table.rows) == 13
    assert table.rows[-1][:3] == ("3 other categories", "EUR 300", "20 %")


def test_a_missing_margin_is_named_and_the_value_called_revenue(value: Value) -> None:
    lacking = stated(missing=("=<b>2</b>",))
    known = replace(
        value,
        margin_basis="none",
        margin_covered={},
        margin_remark=lacking.remark,
        is_profit=False,
        margin_share=None,
        margin_by_category=lacking,
    )
    (note,) = value_margin.blocks(known, ENGAGEMENT)

    assert isinstance(note, Note)
    assert "no margin is stated for =<b>2</b> (33.3 % of what was bought)" in note.message
    assert "the value is revenue, not profit" in note.message
    assert "no margin is stated for =<b>2</b>" in net_of(known)


@pytest.mark.parametrize(
    ("covered", "told"),
    [
        ({"assumed": 1.0}, "one margin of 15 % is used for everybody"),
        ({"own": 0.7, "alike": 0.3}, "the costs of the order lines are used."),
        ({"assumed": 0.6, "own": 0.4}, "the costs of the order lines are used, and one margin for those without."),
    ],
)
def test_what_is_used_instead_of_margins_by_category_is_told(
    value: Value, covered: dict[str, float], told: str
) -> None:
    lacking = CategoryMargins(unavailable="margins by category need `products.category`")
    known = replace(value, is_profit=True, margin_covered=covered, margin_share=0.15, margin_by_category=lacking)
    (note,) = value_margin.blocks(known, ENGAGEMENT)

    assert told in note.text()


def test_a_name_that_nobody_bought_of_may_be_misspelt(value: Value) -> None:
    found = value_margin.blocks(replace(value, margin_by_category=CategoryMargins(unknown=("Papier",))), ENGAGEMENT)

    assert [type(block) for block in found] == [Note]
    assert "Papier" in found[0].text()


def test_where_none_were_stated_nothing_is_shown(value: Value) -> None:
    assert value_margin.blocks(value, ENGAGEMENT) == ()


def test_where_a_margin_has_several_sources_the_turnover_of_each_is_told(value: Value) -> None:
    covered = {"category": 0.6, "own": 0.3, "assumed": 0.08, "alike": 0.02}
    known = replace(value, margin_basis="category", margin_covered=covered, margin_share=0.15)

    assert net_of(known) == (
        "net of returns and of the cost of goods (margin 15 % on average; of what was bought, 60 % has the margin of "
        "its category, 30 % has the cost of its order lines, 8.0 % has the one margin stated for all else and 2.0 % "
        "has none of these and is taken to be like the rest)"
    )


def test_the_table_says_that_lines_with_a_cost_are_not_in_it(value: Value) -> None:
    covered = {"category": 0.6, "own": 0.4}
    known = replace(
        value, margin_basis="category", margin_covered=covered, margin_share=0.4, margin_by_category=stated()
    )
    (table,) = value_margin.blocks(known, ENGAGEMENT)

    assert "on order lines without a cost of their own" in str(table.caption)
    assert table.title.startswith("15 % of what was bought on order lines without a cost of their own is left")
