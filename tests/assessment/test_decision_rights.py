from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crmplan.assessment.decision_rights import Decision, DecisionFile, decision_rights, read_decision_rights
from crmplan.errors import TemplateError

ROLES = ("agent", "team_lead", "director")
CARRIED = ("goodwill", "refund", "late_refund", "discount", "free_delivery", "payment_term", "credit_limit",
           "changed_order", "special_order", "contract_exit", "visit", "customer_owner", "record_change",
           "end_relationship")  # fmt: skip


def write(folder: Path, *decisions: dict[str, Any], **fields: Any) -> Path:
    file = folder / "decision_rights.yaml"
    whole = {"roles": list(ROLES), "meet_customers": ["agent"], "decisions": list(decisions), **fields}
    file.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
    return file


def gaps_of(folder: Path, *decisions: dict[str, Any]) -> dict[str, list[str]]:
    found = decision_rights(read_decision_rights(write(folder, *decisions))).gaps
    return {str(id): rows["gap"].tolist() for id, rows in found.groupby("decision")}


def test_a_matrix_has_a_limit_for_every_role(tmp_path: Path) -> None:
    found = decision_rights(
        read_decision_rights(write(tmp_path, {"id": "goodwill", "rights": {"agent": 50, "director": "any"}}))
    )
    row = found.matrix.iloc[0]
    assert row[["what", "unit"]].tolist() == ["Put a fault right at our cost", "currency"]
    assert row[list(ROLES)].tolist() == [50, 0, math.inf]
    assert found.roles == ROLES


def test_every_kind_of_gap_is_found(tmp_path: Path) -> None:
    found = gaps_of(
        tmp_path,
        {"id": "goodwill", "rights": {"agent": 50, "team_lead": 250, "director": "any"}},
        {"id": "refund", "rights": {"agent": 100, "team_lead": 50, "director": "any"}},
        {"id": "discount", "rights": {"team_lead": 0.1, "director": 0.3}},
        {"id": "visit"},
        {"id": "gift", "what": "Send a present", "unit": "currency", "rights": {"agent": True}},
    )
    assert "goodwill" not in found
    assert found["refund"] == ["upside down"]
    assert found["discount"] == ["no end", "not in front"]
    assert found["visit"] == ["nobody"]
    assert found["gift"] == ["upside down"]  # those above the agent may not
    opened = sorted(id for id, gaps in found.items() if gaps == ["open"])
    assert opened == sorted(set(CARRIED) - {"goodwill", "refund", "discount", "visit"})


def test_a_client_without_the_file_has_no_matrix(tmp_path: Path) -> None:
    found = decision_rights(read_decision_rights(tmp_path / "decision_rights.yaml"))
    assert found.unavailable == "needs decision_rights.yaml"
    assert found.matrix.empty
    assert found.gaps.empty


@pytest.mark.parametrize(
    ("decision", "fields", "message"),
    [
        ({"id": "goodwill", "rights": {"agnet": 5}}, {}, "got 'agnet'; did you mean 'agent'"),
        ({"id": "goodwill"}, {"meet_customers": ["driver"]}, "got 'driver'; add it to 'roles'"),
        ({"id": "gift"}, {}, "a decision in words, with its unit, got 'gift'"),
        ({"id": "goodwill", "rights": {"agent": -1}}, {}, "decisions.0.rights.agent"),
        ({"id": "goodwill", "rights": {"agent": "lots"}}, {}, "decisions.0.rights.agent"),
        ({"id": "goodwill", "unit": "hours"}, {}, "decisions.0.unit"),
        ({"id": "goodwill"}, {"roles": ["agent", "chief", "agent"]}, "every role once, got 'agent'"),
        ({"id": "goodwill"}, {"roles": ["agent", "unit"]}, "the name of a role, got 'unit'; the matrix has"),
        ({"id": "goodwill"}, {"roles": ["agent", ""]}, "roles.1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(
    tmp_path: Path, decision: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(TemplateError, match=rf"decision_rights.yaml:\d+: .*{message}"):
        read_decision_rights(write(tmp_path, decision, **fields))


def test_a_role_is_the_same_however_its_accents_were_typed(tmp_path: Path) -> None:
    composed, apart = "g\u00e9rant", "ge\u0301rant"
    file = write(tmp_path, {"id": "visit", "rights": {apart: "any"}}, roles=[composed], meet_customers=[apart])
    assert decision_rights(read_decision_rights(file)).matrix[composed].tolist() == [math.inf]


def test_a_decision_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="every decision once, got 'goodwill'"):
        read_decision_rights(write(tmp_path, {"id": "goodwill"}, {"id": "goodwill"}))


@given(st.lists(st.floats(1, 1e6), min_size=3, max_size=3))
def test_limits_that_rise_with_the_role_are_never_upside_down(limits: list[float]) -> None:
    rising = dict(zip(ROLES, sorted(limits), strict=True))
    file = DecisionFile(
        roles=ROLES, meet_customers=("agent",),
        decisions=(Decision(id="goodwill", what="Put it right", unit="currency", rights=rising),),
    )  # fmt: skip
    gaps = decision_rights(file).gaps
    assert gaps.loc[gaps["decision"] == "goodwill", "gap"].tolist() == ["no end"]
