"""Columns at fixed places are found by what is blank in every line, proposed, and asked about."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan.client_folder import create_client
from crmplan.engagement import Engagement
from crmplan.intake import take_in
from crmplan.intake.fixed_guess import guessed_places
from crmplan.intake.mapping import propose_mapping, put_in
from crmplan.intake.text_file import TextFile
from crmplan.sources import Reading

ROWS = [
    ("A0001", "0007", "2024-01-02", "  1250.50"),
    ("A0002", "0008", "2024-02-03", "     4.00"),
    ("A0003", "0007", "2024-03-04", "   117.25"),
    ("A0004", "0009", "2024-03-05", "    88.00"),
    ("A0005", "0010", "2024-03-06", "     9.90"),
    ("A0006", "0007", "2024-03-07", "    12.00"),
]
HEADER = ("Order No", "Customer No", "Order Date", "Amount")


def _text(rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> str:
    return "".join("".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)


def _guess(text: str) -> Reading | None:
    return guessed_places(TextFile.of(text.encode(), file="x.txt"))


def test_places_are_those_of_the_names_where_names_stand_above() -> None:
    found = _guess(_text([HEADER, *ROWS], (10, 13, 12, 9)))

    assert found is not None
    assert (found.widths, found.header) == ((10, 13, 12, 9), None)


def test_without_names_blanks_before_numbers_are_the_numbers(tmp_path: Path) -> None:
    found = _guess(_text(ROWS, (10, 13, 12, 9)))

    assert found is not None
    assert found.widths == (10, 13, 11, 10)
    assert found.header == ("column 1", "column 2", "column 3", "column 4")


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee\nBo Poe\nCyrus Ann\nDi O\nEve Smith\nFay Wu\nGus Hall\n",
        "a b\n1 2\n",
        "".join(
            f"one long sentence of words that says {word} much\n" for word in ("not", "very", "a", "", "so", "too")
        ),
        "id\n1\n2\n3\n4\n5\n6\n7\n",
        "\n" * 20,
    ],
    ids=["names", "too few lines", "sentences", "one column", "nothing"],
)
def test_what_has_no_columns_is_not_cut(text: str) -> None:
    assert _guess(text) is None


def test_a_file_of_fixed_places_is_proposed_asked_about_and_read(tmp_path: Path) -> None:
    folder = create_client(tmp_path / "mill", as_of=date(2024, 12, 31))
    (folder / "data" / "orders.csv").unlink(missing_ok=True)
    (folder / "data" / "sales.txt").write_text(_text([HEADER, *ROWS], (10, 13, 12, 9)), "utf-8")
    proposed = propose_mapping(folder, [Path("data/sales.txt")])
    put_in(folder, proposed.tables)
    intake = take_in(Engagement.open(folder))

    assert proposed.tables[0].reading == {"widths": (10, 13, 12, 9)}
    assert "do the widths fit" in proposed.tables[0].questions[0]
    assert "reading: {widths: [10, 13, 12, 9]}" in (folder / "engagement.yaml").read_text("utf-8")
    assert intake.tables.frame("orders")["net_amount"].tolist() == [1250.5, 4.0, 117.25, 88.0, 9.9, 12.0]
    assert intake.tables.frame("orders")["customer_id"].tolist() == ["0007", "0008", "0007", "0009", "0010", "0007"]


def test_commas_within_texts_do_not_hide_fixed_places(tmp_path: Path) -> None:
    folder = create_client(tmp_path / "mill", as_of=date(2024, 12, 31))
    names = ("Lee, Ann", "Poe", "Wu, Fay, Dr", "Hall", "Ann, Cy", "O, Di", "Montgomery", "Prescott, B")
    rows = [("Customer No", "Customer Name", "City")]
    rows += [(f"{at:04}", name, "Ulm") for at, name in enumerate(names)]
    (folder / "data" / "customers.txt").write_text(_text(rows, (13, 16, 4)), "utf-8")
    proposed = propose_mapping(folder, [Path("data/customers.txt")])

    assert proposed.tables[0].table == "customers"
    assert proposed.tables[0].reading == {"widths": (13, 16, 4)}


@given(
    rows=st.lists(
        st.tuples(st.from_regex(r"[A-Z]\d{4}", fullmatch=True), st.from_regex(r"[a-z]{3,8}", fullmatch=True),
                  st.integers(0, 99_999)),
        min_size=6, max_size=30,
    )
)  # fmt: skip
def test_no_cell_of_the_lines_seen_is_cut(rows: list[tuple[str, str, int]]) -> None:
    text = "".join(f"{number}  {name:10}{amount:>8}\n" for number, name, amount in rows)
    found = _guess(text)

    if found is not None:
        ends = [sum(found.widths[:at]) for at in range(len(found.widths) + 1)]
        cut = [[line[a:b].strip() for a, b in pairwise(ends)] for line in text.splitlines()]
        assert cut == [[number, name, str(amount)] for number, name, amount in rows]
