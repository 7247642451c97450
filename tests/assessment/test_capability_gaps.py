"""What is counted rather than rated becomes a gap with its figures, and nothing where nothing is short."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from crmplan import carried
from crmplan.assessment import load_checklists
from crmplan.assessment.capabilities import Capabilities, capabilities_of
from crmplan.assessment.capability_gaps import CAPABILITY_GAP_COLUMNS, capability_gaps
from crmplan.engagement import Engagement
from crmplan.rehearsal.choices import OWN_FILES

CAPABILITIES = [q.id for one in load_checklists() for q in one.questions if q.need is not None]


def found(folder: Path, level: float, systems: pd.DataFrame | None, **files: str) -> Capabilities:
    sample = carried.sample_clients()
    assert sample is not None
    (folder / "engagement.yaml").write_text((sample / "cdnow" / "engagement.yaml").read_text("utf-8"), "utf-8")
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    known = pd.DataFrame({"question": CAPABILITIES, "said": level, "shown": float("nan")})
    return capabilities_of(Engagement.open(folder), load_checklists(), known, systems)


def inventory(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["system_id", "link", "urgency", "remaining_life_years"])


def test_nothing_short_and_nothing_known_give_no_gap(tmp_path: Path) -> None:
    gaps = capability_gaps(found(tmp_path, float("nan"), None))
    assert (len(gaps), tuple(gaps.columns)) == (0, CAPABILITY_GAP_COLUMNS)
    linked = inventory(("shop", "interface", "high", 5.0))
    assert capability_gaps(found(tmp_path, 5.0, linked)).empty


def test_musts_that_fall_short_lead_to_the_choice_of_a_crm(tmp_path: Path) -> None:
    gaps = capability_gaps(found(tmp_path, 2.0, None))
    (row,) = gaps.to_dict("records")
    assert (row["basis"], row["n_short"], row["n_of"]) == ("capabilities", 8, 8)
    assert (row["title"], row["initiatives"]) == (
        "All 8 capabilities that must be there fall short", "INI-CRM-CHOICE",
    )  # fmt: skip


def test_the_leading_vendor_is_named_beside_the_musts(tmp_path: Path) -> None:
    title = capability_gaps(found(tmp_path, 2.0, None, vendors=OWN_FILES["vendors.yaml"]))["title"].iloc[0]
    assert title.startswith("All 8 capabilities that must be there fall short (Vendor ")
    assert "Vendor B is likely to lead, and serves every must)" in title


def test_musts_that_the_leading_vendor_cannot_serve_are_counted_among_all_musts(tmp_path: Path) -> None:
    needed = found(tmp_path, 2.0, None).fit_gap
    must = needed.loc[needed["need"] == "must", "capability"].iloc[0]
    vendors = re.sub(f"{must}: .*", f"{must}: 'no'", OWN_FILES["vendors.yaml"])
    title = capability_gaps(found(tmp_path, 2.0, None, vendors=vendors))["title"].iloc[0]
    assert "yet cannot serve 1 of the 8 musts)" in title


def test_one_must_that_falls_short_is_told_in_the_singular(tmp_path: Path) -> None:
    known = found(tmp_path, 5.0, None)
    musts = known.fit_gap.index[known.fit_gap["need"] == "must"]
    known.fit_gap.loc[musts[0], "gap"] = 1.0
    assert capability_gaps(known)["title"].tolist() == ["1 of 8 capabilities that must be there falls short"]
    only = replace(known, fit_gap=known.fit_gap.loc[[musts[0]]])
    assert capability_gaps(only)["title"].tolist() == ["The one capability that must be there falls short"]


def test_a_system_of_which_no_link_is_known_is_not_said_to_be_apart(tmp_path: Path) -> None:
    systems = inventory(("shop", "none", "low", 5.0), ("desk", "interface", "low", 5.0), ("till", "", "low", 5.0))
    (row,) = capability_gaps(found(tmp_path, float("nan"), systems)).to_dict("records")
    assert row["title"] == "1 of 2 systems is not linked by an interface; of 1 more it is not known"
    assert (row["n_short"], row["n_of"]) == (1, 2)
    assert capability_gaps(found(tmp_path, float("nan"), inventory(("till", "", "low", 5.0)))).empty


def test_systems_to_be_linked_are_counted_with_those_that_go_first(tmp_path: Path) -> None:
    systems = inventory(
        ("shop", "none", "high", 5.0), ("books", "file", "low", 5.0), ("switch", "none", "high", 1.0),
        ("desk", "interface", "high", 5.0),
    )  # fmt: skip
    (row,) = capability_gaps(found(tmp_path, float("nan"), systems)).to_dict("records")
    assert row["title"] == (
        "3 of 4 systems are not linked by an interface, 1 of them urgent (to be replaced first: switch)"
    )  # fmt: skip
    assert (row["n_short"], row["n_of"], row["initiatives"]) == (3, 4, "INI-LINKS, INI-IT-STRATEGY")


@pytest.mark.parametrize(("limit", "n_gaps"), [("{agent: any, chief: any}", 13), ("{}", 14)])
def test_decisions_with_a_gap_are_counted_once_each(tmp_path: Path, limit: str, n_gaps: int) -> None:
    rights = f"roles: [agent, chief]\nmeet_customers: [agent]\ndecisions:\n  - {{id: refund, rights: {limit}}}\n"
    (row,) = capability_gaps(found(tmp_path, float("nan"), None, decision_rights=rights)).to_dict("records")
    assert (row["basis"], row["n_short"], row["n_of"]) == ("rights", n_gaps, 14)
    assert f"; for {n_gaps} of them nobody is named who may decide" in row["title"]
