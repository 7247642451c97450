"""Order lines get customer and day from their orders, and every row of both exports is accounted for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan import Workbench
from crmplan.engagement import Engagement
from crmplan.errors import EngagementError, IntakeError
from crmplan.intake import Intake, take_in
from crmplan.intake.fetching import fetch_tables
from crmplan.intake.lookup import LookedUp
from crmplan.intake.reconciliation import path_of_money
from crmplan.sources import Lookup, TableMapping

HEADS = "No,Customer,Day,Total\n1,7,2024-01-02,15.50\n2,8,2024-02-03,4.00\n3,9,2024-03-04,99.00\n"
LINES = "OrderNo,Article,Pieces,Price\n1,a,2,5.00\n1,b,1,5.50\n2,a,1,4.00\n4,c,3,1.00\n"
YAML = """\
client: {name: Mill, currency: EUR}
as_of: 2024-12-31
sources:
  - name: shop
    tables:
      - table: orders
        file: data/lines.csv
        lookups:
          - {name: order, file: data/heads.csv, on: {OrderNo: No}, total: Total}
        columns:
          order_id: OrderNo
          customer_id: order.Customer
          ordered_at: order.Day
          product_id: Article
          quantity: Pieces
          net_amount: {product_of: [Pieces, Price]}
"""


def _client(folder: Path, heads: str = HEADS, lines: str = LINES, yaml: str = YAML) -> Engagement:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "heads.csv").write_text(heads, "utf-8")
    (folder / "data" / "lines.csv").write_text(lines, "utf-8")
    (folder / "engagement.yaml").write_text(yaml, "utf-8")
    return Engagement.open(folder)


def _counts(frame: pd.DataFrame) -> dict[str, int]:
    return {str(one): int(n) for one, n in frame.groupby("outcome")["n_rows"].sum().items() if n}


def _told(intake: Intake) -> dict[str, str]:
    return {one.code: one.message for one in intake.findings}


def test_lines_are_dated_and_named_by_their_orders(tmp_path: Path) -> None:
    orders = take_in(_client(tmp_path)).tables.frame("orders")

    assert orders["customer_id"].tolist() == ["7", "7", "8"]
    assert [str(day.date()) for day in orders["ordered_at"]] == ["2024-01-02", "2024-01-02", "2024-02-03"]
    assert orders["net_amount"].tolist() == [10.0, 5.5, 4.0]


def test_lines_without_an_order_and_orders_without_lines_are_accounted_for(tmp_path: Path) -> None:
    intake = take_in(_client(tmp_path))
    sums = intake.lookups.set_index("outcome")["net_amount"]

    assert _counts(intake.ledger) == {"used": 3, "not_found": 1}
    assert _counts(intake.lookups) == {"used": 2, "without_lines": 1}
    assert (sums["used"], sums["without_lines"]) == (19.5, 99.0)
    assert _told(intake)["not_found"] == ("A number that the export they refer to does not have on 1 of 4 order lines.")
    assert _told(intake)["without_lines"] == (
        "Nothing in data/lines.csv refers to 1 of 3 rows of data/heads.csv, with 99.00 in Total."
    )
    assert "lookup_total" not in _told(intake)


def test_what_lines_lose_without_their_order_is_a_step_on_the_way_of_the_money(tmp_path: Path) -> None:
    steps = path_of_money(
        take_in(_client(tmp_path)).ledger, used=(3, 19.5), not_identified=(0, 0.0),
        refunds=pd.DataFrame({"outcome": [], "n_refunds": [], "net_amount": []}), purchases=19.5,
    )  # fmt: skip

    assert [(one.name, one.n_rows, one.net_amount) for one in steps[:3]] == [
        ("received", 4, 22.5), ("not_found", -1, -3.0), ("used", 3, 19.5),
    ]  # fmt: skip


def test_lines_that_do_not_add_up_to_their_orders_are_told(tmp_path: Path) -> None:
    told = _told(take_in(_client(tmp_path, heads=HEADS.replace("15.50", "25.50"))))

    assert told["lookup_total"] == (
        "The rows of data/lines.csv add up to 19.50, Total of data/heads.csv to 29.50, a difference of -10.00."
    )


def test_the_last_of_several_orders_with_one_number_counts_and_that_is_told(tmp_path: Path) -> None:
    intake = take_in(_client(tmp_path, heads=HEADS + "2,5,2024-05-05,4.00\n"))

    assert intake.tables.frame("orders")["customer_id"].tolist() == ["7", "7", "5"]
    assert _counts(intake.lookups) == {"used": 2, "without_lines": 1, "repeated": 1}
    assert "1 of 4 rows of data/heads.csv" in _told(intake)["lookup_repeated"]


def test_numbers_are_the_same_with_and_without_a_spreadsheets_decimals(tmp_path: Path) -> None:
    intake = take_in(_client(tmp_path, heads=HEADS.replace("\n1,", "\n 1.0 ,")))

    assert _counts(intake.ledger) == {"used": 3, "not_found": 1}


def test_an_order_whose_customer_is_not_known_leaves_its_lines_without_customer(tmp_path: Path) -> None:
    assert _counts(take_in(_client(tmp_path, heads=HEADS.replace("2,8,", "2,,"))).ledger) == {
        "used": 2, "no_customer_id": 1, "not_found": 1,
    }  # fmt: skip


def test_a_line_that_needs_nothing_of_what_it_does_not_find_is_used(tmp_path: Path) -> None:
    yaml = YAML.replace("order.Customer", "{constant: 7}").replace("order.Day", "{constant: 2024-01-02}")
    yaml = yaml.replace("quantity: Pieces", "territory: order.Customer")
    intake = take_in(_client(tmp_path, yaml=yaml))

    assert _counts(intake.ledger) == {"used": 4}
    assert intake.tables.frame("orders")["territory"].fillna("").tolist() == ["7", "7", "8", ""]


def test_missing_columns_and_files_of_a_lookup_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"data/heads\.csv, column 'No': expected a column of that name"):
        take_in(_client(tmp_path, heads=HEADS.replace("No,", "Nr,")))
    (tmp_path / "data" / "heads.csv").unlink()
    with pytest.raises(IntakeError, match=r"source 'shop': expected the file data/heads\.csv"):
        take_in(Engagement.open(tmp_path))


def test_new_columns_of_a_lookup_are_told(tmp_path: Path) -> None:
    yaml = YAML.replace("total: Total}", "total: Total, left_out: []}")
    intake = take_in(
        _client(tmp_path, heads=HEADS.replace("Total\n", "Total,Shop\n").replace("0\n", "0,x\n"), yaml=yaml)
    )

    assert _told(intake)["new_column"] == "A column that is new in data/heads.csv: Shop."


def test_a_lookup_that_serves_nothing_is_refused(tmp_path: Path) -> None:
    yaml = YAML.replace("order.Customer", "OrderNo").replace("order.Day", "OrderNo")
    with pytest.raises(EngagementError, match=r"no column begins with 'order\.'"):
        _client(tmp_path, yaml=yaml)
    again = "          - {name: order, file: data/heads.csv, on: {OrderNo: No}}\n        columns:"
    with pytest.raises(EngagementError, match="two lookups called 'order'"):
        _client(tmp_path, yaml=YAML.replace("        columns:", again, 1))
    with pytest.raises(EngagementError, match="the decimal mark of lookup 'order' must be that of the export itself"):
        _client(tmp_path, yaml=YAML.replace("        columns:", '        reading: {decimal: ","}\n        columns:', 1))


def test_two_columns_may_make_the_number() -> None:
    lookup = Lookup(name="order", file="o.csv", on={"firm": "f", "no": "n"})
    heads = LookedUp(lookup, ["f", "n", "day"], None)
    heads.add(pd.DataFrame({"f": ["a", "b"], "n": ["1", "1"], "day": ["x", "y"]}, dtype="str"))
    lines, is_found = heads.completed(pd.DataFrame({"firm": ["b", "c"], "no": ["1", "1"]}, dtype="str"))

    assert (lines["order.day"].fillna("").tolist(), is_found.tolist()) == (["y", ""], [True, False])


def test_what_a_mapping_reads_of_each_export_is_known() -> None:
    mapping = TableMapping(
        table="shipments", file="s.csv", columns={"order_id": "no", "promised_on": "order.day"},
        lookups=(Lookup(name="order", file="o.csv", on={"ref": "id"}, total="sum"),),
    )  # fmt: skip

    assert mapping.raw_columns == ("no", "ref")
    assert mapping.columns_of(mapping.lookups[0]) == ("day", "id", "sum")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    heads=st.lists(st.sampled_from(["1", "2", "3", ""]), max_size=8),
    lines=st.lists(st.sampled_from(["1", "2", "3", "4", ""]), max_size=12),
    piece_bytes=st.sampled_from([40, 1000]),
)
def test_whatever_comes_is_accounted_for_and_pieces_make_no_difference(
    tmp_path: Path, heads: list[str], lines: list[str], piece_bytes: int
) -> None:
    text = "No,Customer,Day,Total\n" + "".join(f"{no},{at},2024-01-02,1\n" for at, no in enumerate(heads))
    own = "OrderNo,Article,Pieces,Price\n" + "".join(f"{no},a,1,{at}\n" for at, no in enumerate(lines, start=1))
    engagement = _client(tmp_path, heads=text, lines=own)
    intake = take_in(engagement, piece_bytes=piece_bytes, held_bytes=1)
    whole = take_in(engagement)

    assert int(intake.ledger["n_rows"].sum()) == len(lines)
    assert int(intake.lookups["n_rows"].sum()) == len(heads)
    assert _counts(intake.ledger).get("used", 0) == sum(no in heads for no in lines if no)
    assert _counts(intake.lookups).get("repeated", 0) == len([no for no in heads if no]) - len({*heads} - {""})
    pd.testing.assert_frame_equal(intake.ledger, whole.ledger)
    pd.testing.assert_frame_equal(intake.lookups, whole.lookups)
    pd.testing.assert_frame_equal(intake.tables.frame("orders"), whole.tables.frame("orders"))


def test_both_tables_of_a_lookup_are_copied_from_a_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("create table heads (No, Customer, Day, Total)")
        connection.execute("insert into heads values ('1', '7', '2024-01-02', '15.50')")
        connection.execute("create table lines (OrderNo, Article, Pieces, Price)")
        connection.execute("insert into lines values ('1', 'a', '2', '5.00'), ('1', 'b', '1', '5.50')")
    connection.close()
    yaml = YAML.replace("name: shop\n", f"name: shop\n    database: sqlite:///{tmp_path}/shop.sqlite\n")
    yaml = yaml.replace("file: data/lines.csv", "file: data/lines.parquet\n        relation: lines")
    yaml = yaml.replace("file: data/heads.csv", "file: data/heads.parquet, relation: heads")
    (tmp_path / "engagement.yaml").write_text(yaml, "utf-8")
    engagement = Engagement.open(tmp_path)

    with pytest.raises(IntakeError, match="run: crmplan fetch"):
        take_in(engagement)
    assert [(one.relation, one.n_rows) for one in fetch_tables(engagement)] == [("lines", 2), ("heads", 1)]
    assert take_in(engagement).tables.frame("orders")["customer_id"].tolist() == ["7", "7"]


def test_a_changed_lookup_changes_what_intake_rests_on(tmp_path: Path) -> None:
    engagement = _client(tmp_path)
    before = Workbench(engagement).data_fingerprints
    (tmp_path / "data" / "heads.csv").write_text(HEADS + "5,9,2024-03-04,1.00\n", "utf-8")
    after = Workbench(engagement).data_fingerprints

    assert set(before) == {"data/lines.csv", "data/heads.csv"}
    assert [name for name in before if before[name] != after[name]] == ["data/heads.csv"]
