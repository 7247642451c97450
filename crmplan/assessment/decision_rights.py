"""The decision-rights matrix: who may decide what, up to how much, and where that leaves a customer waiting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crmplan import _yaml, carried, template_files
from crmplan.entered_text import clean_text
from crmplan.errors import Problem, TemplateError, closest
from crmplan.sources import ShortId

__all__ = ["Decision", "DecisionFile", "DecisionRights", "LimitUnit", "decision_rights", "read_decision_rights"]

Words = Annotated[str, BeforeValidator(clean_text)]
Role = Annotated[str, BeforeValidator(clean_text), Field(min_length=1, max_length=60)]
LimitUnit = Literal["currency", "share", "days", "yes_no"]
_GAP_COLUMNS = ("decision", "what", "gap", "message")
_OWN_COLUMNS = ("decision", "what", "unit")


def _a_limit(value: Any) -> Any:
    return math.inf if value in ("any", True) and not isinstance(value, float) else value


Limit = Annotated[float, BeforeValidator(_a_limit), Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decision(_Strict):
    """One decision: the limit of each role that may make it, a number in its unit or ``any`` for no limit.

    ``what`` and ``unit`` may be left out for the decisions that crmplan carries.
    """

    id: ShortId
    what: Words = Field("", max_length=100)
    unit: LimitUnit | None = None
    rights: dict[Role, Limit] = Field(default_factory=dict)


class DecisionFile(_Strict):
    """A client's ``decision_rights.yaml``: roles from the lowest up, those who meet customers, and the decisions."""

    roles: tuple[Role, ...] = Field(min_length=1, max_length=12)
    meet_customers: tuple[Role, ...] = Field(min_length=1)
    decisions: tuple[Decision, ...] = Field(min_length=1)


class _Carried(_Strict):
    decisions: tuple[Decision, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class DecisionRights:
    """The matrix and its gaps.

    Parameters
    ----------
    matrix
        One row per decision that is settled: ``decision``, ``what``, ``unit``, and a column per role with its limit (0:
        may not decide; infinite: without limit).
    gaps
        One row per gap: ``decision``, ``what``, ``gap`` (open, nobody, no end, not in front, upside down), ``message``.
    roles
        Roles from the lowest up.
    unavailable
        Why there is no matrix; empty when there is one.
    """

    matrix: pd.DataFrame
    gaps: pd.DataFrame
    roles: tuple[str, ...] = ()
    unavailable: str = ""


def read_decision_rights(file: Path) -> DecisionFile | None:
    """Return a client's decision rights, with what and unit of carried decisions filled in; None without the file.

    Raises
    ------
    TemplateError
        When the file does not fit, or names roles that are not in its list; with every line.
    """
    found = template_files.own_file(file, DecisionFile)
    if found is None:
        return None
    rights, document = found
    known = {one.id: one for one in _carried_decisions()}
    problems = _wrong_roles(rights, document)
    decisions, seen = [], set()
    for position, one in enumerate(rights.decisions):
        where = document.where(("decisions", position))
        usual = known.get(one.id)
        if one.id in seen:
            problems.append(Problem(where, "every decision once", one.id))
        seen.add(one.id)
        what, unit = one.what or (usual.what if usual else ""), one.unit or (usual.unit if usual else None)
        if not what or unit is None:
            advice = "give 'what' and 'unit', as this decision is not among the carried ones"
            problems.append(Problem(where, "a decision in words, with its unit", one.id, advice))
        decisions.append(one.model_copy(update={"what": what, "unit": unit}))
    if problems:
        raise TemplateError(problems)
    return rights.model_copy(update={"decisions": tuple(decisions)})


def decision_rights(rights: DecisionFile | None) -> DecisionRights:
    """Return who may decide what up to how much, and every gap in it.

    A gap is a carried decision that nobody has settled (open); one that nobody may make (nobody); one that above some
    amount nobody may make (no end); one that those who meet customers may not make at all (not in front); and one in
    which a higher role may do less than a lower one (upside down).

    Parameters
    ----------
    rights
        As from :func:`read_decision_rights`; None when the client has no such file.
    """
    if rights is None:
        empty = pd.DataFrame(columns=list(_OWN_COLUMNS))
        return DecisionRights(empty, pd.DataFrame(columns=list(_GAP_COLUMNS)), unavailable="needs decision_rights.yaml")
    rows = [
        {
            "decision": one.id, "what": one.what, "unit": one.unit,
            **{role: one.rights.get(role, 0.0) for role in rights.roles},
        }
        for one in rights.decisions
    ]  # fmt: skip
    matrix = pd.DataFrame(rows, columns=[*_OWN_COLUMNS, *rights.roles])
    settled = set(matrix["decision"])
    gaps = [gap for row in rows for gap in _gaps(row, rights)]
    for usual in _carried_decisions():
        if usual.id not in settled:
            gaps.append((usual.id, usual.what, "open", "It is not settled who may decide this"))
    return DecisionRights(matrix, pd.DataFrame(gaps, columns=list(_GAP_COLUMNS)), rights.roles)


def _carried_decisions() -> tuple[Decision, ...]:
    found = template_files.own_file(carried.templates() / "decision_rights.yaml", _Carried)
    return found[0].decisions if found else ()


def _wrong_roles(rights: DecisionFile, document: _yaml.Document) -> list[Problem]:
    named = [(role, ("meet_customers",)) for role in rights.meet_customers]
    for position, one in enumerate(rights.decisions):
        named += [(role, ("decisions", position, "rights", role)) for role in one.rights]  # type: ignore[misc]
    found = []
    for position, role in enumerate(rights.roles):
        if role in rights.roles[:position]:
            found.append(Problem(document.where(("roles", position)), "every role once", role))
        if role in _OWN_COLUMNS:
            advice = "the matrix has a column of that name already; call the role otherwise"
            found.append(Problem(document.where(("roles", position)), "the name of a role", role, advice))
    for role, place in named:
        if role not in rights.roles:
            close = closest(role, rights.roles)
            advice = f"did you mean {close}?" if close else "add it to 'roles'"
            found.append(Problem(document.where(place), "a role listed under 'roles'", role, advice))
    return found


def _gaps(row: Mapping[str, Any], rights: DecisionFile) -> list[tuple[str, str, str, str]]:
    limits = {role: float(row[role]) for role in rights.roles}
    named: list[tuple[str, str]] = []
    if not any(limits.values()):
        named.append(("nobody", "Nobody may decide this"))
    else:
        if max(limits.values()) < math.inf:
            named.append(("no end", "Above the highest limit nobody may decide"))
        if not any(limits[role] for role in rights.meet_customers):
            named.append(("not in front", "Those who meet the customer may not decide this at all"))
        named += [("upside down", message) for message in _upside_down(limits)]
    return [(str(row["decision"]), str(row["what"]), gap, message) for gap, message in named]


def _upside_down(limits: Mapping[str, float]) -> list[str]:
    """Return the first pair in which a higher role may do less than one below it; nothing when there is none."""
    highest, holder = 0.0, ""
    for role, limit in limits.items():
        if limit < highest:
            return [f"{_worded(role)} may decide less than {_worded(holder).lower()} below"]
        if limit > highest:
            highest, holder = limit, role
    return []


def _worded(role: str) -> str:
    return role.replace("_", " ").capitalize()
