"""An engagement is opened whole, or refused with every problem and its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmplan import carried
from crmplan.engagement import Engagement, find_client
from crmplan.errors import EngagementError, UnknownNameError

GOOD = """\
client:
  name: Example Trading
  currency: EUR
as_of: 2024-12-31
sources:
  - name: shop
    tables:
      - table: orders
        file: data/orders.csv
        columns:
          order_id: Order
          customer_id: {column: Customer}
          ordered_at: {column: Date, formats: ["%d.%m.%Y"]}
          net_amount: Amount
"""


def _client(tmp_path: Path, text: str, name: str = "example") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "engagement.yaml").write_text(text, "utf-8")
    return folder


def _refused(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(EngagementError) as caught:
        Engagement.open(_client(tmp_path, text))
    return [str(problem) for problem in caught.value.problems]


def test_a_good_engagement_knows_its_folder_and_defaults(tmp_path: Path) -> None:
    engagement = Engagement.open(_client(tmp_path, GOOD))

    assert engagement.id == "example"
    assert engagement.targets.of("sales") == 3.0
    assert engagement.kept == tmp_path / "example" / ".crmplan"
    assert engagement.sources[0].tables[0].columns["order_id"].column == "Order"


def test_every_problem_is_told_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("EUR", "Euros").replace("as_of: 2024-12-31", "as_of: 31.12.2024")

    problems = _refused(tmp_path, text)

    assert any(problem.startswith("engagement.yaml:3: expected client.currency") for problem in problems)
    assert any(
        problem.startswith("engagement.yaml:4: expected as_of: write the day as YYYY-MM-DD") for problem in problems
    )


def test_an_unknown_key_is_answered_with_the_closest_one(tmp_path: Path) -> None:
    (problem,) = _refused(tmp_path, GOOD + "economic:\n  gross_margin_share: 0.3\n")

    assert "did you mean 'economics'" in problem


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("table: orders", "table: order", "there is no canonical table 'order'; did you mean 'orders'"),
        ("order_id: Order", "order_no: Order", "'orders' has no column 'order_no'"),
        ("          net_amount: Amount\n", "", "'orders' needs net_amount"),
        ("data/orders.csv", "../other/orders.csv", "inside the client's folder"),
        ("data/orders.csv", "/etc/passwd", "inside the client's folder"),
        ("data/orders.csv", "C:/orders.csv", "inside the client's folder"),
        ("name: shop", "name: the shop", "use letters, digits"),
        ("{column: Customer}", "{column: Customer, constant: x}", "give one of"),
    ],
)
def test_a_wrong_mapping_says_what_to_do(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert any(message in problem for problem in _refused(tmp_path, GOOD.replace(old, new)))


def test_sources_without_orders_or_contracts_are_refused(tmp_path: Path) -> None:
    text = GOOD.split("      - table", maxsplit=1)[0].replace("tables:", "tables: []")

    assert any("sources must bring orders or contracts" in problem for problem in _refused(tmp_path, text))


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    second = GOOD.split("sources:\n")[1]

    assert any("source 'shop' is there twice" in problem for problem in _refused(tmp_path, GOOD + second))


def test_a_folder_without_engagement_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EngagementError, match="run: crmplan new NAME"):
        Engagement.open(tmp_path)


def test_a_folder_name_that_could_be_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngagementError, match="rename the folder"):
        Engagement.open(_client(tmp_path, GOOD, name="a client; rm"))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, "") == ["engagement.yaml:1: expected keys such as client, as_of and sources"]


def test_a_sample_is_found_by_name_and_a_wrong_name_gets_a_hint() -> None:
    samples = carried.sample_clients()
    assert samples is not None

    assert find_client("cdnow") == samples / "cdnow"
    with pytest.raises(UnknownNameError, match="did you mean 'cdnow'"):
        find_client("cdnw")


@pytest.mark.parametrize("day", ["20241231", "0001-01-01", "9999-12-31", ""])
def test_an_as_of_that_is_no_day_to_compute_with_is_refused(tmp_path: Path, day: str) -> None:
    (problem,) = _refused(tmp_path, GOOD.replace("2024-12-31", day))

    assert problem.startswith("engagement.yaml:4: expected as_of: write ")


@pytest.mark.parametrize("file", ['""', ".", '"data/**.csv"', "../orders.csv"])
def test_a_file_outside_the_folder_or_no_file_is_refused_once(tmp_path: Path, file: str) -> None:
    (problem,) = _refused(tmp_path, GOOD.replace("data/orders.csv", file))

    assert "give a path inside the client's folder" in problem


@pytest.mark.parametrize("delimiter", ["", '\\"', "\\n"])
def test_a_delimiter_that_parts_nothing_is_refused(tmp_path: Path, delimiter: str) -> None:
    reading = f'file: data/orders.csv\n        reading: {{delimiter: "{delimiter}"}}'
    (problem,) = _refused(tmp_path, GOOD.replace("file: data/orders.csv", reading))

    assert "write the character that parts the cells" in problem


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("economics: {day_rate: 1e400}", "economics.day_rate: a finite number, got '1e400'"),
        ("economics: {day_rate: much}", "economics.day_rate: a number, got 'much'"),
        ("economics: 5", "economics: keys with values, got '5'"),
        ("scope: marketing", "scope: a list, each entry on a line of its own"),
        ("time_zone: [x]", "time_zone: text"),
        ("mission: &m x", "expected no anchors (&) and aliases (*); write the value out"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_plain_words_and_with_its_line(
    tmp_path: Path, more: str, message: str
) -> None:
    (problem,) = _refused(tmp_path, GOOD + more + "\n")

    assert problem.startswith(f"engagement.yaml:{GOOD.count(chr(10)) + 1}: ")
    assert message in problem


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ("{Paper: 0.2, paper: 0.3}", "the category 'paper' has two margins"),
        ("{Paper: 1.2}", "less than or equal to 1"),
        ('{" ": 0.2}', "a margin needs the name of its category"),
    ],
)
def test_margins_by_category_are_shares_and_each_category_has_one(tmp_path: Path, shares: str, told: str) -> None:
    problems = _refused(tmp_path, GOOD + f"economics:\n  gross_margin_share_by_category: {shares}\n")

    assert any(told in str(problem) for problem in problems)


def test_margins_by_category_are_read(tmp_path: Path) -> None:
    found = Engagement.open(
        _client(tmp_path, GOOD + "economics:\n  gross_margin_share_by_category: {Paper: 0.2, Tools: 0.41}\n")
    )

    assert found.economics.gross_margin_share_by_category == {"Paper": 0.2, "Tools": 0.41}
