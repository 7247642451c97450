"""Initiatives: what is done, first steps, what is closed and moved, what it takes, how its worth is reckoned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmplan import carried, method
from crmplan._yaml import Document
from crmplan.errors import Problem, TemplateError, closest
from crmplan.metrics.registry import registry
from crmplan.planning.worth import RULES
from crmplan.template_files import Location, checked, documents, entries

__all__ = ["EffortDays", "FirstSteps", "Initiative", "WorthRule", "load_initiatives"]

Department = Literal["management", "marketing", "sales", "call_center", "operations"]
_Text = Annotated[str, Field(min_length=3, max_length=400)]
_ItemId = Annotated[str, Field(pattern=r"^[A-Z]{2}(\.[A-Z]{1,2})?\.\d{1,2}$")]
_Steps = Annotated[list[_Text], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FirstSteps(_Strict):
    """What is done by the end of the first thirty, sixty and ninety days."""

    days_30: _Steps
    days_60: _Steps
    days_90: _Steps


class EffortDays(_Strict):
    """Person-days until it runs, at least and at most."""

    low: float = Field(gt=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> EffortDays:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class WorthRule(_Strict):
    """Which worth rule applies, and the rule-of-thumb gain as a share of 0 to 1, at least and at most."""

    rule: str
    low: float | None = Field(None, ge=0, le=1)
    high: float | None = Field(None, ge=0, le=1)

    @model_validator(mode="after")
    def _complete(self) -> WorthRule:
        if self.rule not in RULES:
            close = closest(self.rule, RULES)
            raise ValueError(
                f"there is no rule '{self.rule}'; {f'did you mean {close}?' if close else ', '.join(RULES)}"
            )
        given = (self.low is not None, self.high is not None)
        if self.rule == "enables" and any(given):
            raise ValueError("'enables' brings no money of its own; leave low and high out")
        if self.rule != "enables" and not all(given):
            raise ValueError("give low and high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class Initiative(_Strict):
    """One initiative.

    ``closes`` are ids of the method's items, ``moves`` metric ids, ``needs`` initiatives that come first,
    ``change_load`` how much a department has to change (1 little, 3 much).
    """

    id: str = Field(pattern=r"^INI(-[A-Z0-9]+)+$")
    name: str = Field(min_length=3, max_length=60)
    problem: _Text
    what: _Text
    owner: _Text
    first_steps: FirstSteps
    closes: list[_ItemId] = Field(min_length=1)
    moves: list[str] = Field(min_length=1)
    effort_days: EffortDays
    running_days_a_month: float = Field(ge=0)
    change_load: dict[Department, Annotated[int, Field(ge=1, le=3)]]
    needs: list[str]
    risk: _Text
    worth: WorthRule


def load_initiatives(folder: Path | None = None, *, metrics: Collection[str] | None = None) -> tuple[Initiative, ...]:
    """Return the initiatives of the templates, by file and then in order.

    Parameters
    ----------
    folder
        Folder of YAML files with ``initiatives``; by default those that come with crmplan.
    metrics
        Ids of the metrics an initiative may move; by default those of the registry.

    Raises
    ------
    TemplateError
        With every problem of every file: unknown keys, rules, items, metrics or needs, ids used twice, needs that
        lead in a circle.
    """
    known = registry() if metrics is None else metrics
    problems: list[Problem] = []
    found: list[tuple[Initiative, Document, Location]] = []
    for document in documents(folder or carried.templates() / "initiatives"):
        for location, data in entries(document, "initiatives", problems):
            initiative = checked(Initiative, data, document, location, problems)
            if initiative is not None:
                found.append((initiative, document, location))
    problems.extend(_contradictions(found, known))
    if problems:
        raise TemplateError(problems)
    return tuple(initiative for initiative, _, _ in found)


def _contradictions(found: Sequence[tuple[Initiative, Document, Location]], metrics: Collection[str]) -> list[Problem]:
    problems: list[Problem] = []
    items = {item.id for item in method.items()}
    needs = {initiative.id: initiative.needs for initiative, _, _ in found}
    first: dict[str, str] = {}
    for initiative, document, location in found:
        here = document.where((*location, "id"))
        if initiative.id in first:
            advice = f"it stands in {first[initiative.id]} already"
            problems.append(Problem(here, "every initiative once", initiative.id, advice))
        first.setdefault(initiative.id, here)
        for position, name in enumerate(initiative.needs):
            where = document.where((*location, "needs", position))
            if name not in needs:
                problems.append(_unknown(where, f"{initiative.id}: an initiative that exists", name, needs))
            elif _reaches(name, initiative.id, needs):
                problems.append(Problem(where, f"{initiative.id}: needs that do not lead back to it", name))
        for position, name in enumerate(initiative.closes):
            if name not in items:
                where = document.where((*location, "closes", position))
                problems.append(_unknown(where, f"{initiative.id}: an item of the method", name, items))
        for position, name in enumerate(initiative.moves):
            if name not in metrics:
                where = document.where((*location, "moves", position))
                problems.append(_unknown(where, f"{initiative.id}: a metric of the registry", name, metrics))
    return problems


def _unknown(where: str, expected: str, name: str, known: Collection[str]) -> Problem:
    close = closest(name, known)
    return Problem(where, expected, name, f"did you mean {close}?" if close else "")


def _reaches(start: str, goal: str, needs: dict[str, list[str]]) -> bool:
    waiting, seen = [start], set()
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(needs.get(name, []))
    return False
