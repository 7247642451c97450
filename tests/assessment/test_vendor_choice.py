from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment.vendor_choice import VendorChoice, choose_vendor
from crmplan.assessment.vendors import ANSWERED, Vendors, read_vendors
from crmplan.errors import TemplateError

CAPABILITIES = pd.DataFrame(
    [
        ("S1", "Contacts", "sales", "must"),
        ("S2", "Forecast", "sales", "could"),
        ("M1", "Campaigns", "marketing", "should"),
        ("P1", "Partners", "partners", "none"),
    ],
    columns=["capability", "title", "theme", "need"],
)
THEMES = dict(zip(CAPABILITIES["capability"], CAPABILITIES["theme"], strict=True))
COST = {"id": "cost", "name": "Cost in three years", "unit": "currency", "better": "less", "weight": 20}
GIVEN: dict[str, Any] = {
    "weights": {"sales": 50, "marketing": 30, "partners": 0},
    "criteria": [COST],
    "vendors": [
        {"id": "a", "name": "A", "answers": {"S1": "standard", "S2": "no", "M1": "setting"}, "figures": {"cost": 200}},
        {"id": "b", "name": "B", "answers": {"S1": "no", "S2": "standard", "M1": "standard"}, "figures": {"cost": 100}},
    ],
}


def chosen(given: dict[str, Any] | None = None, **options: Any) -> VendorChoice:
    return choose_vendor(Vendors.model_validate(given or GIVEN), CAPABILITIES, **options)


def test_scores_are_what_a_pocket_calculator_gives() -> None:
    found = chosen()
    scores = found.scores.set_index("criterion")
    assert scores["weight"].to_dict() == {"sales": 0.5, "marketing": 0.3, "Cost in three years": 0.2}
    # sales: must counts 3, could 1.
    assert scores.loc["sales", ["a", "b"]].tolist() == [0.75, 0.25]
    assert scores.loc["marketing", ["a", "b"]].tolist() == [0.8, 1.0]
    assert scores.loc["Cost in three years", ["a", "b"]].tolist() == [0.5, 1.0]
    totals = found.ranking.set_index("vendor")["score"]
    assert totals.to_dict() == pytest.approx({"a": 0.375 + 0.24 + 0.1, "b": 0.125 + 0.3 + 0.2})


def test_a_must_that_is_not_served_is_told() -> None:
    ranking = chosen().ranking.set_index("vendor")
    assert ranking.loc["a", ["rank", "n_musts", "musts_missed"]].tolist() == [1, 1, ""]
    assert ranking.loc["b", ["rank", "musts_missed"]].tolist() == [2, "Contacts"]


def test_the_turning_weight_makes_the_first_two_equal() -> None:
    found = chosen()
    turning = found.turning.set_index("criterion")["turning_weight"]
    lead = (found.scores.set_index("criterion")["a"] - found.scores.set_index("criterion")["b"]).to_dict()
    for name, weight in found.scores.set_index("criterion")["weight"].items():
        at = turning[name]
        if math.isnan(at):
            continue
        others = sum(lead[other] * w for other, w in zip(found.scores["criterion"], found.scores["weight"], strict=True)
                     if other != name) / (1 - weight)  # fmt: skip
        assert at * lead[name] + (1 - at) * others == pytest.approx(0)
    # With 40.74 % on sales and the rest in proportion 3 to 2: 0.5 t = (1 - t) * (0.2 * 0.6 + 0.5 * 0.4).
    assert turning["sales"] == pytest.approx(0.32 / 0.82)


def test_alike_vendors_share_the_first_place() -> None:
    alike = [{**GIVEN["vendors"][0], "id": id, "name": id} for id in "xyz"]
    ranking = chosen({**GIVEN, "vendors": alike}, n_draws=50).ranking
    assert ranking["first_share"].tolist() == pytest.approx([1 / 3] * 3)
    assert ranking["rank"].tolist() == [1, 1, 1]


def test_what_a_vendor_does_not_answer_counts_as_not_served() -> None:
    silent = {"id": "c", "name": "C", "answers": {}}
    found = chosen({**GIVEN, "vendors": [*GIVEN["vendors"], silent]}, n_draws=50)
    assert found.ranking.set_index("vendor").loc["c", ["score", "first_share", "n_unanswered"]].tolist() == [0, 0, 3]


def test_the_same_seed_draws_the_same_and_other_orders_do_not_matter() -> None:
    turned = {**GIVEN, "vendors": list(reversed(GIVEN["vendors"]))}
    one, two = chosen(seed=3, n_draws=500), chosen(turned, seed=3, n_draws=500)
    pd.testing.assert_frame_equal(one.ranking, two.ranking)


def test_a_clear_lead_is_first_in_nearly_all_weightings_and_a_narrow_one_is_not() -> None:
    shares = chosen().ranking.set_index("vendor")["first_share"]
    assert 0.6 < shares["a"] < 0.95  # 0.715 against 0.625
    assert shares.sum() == pytest.approx(1)


answers = st.fixed_dictionaries({id: st.sampled_from(list(ANSWERED)) for id in THEMES})


@given(st.lists(answers, min_size=2, max_size=5), st.lists(st.integers(1, 100), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_scores_lie_between_0_and_1_and_shares_add_up(given_answers: list[dict[str, str]], weights: list[int]) -> None:
    vendors = [{"id": f"v{i}", "name": f"V{i}", "answers": one} for i, one in enumerate(given_answers)]
    found = chosen({"weights": dict(zip(("sales", "marketing", "partners"), weights, strict=True)), "vendors": vendors},
                   n_draws=20)  # fmt: skip
    assert found.ranking["score"].between(0, 1).all()
    assert found.ranking["first_share"].sum() == pytest.approx(1)
    assert found.ranking["score"].is_monotonic_decreasing


def write(folder: Path, given: dict[str, Any]) -> Path:
    file = folder / "vendors.yaml"
    plain = json.loads(json.dumps(given))  # what stands twice is written twice
    file.write_text(yaml.safe_dump(plain, sort_keys=False), "utf-8")
    return file


def test_a_client_without_vendors_has_no_comparison(tmp_path: Path) -> None:
    assert read_vendors(tmp_path / "vendors.yaml", THEMES) is None


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_vendors(write(tmp_path, GIVEN), THEMES) == Vendors.model_validate(GIVEN)


def test_everything_that_does_not_exist_is_told_with_its_line(tmp_path: Path) -> None:
    given = {**GIVEN, "weights": {"sale": 3, "marketing": 1}, "vendors": [
        {**GIVEN["vendors"][0], "answers": {"S9": "no"}}, {**GIVEN["vendors"][1], "figures": {"price": 3}},
    ]}  # fmt: skip
    with pytest.raises(TemplateError) as caught:
        read_vendors(write(tmp_path, given), THEMES)
    text = str(caught.value)
    for part in (
        "a known theme, got 'sale'; did you mean 'sales'",
        "add sales, partners",
        "a known capability, got 'S9'",
        "a known criterion, got 'price'",
    ):
        assert part in text
    assert all(problem.where.startswith("vendors.yaml:") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vendors": GIVEN["vendors"][:1]}, "vendors"),
        ({"vendors": [GIVEN["vendors"][0]] * 6}, "vendors"),
        ({"vendors": [GIVEN["vendors"][0]] * 2}, "vendor 'a' is there twice"),
        ({"weights": {"sales": -1}}, "weights.sales"),
        ({"weights": {"sales": 0}, "criteria": []}, "one of them must be above 0"),
        ({"vendors": [{**GIVEN["vendors"][0], "answers": {"S1": "sure"}}, GIVEN["vendors"][1]]}, "answers.S1"),
    ],
)
def test_what_is_no_comparison_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        read_vendors(write(tmp_path, {**GIVEN, **change}), THEMES)


@pytest.mark.parametrize("name", ["sales", COST["name"]])
def test_a_criterion_called_like_another_or_like_a_theme_is_refused(tmp_path: Path, name: str) -> None:
    criteria = [COST, {**COST, "id": "other", "name": name}]
    with pytest.raises(TemplateError, match=rf"vendors.yaml:\d+: .*that no theme and no other .* got '{name}'"):
        read_vendors(write(tmp_path, {**GIVEN, "criteria": criteria}), THEMES)
