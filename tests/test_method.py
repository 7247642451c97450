from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crmplan import method
from crmplan.errors import TemplateError

ITEM = "  - {id: MK.CH.1, area: marketing, topic: customers who leave, wording: What share is lost, how: [data]}\n"


def test_every_item_of_the_method_is_there_once() -> None:
    items = method.items()
    assert len(items) == len({item.id for item in items}) == 124
    counts = Counter(item.area for item in items)
    assert counts == {
        "marketing": 19, "sales": 13, "call_center": 16, "operations": 6, "most_valuable_customers": 15,
        "components": 5, "information_and_culture": 8, "it_integration": 11, "crm_capability": 22, "symptoms": 4,
        "lifecycle": 5,
    }  # fmt: skip


def test_no_two_items_are_worded_alike() -> None:
    assert len({item.wording.casefold() for item in method.items()}) == 124


def test_a_wrong_file_is_refused_with_every_problem_and_its_line(tmp_path: Path) -> None:
    file = tmp_path / "method.yaml"
    file.write_text("items:\n" + ITEM + ITEM.replace("[data]", "[guessed]") + ITEM.replace("MK.CH.1", "churn"), "utf-8")
    with pytest.raises(TemplateError, match="2 problems") as caught:
        method.items(file)
    assert [problem.where for problem in caught.value.problems] == ["method.yaml:3", "method.yaml:4"]


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "method.yaml"
    file.write_text("items:\n" + ITEM + ITEM, "utf-8")
    with pytest.raises(TemplateError, match=r"method.yaml:3: expected every id once, got 'MK.CH.1'"):
        method.items(file)


def test_a_file_without_items_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "method.yaml"
    file.write_text("- MK.CH.1\n", "utf-8")
    with pytest.raises(TemplateError, match="one key 'items'"):
        method.items(file)
