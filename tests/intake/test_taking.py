"""An engagement's files become canonical tables, every row accounted for."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan.engagement import Engagement
from crmplan.errors import IntakeError
from crmplan.intake import Intake, take_in

ORDERS = "{order_id: o, customer_id: c, ordered_at: d, net_amount: a}"


def _client(folder: Path, sources: str, files: dict[str, str], head: str = "") -> Engagement:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / "data" / name).write_text(textwrap.dedent(text), "utf-8")
    yaml = "client: {name: X, currency: EUR}\nas_of: 2024-12-31\n" + head + "sources:\n"
    (folder / "engagement.yaml").write_text(yaml + textwrap.indent(textwrap.dedent(sources), "  "), "utf-8")
    return Engagement.open(folder)


def _orders(folder: Path, text: str, columns: str = ORDERS, more: str = "", head: str = "") -> Intake:
    sources = f"- name: shop\n  tables:\n    - {{table: orders, file: data/o.csv, columns: {columns}{more}}}\n"
    return take_in(_client(folder / "client", sources, {"o.csv": text}, head))


def _ledger(intake: Intake) -> dict[str, int]:
    return intake.ledger.groupby("outcome")["n_rows"].sum().to_dict()


def _codes(intake: Intake) -> dict[str, str]:
    return {one.code: one.severity for one in intake.findings}


def test_every_row_has_one_outcome(tmp_path: Path) -> None:
    text = """\
        o,c,d,a,s
        1,7,2024-01-01,10,shipped
        2,,2024-01-02,20,
        3,7,2024-01-03,x,
        4,7,2025-01-01,30,
        5,7,2024-02-01,40,Cancelled
        ,7,2024-02-02,50,
        """
    intake = _orders(tmp_path, text, "{order_id: o, customer_id: c, ordered_at: d, net_amount: a, status: s}")

    assert _ledger(intake) == {"after_as_of": 1, "cancelled": 1, "malformed": 2, "no_customer_id": 1, "used": 1}
    assert intake.tables.frame("orders")["order_id"].tolist() == ["1", "2"]
    assert intake.ledger.loc[intake.ledger["outcome"].eq("cancelled"), "net_amount"].tolist() == [40.0]
    not_converted = next(one for one in intake.findings if one.code == "not_converted")
    assert (not_converted.column, not_converted.n_rows, not_converted.examples) == ("net_amount", 1, ("x",))
    malformed = next(one for one in intake.findings if one.code == "malformed")
    assert malformed.message == "No order number or no amount on 2 of 6 order lines."


def test_the_last_second_of_the_as_of_day_counts(tmp_path: Path) -> None:
    intake = _orders(tmp_path, "o,c,d,a\n1,7,2024-12-31T23:59:59,1\n2,7,2025-01-01T00:00:00,1\n")

    assert _ledger(intake) == {"used": 1, "after_as_of": 1}


def test_ids_are_text_and_a_column_that_nobody_brings_is_absent(tmp_path: Path) -> None:
    frame = _orders(tmp_path, "o,c,d,a\n001,07,2024-01-01,1\n").tables.frame("orders")

    assert list(frame.columns) == ["source", "order_id", "customer_id", "ordered_at", "net_amount"]
    assert frame.loc[0, ["source", "order_id", "customer_id"]].tolist() == ["shop", "001", "07"]
    assert str(frame["ordered_at"].dtype) == "datetime64[us]"


def test_sources_are_put_together_and_what_one_lacks_is_null(tmp_path: Path) -> None:
    sources = f"""\
        - name: shop
          tables: [{{table: orders, file: data/a.csv, columns: {ORDERS}}}]
        - name: web
          tables: [{{table: orders, file: data/b.csv, columns: {ORDERS[:-1]}, channel: ch, is_refund: r}}}}]
        """
    files = {"a.csv": "o,c,d,a\n1,7,2024-01-01,1\n", "b.csv": "o,c,d,a,ch,r\n1,7,2024-01-01,1,Web,no\n"}
    frame = take_in(_client(tmp_path / "client", sources, files)).tables.frame("orders")

    assert frame["source"].tolist() == ["shop", "web"]
    assert frame["channel"].fillna("?").tolist() == ["?", "web"]
    assert frame["is_refund"].tolist() == [pd.NA, False]


def test_a_pattern_reads_all_its_files_and_keeps_them_apart_in_the_ledger(tmp_path: Path) -> None:
    sources = f"- {{name: shop, tables: [{{table: orders, file: 'data/o_*.csv', columns: {ORDERS}}}]}}\n"
    files = {f"o_{year}.csv": f"o,c,d,a\n{year},7,{year}-01-01,1\n" for year in (2024, 2023)}
    intake = take_in(_client(tmp_path / "client", sources, files))

    assert intake.ledger["file"].tolist() == ["data/o_2023.csv", "data/o_2024.csv"]
    assert intake.ledger["n_rows"].tolist() == [1, 1]


def test_rows_are_numbered_through_all_files_and_then_repeat_nobody(tmp_path: Path) -> None:
    columns = "{customer_id: c, answered_at: d, kind: {constant: recommend}, score: s}"
    calls = "{interaction_id: {row_number: true}, customer_id: c, started_at: d}"
    sources = f"""\
        - name: shop
          tables:
            - {{table: orders, file: data/o.csv, columns: {ORDERS}}}
            - {{table: interactions, file: 'data/k_*.csv', columns: {calls}}}
            - {{table: surveys, file: data/s.csv, columns: {columns}}}
        """
    files = {
        "o.csv": "o,c,d,a\n1,7,2024-01-01,1\n",
        "k_1.csv": "c,d\n7,2024-01-01\n7,2024-01-01\n",
        "k_2.csv": "c,d\n8,2024-01-01\n",
        "s.csv": "c,d,s\n7,2024-01-02,9\n7,2024-01-02,9\n",
    }
    intake = take_in(_client(tmp_path / "client", sources, files))

    assert intake.tables.frame("interactions")["interaction_id"].tolist() == ["1", "2", "3"]
    assert intake.tables.count("surveys") == 2


def test_copies_and_older_versions_of_keyed_rows_are_left_out(tmp_path: Path) -> None:
    people = "{customer_id: c, city: t, updated_at: u}"
    sources = f"""\
        - name: crm
          tables:
            - {{table: orders, file: data/o.csv, columns: {ORDERS}}}
            - {{table: customers, file: data/c.csv, columns: {people}}}
        """
    files = {
        "o.csv": "o,c,d,a\n1,7,2024-01-01,1\n1,7,2024-01-01,1\n",
        "c.csv": "c,t,u\n7,Kiel,2024-02-01\n7,Bonn,2024-01-01\n8,Ulm,2024-01-01\n8,Ulm,2024-01-01\n",
    }
    intake = take_in(_client(tmp_path / "client", sources, files))

    customers = intake.ledger.loc[intake.ledger["table"].eq("customers")]
    assert dict(zip(customers["outcome"], customers["n_rows"], strict=True)) == {
        "used": 2,
        "duplicate": 1,
        "superseded": 1,
    }
    assert intake.tables.frame("customers")["city"].tolist() == ["Kiel", "Ulm"]
    assert intake.tables.count("orders") == 2
    assert _codes(intake)["same_lines"] == "low"


def test_distinct_rows_of_a_flat_export_count_once_and_are_no_defect(tmp_path: Path) -> None:
    sources = f"""\
        - name: shop
          tables:
            - {{table: orders, file: data/o.csv, columns: {ORDERS}}}
            - {{table: customers, file: data/o.csv, distinct: true, columns: {{customer_id: c, name: n}}}}
        """
    text = "o,c,d,a,n\n1,7,2024-12-01,1,Ann\n2,7,2024-12-02,1,Ann\n3,8,2024-12-03,1,Bo\n"
    intake = take_in(_client(tmp_path / "client", sources, {"o.csv": text}))

    assert intake.tables.frame("customers")["customer_id"].tolist() == ["7", "8"]
    assert _ledger(intake) == {"used": 5, "repeated": 1}
    assert intake.findings == ()


def test_columns_are_added_subtracted_and_multiplied(tmp_path: Path) -> None:
    columns = (
        "{order_id: o, customer_id: c, ordered_at: d, net_amount: {product_of: [q, p]}, "
        "discount: {total_of: [x, y]}, cost: {difference_of: [p, x]}}"
    )
    text = "o,c,d,q,p,x,y\n1,7,2024-01-01,2,5,1,2\n2,7,2024-01-01,2,5,,\n3,7,2024-01-01,3,5,?!,1\n"
    frame = _orders(tmp_path, text, columns).tables.frame("orders")

    assert frame["net_amount"].tolist() == [10.0, 10.0, 15.0]
    assert frame["discount"].fillna(-1).tolist() == [3.0, 0.0, -1.0]
    assert frame["cost"].fillna(-1).tolist() == [4.0, -1.0, -1.0]


def test_a_refund_written_as_a_positive_amount_gets_its_sign(tmp_path: Path) -> None:
    columns = ORDERS[:-1] + ", is_refund: r, quantity: q}"
    intake = _orders(tmp_path, "o,c,d,a,r,q\n1,7,2024-12-01,9,no,1\n2,7,2024-12-02,4,yes,1\n", columns)

    assert intake.tables.frame("orders")[["net_amount", "quantity"]].to_numpy().tolist() == [[9.0, 1.0], [-4.0, -1.0]]
    assert _codes(intake) == {"refund_sign": "low"}


def test_a_deal_won_after_the_as_of_day_was_open_on_it(tmp_path: Path) -> None:
    deals = "{opportunity_id: i, customer_id: c, created_at: d, closed_at: e, outcome: s}"
    sources = f"""\
        - name: crm
          tables:
            - {{table: orders, file: data/o.csv, columns: {ORDERS}}}
            - {{table: opportunities, file: data/d.csv, columns: {deals}}}
        """
    files = {"o.csv": "o,c,d,a\n1,7,2024-12-01,1\n", "d.csv": "i,c,d,e,s\n1,7,2024-12-01,2025-02-01,Won\n"}
    deal = take_in(_client(tmp_path / "client", sources, files)).tables.frame("opportunities").iloc[0]

    assert (deal["outcome"], pd.isna(deal["closed_at"])) == ("open", True)


def test_a_control_total_that_does_not_tie_is_a_finding(tmp_path: Path) -> None:
    text = "o,c,d,a\n1,7,2024-12-01,100\n2,7,2024-12-02,50.50\n"

    assert _codes(_orders(tmp_path / "tied", text, more=", control_total: 150.5")) == {}
    loose = _orders(tmp_path / "loose", text, more=", control_total: 160.5")
    assert loose.findings[0].code == "control_total"
    assert (
        "add up to 150.50; the client's control total is 160.50, a difference of -10.00." in loose.findings[0].message
    )


def test_an_export_without_rows_is_a_finding_and_stops_nothing(tmp_path: Path) -> None:
    intake = _orders(tmp_path, "o,c,d,a\n")

    assert intake.unavailable == "needs `orders` or `contracts`"
    assert _codes(intake) == {"no_rows": "high"}
    assert _ledger(intake) == {"used": 0}


def test_ragged_rows_are_in_the_ledger(tmp_path: Path) -> None:
    text = "o,c,d,a\n" + "".join(f"{i},7,2024-12-01,1\n" for i in range(99)) + "99,7,2024-12-01,1,5\n"
    intake = _orders(tmp_path, text)

    assert _ledger(intake) == {"used": 99, "malformed": 1}
    assert next(one for one in intake.findings if one.code == "ragged").examples == ("line 101",)


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    sources = f"""\
        - name: shop
          tables:
            - {{table: orders, file: data/gone.csv, columns: {ORDERS}}}
            - {{table: orders, file: data/o.csv, columns: {ORDERS.replace("d,", "{column: d, formats: [day]},")}}}
        """
    engagement = _client(tmp_path / "client", sources, {"o.csv": "o,c,day,a\n1,2,3,4\n"}, "time_zone: Mars/Base\n")

    with pytest.raises(IntakeError) as caught:
        take_in(engagement)

    told = " | ".join(str(problem) for problem in caught.value.problems)
    for part in ("a time zone, got 'Mars/Base'", "strptime notation, got 'day'", "data/gone.csv", "o.csv, column 'd'"):
        assert part in told


def test_findings_come_with_the_most_severe_first(tmp_path: Path) -> None:
    text = "o,c,d,a\n" + "".join(f"{i},{i % 3 or ''},2024-0{1 + i % 4}-01,{i % 20}\n" for i in range(100))
    severities = [one.severity for one in _orders(tmp_path, text).findings]

    assert severities == sorted(severities, key=["high", "medium", "low"].index)


CELL = st.sampled_from(["1", "2", "", "x", "2024-05-01", "2030-01-01", "-3.5", "NULL"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=25))
def test_the_ledger_adds_up_to_the_rows_in_the_file(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    text = "o,c,d,a,z\n" + "".join(",".join(row) + ",z\n" for row in rows)
    intake = _orders(tmp_path, text)

    assert intake.ledger["n_rows"].sum() == len(rows)
    assert intake.tables.count("orders") == sum(_ledger(intake).get(one, 0) for one in ("used", "no_customer_id"))


def test_dates_whose_day_and_month_cannot_be_told_apart_are_asked_about_and_not_guessed(tmp_path: Path) -> None:
    intake = _orders(tmp_path, "o,c,d,a\n1,7,03/04/2024,1\n2,7,05/06/2024,1\n")

    found = next(one for one in intake.findings if one.code == "day_or_month")
    assert (found.severity, found.n_rows) == ("high", 2)
    assert 'write formats: ["%d/%m/%Y" or "%m/%d/%Y"]' in found.effect
    assert _ledger(intake) == {"malformed": 2}


def test_a_notation_that_would_read_the_dates_is_told(tmp_path: Path) -> None:
    intake = _orders(tmp_path, "o,c,d,a\n1,7,31.12.2023,1\n2,7,01.02.2024,1\n")

    effect = next(one for one in intake.findings if one.code == "not_converted").effect
    assert effect.endswith('They would be read with formats: ["%d.%m.%Y"].')


def test_formats_that_read_a_date_in_two_ways_are_a_finding(tmp_path: Path) -> None:
    columns = ORDERS.replace("d,", '{column: d, formats: ["%d/%m/%Y", "%m/%d/%Y"]},')
    intake = _orders(tmp_path, "o,c,d,a\n1,7,03/04/2024,1\n2,7,25/06/2024,1\n", columns)

    message = next(one for one in intake.findings if one.code == "day_or_month").message
    assert "that two of the formats read as different days on 1 of 2 order lines" in message


def test_texts_of_several_columns_are_joined(tmp_path: Path) -> None:
    sources = f"""\
        - name: shop
          tables:
            - {{table: orders, file: data/o.csv, columns: {ORDERS}}}
            - {{table: customers, file: data/c.csv, columns: {{customer_id: c, name: {{joined: [f, l]}}}}}}
        """
    files = {"o.csv": "o,c,d,a\n1,7,2024-12-01,1\n", "c.csv": "c,f,l\n7, Ann ,Lee\n8,,Bo\n9,,\n"}
    frame = take_in(_client(tmp_path / "client", sources, files)).tables.frame("customers")

    assert frame["name"].fillna("?").tolist() == ["Ann Lee", "Bo", "?"]


def test_an_encoding_that_had_to_be_guessed_is_told(tmp_path: Path) -> None:
    engagement = _client(
        tmp_path / "client", f"- name: shop\n  tables: [{{table: orders, file: data/o.csv, columns: {ORDERS}}}]\n", {}
    )
    (tmp_path / "client" / "data" / "o.csv").write_bytes("o,c,d,a\nKöln,7,2024-12-01,1\n".encode("cp1252"))

    found = take_in(engagement).findings
    assert [one.code for one in found] == ["guessed_encoding"]
    assert "taken as Windows-1252" in found[0].message


@pytest.mark.parametrize(
    ("amounts", "reading", "n_asked"),
    [
        (["1.234", "12.500", "950"], "", 2),
        (["1,234", "12,500", "€ 7,250"], ', reading: {decimal: ",", delimiter: ;}', 3),
        (["1.234", "12.5", "950"], "", 0),
        (["0.125", "1.234", "950"], "", 0),
        (["1,234", "12,500", "950"], ", reading: {delimiter: ;}", 0),
    ],
)
def test_amounts_that_may_be_thousands_are_asked_about(
    tmp_path: Path, amounts: list[str], reading: str, n_asked: int
) -> None:
    mark = ";" if reading else ","
    rows = [["o", "c", "d", "a"], *([str(i), "7", "2024-12-01", amount] for i, amount in enumerate(amounts))]
    intake = _orders(tmp_path, "".join(mark.join(row) + "\n" for row in rows), more=reading)

    assert [one.n_rows for one in intake.findings if one.code == "thousands_mark"] == ([n_asked] if n_asked else [])
