"""A client's ``vendors.yaml``: up to five vendors, how each would serve every capability, and what counts how much."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmplan import _yaml, template_files
from crmplan.entered_text import clean_text
from crmplan.errors import Problem, TemplateError, closest
from crmplan.metrics.registry import Unit
from crmplan.sources import ShortId

__all__ = ["ANSWERED", "Criterion", "Served", "Vendor", "Vendors", "read_vendors"]

Words = Annotated[str, BeforeValidator(clean_text)]
Served = Literal["standard", "setting", "add_on", "built", "no"]
ANSWERED: Mapping[str, float] = MappingProxyType(
    {"standard": 1.0, "setting": 0.8, "add_on": 0.5, "built": 0.3, "no": 0.0}
)
"""How far a capability is served: out of the box, by settings, by a product of somebody else, by programming, not."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Strict):
    """Something beside capabilities by which vendors are compared, such as cost; the best figure counts as 1."""

    id: ShortId
    name: Words = Field(min_length=3, max_length=60)
    unit: Unit
    better: Literal["less", "more"]
    weight: float = Field(gt=0, le=1000)


class Vendor(_Strict):
    """One vendor: what it answered for each capability, and its figure for each further criterion (0 or more)."""

    id: ShortId
    name: Words = Field(min_length=1, max_length=60)
    answers: dict[str, Served]
    figures: dict[str, Annotated[float, Field(ge=0, le=1e12)]] = Field(default_factory=dict)


class Vendors(_Strict):
    """What is compared: weights of the themes of the fit-gap, further criteria, and two to five vendors.

    ``agreed_on`` is the day on which the weights were fixed, before offers were opened.
    """

    agreed_on: str = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    weights: dict[str, Annotated[float, Field(ge=0, le=1000)]] = Field(min_length=1)
    criteria: tuple[Criterion, ...] = ()
    vendors: tuple[Vendor, ...] = Field(min_length=2, max_length=5)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, ids in (("vendor", [v.id for v in self.vendors]), ("criterion", [c.id for c in self.criteria])):
            twice = sorted({id for id in ids if ids.count(id) > 1})
            if twice:
                raise ValueError(f"{what} '{twice[0]}' is there twice; give each its own id")
        if not any(self.weights.values()) and not self.criteria:
            raise ValueError("weights: one of them must be above 0")
        return self


def read_vendors(file: Path, capabilities: Mapping[str, str]) -> Vendors | None:
    """Return a client's comparison of vendors; None when there is no such file.

    Parameters
    ----------
    file
        ``vendors.yaml`` in the client's folder.
    capabilities
        Theme by id of the capabilities of the fit-gap.

    Raises
    ------
    TemplateError
        When the file does not fit, names what does not exist or leaves a theme without weight; with every line.
    """
    found = template_files.own_file(file, Vendors)
    if found is None:
        return None
    vendors, document = found
    themes = tuple(dict.fromkeys(capabilities.values()))
    problems = _unknown(vendors.weights, themes, "theme", document, ("weights",))
    missing = [theme for theme in themes if theme not in vendors.weights]
    if missing:
        advice = f"add {', '.join(missing)}; 0 for what does not count"
        problems.append(Problem(document.where(("weights",)), "a weight for every theme", "", advice))
    problems += _names_taken(vendors, themes, document)
    criteria = {one.id for one in vendors.criteria}
    for position, vendor in enumerate(vendors.vendors):
        path = ("vendors", position)
        problems += _unknown(vendor.answers, capabilities, "capability", document, (*path, "answers"))
        problems += _unknown(vendor.figures, criteria, "criterion", document, (*path, "figures"))
    if problems:
        raise TemplateError(problems)
    return vendors


def _names_taken(vendors: Vendors, themes: Collection[str], document: _yaml.Document) -> list[Problem]:
    """Return every criterion that is called like a theme or like one before it: neither could be told apart."""
    taken, found = set(themes), []
    for position, one in enumerate(vendors.criteria):
        if one.name in taken:
            where = document.where(("criteria", position, "name"))
            found.append(Problem(where, "a name that no theme and no other criterion has", one.name))
        taken.add(one.name)
    return found


def _unknown(
    named: Iterable[str], known: Collection[str], kind: str, document: _yaml.Document, path: template_files.Location
) -> list[Problem]:
    found = []
    for name in named:
        if name not in known:
            close = closest(name, known)
            advice = f"did you mean {close}?" if close else ""
            found.append(Problem(document.where((*path, name)), f"a known {kind}", name, advice))
    return found
