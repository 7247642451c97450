"""A kept result comes back whole, or not at all."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from crmplan.kept import Kept, code_fingerprint, folder_fingerprint
from crmplan.metrics.registry import Measured
from crmplan.tables import Tables


def _result() -> dict[str, object]:
    frame = pd.DataFrame(
        {"key": ["a", None], "day": pd.to_datetime(["2024-01-01", None]), "n": [1, 2], "flag": [True, False]}
    )
    return {
        "measured": Measured("repeat_share", "Repeat", "share", "computed", value=0.5, n=2, end=date(2024, 1, 1)),
        "frame": frame,
        "many": ({"x": 1.5}, ("a", None), [1, 2]),
        "at": datetime(2024, 1, 1, 12),
        "nothing": None,
        "empty": (),
    }


def test_a_result_comes_back_as_it_was(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    made = _result()

    kept.keep("step", "key", made, seconds=1.25)
    found = kept.find("step", "key")

    pd.testing.assert_frame_equal(found.pop("frame"), made.pop("frame"))  # type: ignore[arg-type]
    assert found == made
    assert kept.seconds("step", "key") == 1.25


def test_tables_come_back_as_tables(tmp_path: Path) -> None:
    tables = Tables.from_frames({"orders": pd.DataFrame({"order_id": ["1"], "net_amount": [2.0]})})

    found = Kept(tmp_path).keep("step", "key", tables, seconds=0)

    assert found.names == ("orders",)
    assert found.frame("orders")["net_amount"].tolist() == [2.0]


@pytest.mark.parametrize(
    "damage", ["", "{", '{"result": {"$frame": "gone.parquet"}}', '{"result": {"$type": "os:system"}}']
)
def test_a_torn_result_counts_as_missing_and_is_replaced(tmp_path: Path, damage: str) -> None:
    kept = Kept(tmp_path)
    kept.keep("step", "key", {"a": 1}, seconds=0)
    (tmp_path / "results" / "step" / "key" / "result.json").write_text(damage)

    assert kept.find("step", "key") is None
    assert kept.keep("step", "key", {"a": 1}, seconds=0) == {"a": 1}
    assert kept.find("step", "key") == {"a": 1}


def test_a_result_that_names_foreign_code_is_not_loaded(tmp_path: Path) -> None:
    place = tmp_path / "results" / "step" / "key"
    place.mkdir(parents=True)
    (place / "result.json").write_text('{"result": {"$type": "subprocess:Popen", "fields": {"args": "true"}}}')

    assert Kept(tmp_path).find("step", "key") is None


def test_a_value_that_cannot_be_kept_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a result may not hold set"):
        Kept(tmp_path).keep("step", "key", {"a": {1, 2}}, seconds=0)

    assert list((tmp_path / "results" / "step").iterdir()) == []


def test_old_results_of_a_step_are_forgotten_but_for_the_newest(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for age, key in enumerate("edcba"):
        kept.keep("step", key, {"key": key}, seconds=0)
        os.utime(tmp_path / "results" / "step" / key, (1_000_000 - age, 1_000_000 - age))
    kept.keep("step", "e", {"key": "e"}, seconds=0)
    assert len(list((tmp_path / "results" / "step").iterdir())) == 3


def test_results_of_the_last_hour_stay_for_other_workers(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for key in "abcde":
        kept.keep("step", key, {"key": key}, seconds=0)

    assert kept.find("step", "e") == {"key": "e"}
    assert len(list((tmp_path / "results" / "step").iterdir())) == 5


def test_code_counts_with_everything_it_imports() -> None:
    assert code_fingerprint("crmplan.errors") != code_fingerprint("crmplan._yaml")
    assert code_fingerprint("crmplan.tables") == code_fingerprint("crmplan.tables")


def test_a_folder_is_known_by_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    first = folder_fingerprint(tmp_path)
    (tmp_path / "a.txt").write_text("two")
    second = folder_fingerprint(tmp_path)
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")

    assert len({first, second, folder_fingerprint(tmp_path)}) == 3
    assert folder_fingerprint(tmp_path / "none") == ""


def test_where_nothing_can_be_written_a_result_is_returned_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where a folder should be", "utf-8")
    kept = Kept(tmp_path / "kept")

    assert kept.keep("profile", "abc", {"n_customers": 3}, seconds=0.1) == {"n_customers": 3}
    assert kept.find("profile", "abc") is None
