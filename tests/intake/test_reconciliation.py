"""What came ties to what the client says, and the money can be followed to the customers' purchases."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmplan.customers import single_view
from crmplan.engagement import Engagement
from crmplan.intake import Intake, take_in
from crmplan.intake.reconciliation import Step, path_of_money

COLUMNS = "{order_id: o, customer_id: c, ordered_at: d, net_amount: a, status: s}"


def _intake(folder: Path, text: str, more: str = "") -> Intake:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "o.csv").write_text(textwrap.dedent(text), "utf-8")
    yaml = "client: {name: X, currency: EUR}\nas_of: 2024-12-31\nsources:\n  - name: shop\n    tables:\n"
    yaml += f"      - {{table: orders, file: data/o.csv, columns: {COLUMNS}{more}}}\n"
    (folder / "engagement.yaml").write_text(yaml, "utf-8")
    return take_in(Engagement.open(folder))


def _path(intake: Intake) -> tuple[Step, ...]:
    view = single_view(intake.tables)
    lines = view.tables.frame("orders", "customer_key", "net_amount")
    unknown = lines.loc[lines["customer_key"].isna(), "net_amount"]
    return path_of_money(
        intake.ledger,
        used=(len(lines), float(lines["net_amount"].sum())),
        not_identified=(len(unknown), float(unknown.sum())),
        refunds=view.refunds,
        purchases=float(view.tables.frame("customer_days")["net_amount"].sum()),
    )


def test_the_money_is_followed_from_the_rows_received_to_the_purchases(tmp_path: Path) -> None:
    text = """\
        o,c,d,a,s
        1,7,2024-11-01,100,
        2,7,2024-11-02,50,cancelled
        3,,2024-11-03,20,
        4,7,2025-01-02,8,
        5,8,2024-11-04,-30,
        6,7,2024-11-05,-40,
        7,9,2024-11-06,-5,
        7,9,2024-11-05,25,
        """
    steps = _path(_intake(tmp_path / "mill", text))

    assert [(one.name, one.n_rows, one.net_amount) for one in steps] == [
        ("received", 8, 128.0),
        ("cancelled", -1, -50.0),
        ("after_as_of", -1, -8.0),
        ("used", 6, 70.0),
        ("no_customer_id", -1, -20.0),
        ("of_customers", 5, 50.0),
        ("no_earlier_purchase", 1, 30.0),
        ("purchases", None, 80.0),
    ]


ROW = st.tuples(
    st.sampled_from(["1", "2", "3", ""]), st.sampled_from(["7", "8", ""]),
    st.sampled_from(["2024-10-01", "2024-11-01", "2024-12-24", "2025-02-01", "?"]),
    st.sampled_from(["10", "25.5", "-10", "-99", "x", "0"]), st.sampled_from(["", "cancelled", "completed"]),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=12))
def test_whatever_comes_every_sum_follows_from_the_steps_above_it(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    text = "o,c,d,a,s\n1,7,2024-09-01,5,\n" + "".join(",".join(row) + "\n" for row in rows)
    steps = _path(_intake(tmp_path / "mill", text))

    assert steps[0].n_rows == len(rows) + 1
    sum_of = 0.0
    for one in steps:
        sum_of = one.net_amount if one.name == "received" else sum_of + (0.0 if one.is_total else one.net_amount)
        if one.is_total:
            assert sum_of == pytest.approx(one.net_amount, abs=0.05)
        if one.name == "beyond_purchases":
            # Nothing but refunds larger than every purchase before them may be left open.
            assert one.net_amount > 0


def test_rows_that_the_client_sent_and_that_did_not_come_are_a_finding(tmp_path: Path) -> None:
    text = "o,c,d,a,s\n" + "".join(f"{i},7,2024-12-01,1,\n" for i in range(40))

    assert _intake(tmp_path / "tied", text, ", control_rows: 40, control_total: 40").findings == ()
    intake = _intake(tmp_path / "loose", text, ", control_rows: 42")
    found = next(one for one in intake.findings if one.code == "control_rows")
    assert found.message == "data/o.csv holds 40 order lines; the client says it sent 42: 2 fewer came."
    assert found.severity == "high"
    assert intake.controls[["control_rows", "n_rows"]].to_numpy().tolist() == [[42.0, 40.0]]


def test_rows_that_could_not_be_taken_apart_came_all_the_same(tmp_path: Path) -> None:
    text = "o,c,d,a,s\n" + "".join(f"{i},7,2024-12-01,1,\n" for i in range(40)) + "41,7,2024-12-01,1,,,\n"
    intake = _intake(tmp_path / "mill", text, ", control_rows: 41")

    assert "control_rows" not in {one.code for one in intake.findings}
    assert isinstance(intake.controls, pd.DataFrame)
